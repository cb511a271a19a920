from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from jupyter_faas.serialization.input_schema import Column, InputSchema
from jupyter_faas.serialization.parity.comparer import (
    BATCH_ROWS,
    Budget,
    RowSetComparer,
    RowSetResult,
)
from jupyter_faas.serialization.parity.metric import MethodError, ParityMetric, call_methods, table
from jupyter_faas.serialization.parity.row_sets import RowSet
from jupyter_faas.serialization.precision import Tolerance

Array = np.ndarray[Any, Any]
FORM = InputSchema("tensor", (Column(None, "number"),))
STICK = ParityMetric(("predict", "decision_function"), True, {"decision_function": np.array(1.0)})
TOLERANCE = Tolerance(score=1e-6, margin=1e-9, relative=0.0)


class Sign:
    """Answers the sign of a number, which is its score; ``shift`` moves the border."""

    def __init__(self, shift: float = 0.0, refuses: float = np.inf, wavers: bool = False) -> None:
        self.shift, self.refuses, self.wavers = shift, refuses, wavers

    def decision_function(self, rows: Array) -> Array:
        if (rows > self.refuses).any():
            raise ValueError(f"above {self.refuses:g}\nis too much")
        scores: Array = rows[:, 0] - self.shift
        return -scores if self.wavers and len(rows) == 1 else scores

    def predict(self, rows: Array) -> Array:
        return self.decision_function(rows) > 0


class Counting(Sign):
    """Counts how often it is asked for labels."""

    calls = 0

    def predict(self, rows: Array) -> Array:
        self.calls += 1
        return super().predict(rows)


def clock(*times: float) -> Iterator[float]:
    yield from times
    while True:
        yield times[-1]


def gate(original: Any, *times: float) -> RowSetComparer:
    ticks = clock(*(times or (0.0,)))
    budget = Budget(10.0, lambda: next(ticks))
    budget.begin()
    return RowSetComparer(original, FORM, STICK.methods, budget)


def rows(*values: float, stops: bool = True, strict: bool = True) -> RowSet:
    made = np.array(values).reshape(-1, 1)
    return RowSet.of_rows("rows", made, stops=stops, strict=strict)


def stops(result: RowSetResult) -> bool:
    return result.rows.stops and bool(result.failures)


def test_same_answers_pass() -> None:
    result = gate(Sign()).compare(Sign(), rows(-1, 1, 2), STICK, TOLERANCE)
    assert (result.compared, result.labels_agree, result.failures) == (3, 3, ())
    assert not stops(result)


def test_row_that_gets_another_label_stops() -> None:
    result = gate(Sign()).compare(Sign(1.5), rows(-1, 1, 2), STICK, TOLERANCE)
    assert result.labels_agree == 2
    assert stops(result)
    flipped = [failure for failure in result.failures if failure.label]
    assert [(failure.row, failure.margin, failure.values[0, 0]) for failure in flipped] == [
        (1, 1.0, 1.0)
    ]


def test_failures_of_a_set_that_warns_do_not_stop() -> None:
    result = gate(Sign()).compare(Sign(1.5), rows(1, stops=False), STICK, TOLERANCE)
    assert result.failures
    assert not stops(result)


@pytest.mark.parametrize(("strict", "failing"), [(True, 1), (False, 0)])
def test_tie_is_excused_only_where_the_set_allows(strict: bool, failing: int) -> None:
    tied = rows(1e-10, strict=strict)
    result = gate(Sign()).compare(Sign(1e-9), tied, STICK, TOLERANCE)
    assert len(result.failures) == failing
    assert (result.compared, result.labels_agree) == (1, 0)


@pytest.mark.parametrize(("strict", "failing"), [(True, 2), (False, 0)])
def test_row_where_the_original_wavers_is_excused_only_where_the_set_allows(
    strict: bool, failing: int
) -> None:
    result = gate(Sign(wavers=True)).compare(Sign(0.5), rows(2, 3, strict=strict), STICK, TOLERANCE)
    assert len(result.failures) == failing


def test_both_refuse_is_no_difference() -> None:
    result = gate(Sign(refuses=5)).compare(Sign(refuses=5), rows(1, 9), STICK, TOLERANCE)
    assert (result.compared, result.failures, result.raised) == (2, (), 0)


def test_answer_where_the_original_refuses_stops() -> None:
    result = gate(Sign(refuses=5)).compare(Sign(), rows(1, 9), STICK, TOLERANCE)
    assert stops(result)
    assert result.failures[0].original == MethodError("above 5")
    assert (result.failures[0].row, result.raised) == (1, 1)


