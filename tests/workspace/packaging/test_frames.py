from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from jupyter_faas.capture.schema import schema_of
from jupyter_faas.workspace.packaging.frames import with_columns

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


def described(schema: dict[str, Any], *inputs: Any, sample: Any = None) -> Any:
    found = with_columns({"type": "object", "properties": schema}, inputs, sample)
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
    assert "x-faas-dtypes" in described({"df": FRAME}, sample=TABLE)["df"]
    both = described({"a": FRAME, "b": FRAME}, sample=TABLE)
    assert both == {"a": FRAME, "b": FRAME}


def test_optional_frame_is_described_too() -> None:
    optional = schema_of(pd.DataFrame | None)
    found = described({"df": optional}, {"df": TABLE})["df"]
    assert found["anyOf"][0]["x-faas-dtypes"]["n"] == "int64"
    assert found["anyOf"][1] == {"type": "null"}


def test_records_of_a_test_describe_nothing() -> None:
    assert described({"df": FRAME}, {"df": [{"a": 1}]}) == {"df": FRAME}
