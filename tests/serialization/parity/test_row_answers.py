from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_faas.serialization.parity.metric import MethodError
from jupyter_faas.serialization.parity.row_answers import has_odd_value, joined

REFUSED = MethodError("Input X contains NaN.")


def part(*positions: int, columns: int = 1) -> tuple[Any, dict[str, Any]]:
    return np.array(positions), {"transform": np.repeat([positions], columns, axis=0).T}


def test_results_of_several_calls_are_put_in_the_order_of_the_rows() -> None:
    found = joined([part(2, 3), part(0)], {1: REFUSED})
    assert found.positions.tolist() == [0, 2, 3]
    assert found.take(np.array([0, 3]))["transform"].tolist() == [[0], [3]]


@pytest.mark.parametrize(
    ("position", "outcome"), [(0, 0.0), (1, REFUSED), (2, None)], ids=["result", "error", "skipped"]
)
def test_outcome_of_a_row(position: int, outcome: Any) -> None:
    found = joined([part(0)], {1: REFUSED}).outcome(position)
    assert (found["transform"][0, 0] if isinstance(found, dict) else found) == outcome


def test_a_row_with_another_number_of_columns_is_an_error() -> None:
    found = joined([part(0, 1), part(2, columns=2)], {})
    assert found.positions.tolist() == [0, 1]
    assert isinstance(found.outcome(2), MethodError)


def test_no_results_at_all() -> None:
    found = joined([], {0: REFUSED})
    assert (len(found.positions), found.outcome(0)) == (0, REFUSED)


@pytest.mark.parametrize(
    "value", [np.nan, -np.inf, None, pd.NA], ids=["nan", "infinity", "none", "na"]
)
def test_odd_values(value: Any) -> None:
    rows = np.array([["a", 1], ["b", value]], dtype=object)
    assert has_odd_value(rows).tolist() == [False, True]
    if isinstance(value, float):
        assert has_odd_value(np.array([[0.0, 1.0], [0.0, value]])).tolist() == [False, True]
