from __future__ import annotations

import numpy as np
import pytest

from jupyter_faas.serialization.input_schema import Column, InputSchema
from jupyter_faas.serialization.parity.row_sets import (
    distinct_values,
    edge_case_rows,
    evenly_spaced,
    is_decimal,
)
from tests.serialization.helpers import data

TENSOR = InputSchema("tensor", tuple(Column(None, "number") for _ in range(4)))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 2.0, 300.0], True),
        ([0.1, 0.25, 19.99], True),
        ([-3.5, 0.0], True),
        ([1e15, 3.0], True),
        ([0.1234567, 0.5], False),
        ([np.pi], False),
        ([1e300], False),
        ([], False),
    ],
)
def test_is_decimal(values: list[float], expected: bool) -> None:
    assert is_decimal(np.array(values)) is expected


def test_every_value_of_a_decimal_column_is_put_into_rows() -> None:
    rows, _ = data.iris()
    found = distinct_values(TENSOR, rows, np.random.default_rng(0))
    for column in range(4):
        marked = np.array(found.marks) == column
        assert set(found.rows[marked, column]) == set(rows[:, column])
    assert found.stops and found.strict
    assert found.of == len(found.rows)


def test_columns_without_decimals_have_no_such_rows() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 4))
    assert len(distinct_values(TENSOR, rows, np.random.default_rng(0)).rows) == 0


def test_at_most_200_values_of_a_column_with_the_ends_among_them() -> None:
    rows = np.zeros((5000, 4))
    rows[:, 1] = np.arange(5000)
    found = distinct_values(TENSOR, rows, np.random.default_rng(0))
    values = found.rows[np.array(found.marks) == 1, 1]
    assert len(set(values)) == 200
    assert {0.0, 4999.0} <= set(values)


def test_wide_tables_are_cut_and_say_so() -> None:
    schema = InputSchema("tensor", tuple(Column(None, "number") for _ in range(400)))
    rows = np.random.default_rng(0).integers(0, 500, (300, 400)).astype(float)
    found = distinct_values(schema, rows, np.random.default_rng(0))
    assert len(found.rows) <= 20_000 < found.of


def test_texts_of_a_column_are_values_too() -> None:
    schema = InputSchema("columns", (Column("port", "string"), Column("age", "number")))
    rows = np.array([["b", 1.0], ["a", 2.0], [None, 3.0], [np.nan, 3.0]], dtype=object)
    found = distinct_values(schema, rows, np.random.default_rng(0))
    assert set(found.rows[np.array(found.marks) == 0, 0]) == {"a", "b"}


def test_spread_keeps_the_ends() -> None:
    assert evenly_spaced(np.arange(10), 4).tolist() == [0, 3, 6, 9]
    assert evenly_spaced(np.arange(3), 4).tolist() == [0, 1, 2]


def test_wide_rows_are_changed_in_some_columns() -> None:
    width = 20_000
    schema = InputSchema("tensor", tuple(Column(None, "number") for _ in range(width)))
    sample = np.tile(np.arange(4.0)[:, np.newaxis], width)
    rng = np.random.default_rng(0)
    assert len(distinct_values(schema, sample, rng).rows) <= 400
    assert len(edge_case_rows(schema, sample, rng).rows) <= 400