def test_a_few_rows_that_raise_do_not_split_the_others() -> None:
    model = Counting(refuses=5)
    result = gate(model).compare(Sign(refuses=5), rows(*range(-99, 6), 9), STICK, TOLERANCE)
    assert (result.compared, result.failures) == (106, ())
    assert model.calls < 20


def test_refusal_where_the_original_answers_stops() -> None:
    result = gate(Sign()).compare(Sign(refuses=5), rows(1, 9), STICK, TOLERANCE)
    assert stops(result)
    assert result.failures[0].other == MethodError("above 5")
    assert result.failures[0].row == 1


def test_budget_cuts_after_the_chunk_it_is_in() -> None:
    long = rows(*range(1, 3 * BATCH_ROWS))
    result = gate(Sign(), 0.0, 1.0, 11.0).compare(Sign(), long, STICK, TOLERANCE)
    assert result.compared == 2 * BATCH_ROWS
    assert result.rows.of == 3 * BATCH_ROWS - 1


class Sizes(Sign):
    """Keeps how many rows it was asked for; ``wavers``: alone, a row gets the opposite score."""

    def __init__(self, shift: float = 0.0, wavers: bool = False, refuses: float = np.inf) -> None:
        super().__init__(shift, wavers=wavers, refuses=refuses)
        self.sizes: list[int] = []

    def decision_function(self, rows: Array) -> Array:
        self.sizes.append(len(rows))
        return super().decision_function(rows)


def single(original: Sign, other: Sign, *values: float) -> RowSetResult:
    made = rows(*(values or range(1, 101)))
    return gate(original).compare_single_rows(other, [made], STICK, TOLERANCE, count=50)


def test_single_rows_of_the_form_are_asked_alone() -> None:
    other = Sizes()
    assert single(Sign(), other).compared == 50
    assert set(other.sizes) == {1}


def test_original_that_answers_batches_alike_is_asked_for_few_rows_alone() -> None:
    original = Sizes()
    assert single(original, Sign()).compared == 50
    assert original.sizes.count(1) < 25
    assert max(original.sizes) == 50


def test_original_that_depends_on_the_batch_is_asked_for_each_row_alone() -> None:
    original = Sizes(wavers=True)
    assert not single(original, Sign(wavers=True)).failures
    assert original.sizes.count(1) >= 50


def test_a_single_row_that_differs_is_judged_by_the_original_alone() -> None:
    class Last(Sizes):
        """Answers only the row 51 otherwise when it is alone."""

        def decision_function(self, rows: Array) -> Array:
            found = super().decision_function(rows)
            return -found if len(rows) == 1 and rows[0, 0] == 51 else found

    assert not single(Last(), Last()).failures


def test_a_row_next_to_the_border_is_always_asked_alone() -> None:
    class Near(Sizes):
        """Answers only the row next to the border otherwise when it is alone."""

        def decision_function(self, rows: Array) -> Array:
            found = super().decision_function(rows)
            return -found if len(rows) == 1 and rows[0, 0] == 51 else found

    failure, *others = single(Near(50.5), Sign(50.5)).failures
    assert (failure.values[0, 0], others) == (51, [])


def test_single_rows_that_both_refuse_are_no_difference() -> None:
    found = single(Sizes(refuses=5), Sign(refuses=5), -1, 1, 2, 9)
    assert (found.compared, found.failures, found.raised) == (4, (), 0)


def test_a_single_row_that_only_the_original_refuses_stops() -> None:
    found = single(Sizes(refuses=5), Sign(), -1, 1, 2, 9)
    assert stops(found)
    assert found.failures[0].original == MethodError("above 5")


def test_original_is_asked_once_for_all_routes() -> None:
    asked = []

    class Counting(Sign):
        def predict(self, rows: Array) -> Array:
            asked.append(len(rows))
            return super().predict(rows)

    compared = gate(Counting())
    for _ in range(2):
        compared.compare(Sign(), rows(1, 2), STICK, TOLERANCE)
    assert asked == [2]


def test_ask_tells_the_first_line_of_a_refusal() -> None:
    assert call_methods(Sign(refuses=1), np.array([[2.0]]), ("predict",)) == MethodError("above 1")


def test_table_puts_lists_side_by_side() -> None:
    assert table([np.zeros((2, 1)), np.ones((2, 2))]).tolist() == [[0, 1, 1], [0, 1, 1]]
