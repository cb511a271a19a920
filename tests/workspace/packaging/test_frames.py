from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_faas.capture.schema import schema_of
from jupyter_faas.workspace.handover.web_actions import is_schema
from jupyter_faas.workspace.packaging.frames import with_live_types
from tests.workspace.helpers.samples import sample
from tests.workspace.helpers.typed import typed_schema

FRAME = schema_of(pd.DataFrame)
TABLE = pd.DataFrame(
    {
        "n": [1, 2],
        "size": [1.5, np.nan],
        "name": ["a", None],
        "when": pd.to_datetime(["2026-01-31", None]),
        "kind": pd.Categorical(["x", "y"]),
        "is_new": [True, False],
        "mixed": [1, "a"],
    }
)


def described(schema: dict[str, Any], *inputs: Any, rows: Any = None) -> Any:
    found = with_live_types({"type": "object", "properties": schema}, inputs, rows)
    return found["properties"]


def test_columns_of_a_test_are_described() -> None:
    frame = described({"df": FRAME}, {"df": TABLE})["df"]
    columns = frame["items"]["properties"]
    assert list(columns) == list(TABLE.columns)
    assert columns["n"] == {"type": "integer"}
    assert columns["size"] == {"type": ["number", "null"]}
    assert columns["name"] == {"type": ["string", "null"]}
    assert columns["when"]["format"] == "date-time"
    assert columns["kind"] == {"enum": ["x", "y", None]}
    assert columns["mixed"] == {}
    dtypes = frame["x-faas-dtypes"]
    assert (dtypes["n"], dtypes["size"], dtypes["name"]) == ("int64", "float64", None)
    assert dtypes["kind"] == {"categories": ["x", "y"], "ordered": False}


def test_sample_describes_the_only_frame() -> None:
    assert "x-faas-dtypes" in described({"df": FRAME}, rows=TABLE)["df"]
    both = described({"a": FRAME, "b": FRAME}, rows=TABLE)
    assert both == {"a": FRAME, "b": FRAME}


def test_optional_frame_is_described_too() -> None:
    optional = schema_of(pd.DataFrame | None)
    found = described({"df": optional}, {"df": TABLE})["df"]
    assert found["anyOf"][0]["x-faas-dtypes"]["n"] == "int64"
    assert found["anyOf"][1] == {"type": "null"}


@pytest.mark.parametrize(
    ("live", "kind"),
    [
        (TABLE, "pandas.DataFrame"),
        (TABLE["n"], "pandas.Series"),
        (np.zeros(2), "numpy.ndarray"),
        (datetime.date(2026, 1, 31), "datetime.date"),
        (pd.Timestamp("2026-01-31"), "pandas.Timestamp"),
    ],
)
def test_parameter_without_annotation_has_the_type_of_its_test(live: Any, kind: str) -> None:
    schema = {"type": "object", "properties": {"x": {"default": 1}, "y": {"type": "array"}}}
    found = with_live_types(schema, [{"x": live, "y": live}], None)
    assert found["properties"]["x"]["x-faas-type"] == kind
    assert found["properties"]["x"]["default"] == 1
    assert found["properties"]["y"] == {"type": "array"}
    assert found["x-faas-typed"] is True


@pytest.mark.parametrize("live", [1, np.float64(1), "a", [1], {"a": 1}])
def test_plain_test_describes_no_type(live: Any) -> None:
    schema = {"type": "object", "properties": {"x": {}}}
    assert with_live_types(schema, [{"x": live}], None) == schema


def test_schema_of_every_type_is_the_one_that_forms_read() -> None:
    assert typed_schema() == sample("typed_schema")
    assert is_schema(typed_schema())


def test_records_of_a_test_describe_nothing() -> None:
    assert described({"df": FRAME}, {"df": [{"a": 1}]}) == {"df": FRAME}
