from __future__ import annotations

import datetime
import enum
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_faas.capture.schema import TypeSchemas
from jupyter_faas.errors import InputError
from jupyter_faas.workspace.local.function import LocalFunction

NOON = datetime.datetime(2026, 1, 31, 12)


class Odd(enum.Enum):
    PAIR = (1, 2)


def returned(annotation: Any, value: Any) -> Any:
    """Return what the function of a local call receives."""
    received = []
    schema = {
        "type": "object",
        "properties": {"x": TypeSchemas(globals()).of(annotation)},
        "x-faas-typed": True,
    }
    spec = {"name": "f", "parameter_style": "named", "schema": schema}
    LocalFunction(lambda x: received.append(x), spec)(value)
    return received[0]


def test_frame_arrives_as_it_was() -> None:
    frame = pd.DataFrame({"a": [1.5, np.nan], "b": ["x", "y"]})
    pd.testing.assert_frame_equal(returned(pd.DataFrame, frame), frame)


def test_row_numbers_are_left_out() -> None:
    frame = pd.DataFrame({"a": [1]}, index=[7])
    pd.testing.assert_frame_equal(returned(pd.DataFrame, frame), frame.reset_index(drop=True))


@pytest.mark.parametrize(
    "index", [["x"], pd.Index([1], name="id"), pd.MultiIndex.from_tuples([(1, 2)])], ids=range(3)
)
def test_frame_with_labels_is_refused(index: Any) -> None:
    with pytest.raises(InputError, match="x has an index") as caught:
        returned(pd.DataFrame, pd.DataFrame({"a": [1]}, index=index))
    assert "Add .reset_index() to the value of x" in caught.value.hint


@pytest.mark.parametrize("annotation", [np.ndarray, np.ndarray | None])
def test_array_arrives_with_its_nan(annotation: Any) -> None:
    array = np.array([[1.5, np.nan]])
    np.testing.assert_array_equal(returned(annotation, array), array)


@pytest.mark.parametrize(
    ("value", "kind"), [(pd.DataFrame(), "pandas.DataFrame"), (NOON.date(), "datetime.date")]
)
def test_object_for_a_parameter_without_annotation_is_refused(value: Any, kind: str) -> None:
    with pytest.raises(InputError, match="x has no annotation") as caught:
        returned(Any, value)
    assert f"x: {kind}" in caught.value.hint


def test_member_without_json_value_is_sent_by_name() -> None:
    assert returned(Odd, Odd.PAIR) is Odd.PAIR


def test_annotation_is_written_as_the_notebook_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["__main__"], "tables", pd, raising=False)
    with pytest.raises(InputError) as caught:
        returned(Any, pd.DataFrame())
    assert caught.value.hint == "Annotate it in the cell: x: tables.DataFrame"
