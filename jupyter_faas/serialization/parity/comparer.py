"""Compare an ONNX form with the original on a set of rows, in batches or one row at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.input_schema import InputSchema
from jupyter_faas.serialization.parity.metric import (
    Answers,
    Differences,
    MethodError,
    ParityMetric,
    call_methods,
)
from jupyter_faas.serialization.parity.row_sets import RowSet
from jupyter_faas.serialization.precision import Tolerance

# Small enough that the budget is checked often, even with slow models.
BATCH_ROWS = 512
MAX_SINGLE_ROWS = 256
# For this many failures of a set, the original is called again with the row alone.
_MAX_RECHECKED = 256
# This many rows of a failed batch are compared singly even when the budget is spent, so that the
# error can show some of them.
_MIN_SINGLE_ROWS = 32
# In units of the score's scale. A larger difference is not rounding: the row went to the other
# side of a split.
SPLIT_MOVED = 1e-3


class Budget:
    """The seconds that the parity check may take, counted from the first ``begin``."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seconds = seconds
        self._start: float | None = None

    def begin(self) -> None:
        if self._start is None:
            self._start = self._clock()

    def left(self) -> bool:
        return self.spent() < self._seconds

    def spent(self) -> float:
        return 0.0 if self._start is None else self._clock() - self._start


@dataclass(frozen=True)
class RowFailure:
    """A row for which the results differ.

    ``set`` and ``row``: the name of the row set and the position in it. ``mark``: the column that
    was changed to make the row, or None. ``original`` and ``other``: the results for this row.
    ``margin``, ``score``, ``label`` and ``beyond``: see ``metric.Differences``.
    """

    set: str
    row: int
    mark: int | None
    values: Array
    original: Answers | MethodError
    other: Answers | MethodError
    margin: float
    score: float
    label: bool
    beyond: bool = False


@dataclass(frozen=True)
class RowSetResult:
    """The result of comparing one row set.

    ``compared`` and ``labels_agree`` count rows. ``largest``: the largest difference of a score, in
    units of its scale. ``raised``: the number of rows for which only the original raised an error.
    """

    rows: RowSet
    compared: int
    labels_agree: int
    largest: float
    failures: tuple[RowFailure, ...]
    raised: int


@dataclass(frozen=True)
class _Form:
    """The ONNX form under test, and the metric and tolerance for it."""

    action_model: Any
    metric: ParityMetric
    tolerance: Tolerance


class RowSetComparer:
    """Compares the ONNX forms of one model with the original.

    The original is called once for each batch, and its results are kept for the next form.
    """

    def __init__(
        self, original: Any, schema: InputSchema, methods: Sequence[str], budget: Budget
    ) -> None:
        self._original = original
        self._schema = schema
        self._methods = tuple(methods)
        self._budget = budget
        # The original's results by row set and batch, because it is often much slower than ONNX.
        self._answers: dict[str, list[Answers | MethodError]] = {}

    def compare(
        self, action_model: Any, rows: RowSet, metric: ParityMetric, tolerance: Tolerance
    ) -> RowSetResult:
        """Compare a set in batches. When the budget is spent, the rest of the set is skipped."""
        return self._compare(rows, _Form(action_model, metric, tolerance), BATCH_ROWS)

    def compare_single_rows(
        self,
        action_model: Any,
        sets: Sequence[RowSet],
        metric: ParityMetric,
        tolerance: Tolerance,
        count: int,
    ) -> RowSetResult:
        """Compare ``count`` rows of the sets, evenly spaced, in calls with one row each.

        Actions usually pass one row, and a batch may be computed in another order. Only two methods
        are compared, because the others are outputs of the same graph.
        """
        together = np.concatenate([rows.rows for rows in sets if rows.stops])
        step = max(1, len(together) // count)
        chosen = together[::step][:count]
        rows = RowSet.of_rows("one row at a time", chosen, stops=True, strict=True)
        fewer = replace(metric, methods=metric.methods[:2])
        return self._compare(rows, _Form(action_model, fewer, tolerance), 1)

    def _compare(self, rows: RowSet, form: _Form, batch_rows: int) -> RowSetResult:
        answers = self._answers.setdefault(rows.name, [])
        failures: list[RowFailure] = []
        compared = agree = raised = 0
        largest = 0.0
        for number, start in enumerate(range(0, len(rows.rows), batch_rows)):
            # The first batch of each set is always compared, so that no set is skipped entirely.
            if compared and not self._budget.left():
                break
            batch = rows.rows[start : start + batch_rows]
            inputs = self._schema.original(batch)
            if number == len(answers):
                # A later form may have other methods, so all are called now. For single rows that
                # would be too slow, and two methods are enough.
                methods = form.metric.methods if batch_rows == 1 else self._methods
                answers.append(call_methods(self._original, inputs, methods))
            ours = answers[number]
            theirs = call_methods(form.action_model, inputs, form.metric.methods)
            # One bad row fails the whole batch, so the rows are called singly to find it.
            if isinstance(ours, MethodError) or isinstance(theirs, MethodError):
                found, raised_here, count = self._compare_one_by_one(rows, start, batch, form)
                batch = batch[:count]
                raised += raised_here
                agree += len(batch) - sum(failure.label for failure in found)
            else:
                differences = form.metric.compare(ours, theirs, form.tolerance)
                found = [
                    _row_failure(rows, start + i, batch, i, ours, theirs, differences)
                    for i in np.flatnonzero(differences.failing).tolist()
                ]
                agree += int((~differences.label).sum())
                largest = max(largest, float(differences.score.max(initial=0.0)))
            failures += found
            compared += len(batch)
        kept = self._not_excused(rows, failures, form)
        # An infinite score stands for an error of the ONNX form, so it is not a difference.
        largest = max([largest, *(each.score for each in failures if each.score < np.inf)])
        return RowSetResult(rows, compared, agree, largest, tuple(kept), raised)

    def _compare_one_by_one(
        self, rows: RowSet, start: int, batch: Array, form: _Form
    ) -> tuple[list[RowFailure], int, int]:
        """Compare the rows of a batch singly, because one side raised an error for the batch.

        Returns the failures, the number of rows for which only the original raised, and the number
        of rows that were compared, which is smaller than the batch when the budget is spent.
        """
        failures: list[RowFailure] = []
        raised = 0
        for i in range(len(batch)):
            if i >= _MIN_SINGLE_ROWS and not self._budget.left():
                return failures, raised, i
            row = batch[i : i + 1]
            inputs = self._schema.original(row)
            ours = call_methods(self._original, inputs, self._methods)
            theirs = call_methods(form.action_model, inputs, form.metric.methods)
            # Not a failure: the ONNX form may return a result for input that the original rejects.
            if isinstance(ours, MethodError):
                raised += not isinstance(theirs, MethodError)
            elif isinstance(theirs, MethodError):
                failures.append(
                    RowFailure(
                        set=rows.name,
                        row=start + i,
                        mark=rows.mark(start + i),
                        values=row,
                        original=ours,
                        other=theirs,
                        margin=float(form.metric.margins(ours)[0]),
                        score=float("inf"),
                        label=True,
                    )
                )
            else:
                differences = form.metric.compare(ours, theirs, form.tolerance)
                if differences.failing[0]:
                    failures.append(
                        _row_failure(rows, start + i, row, 0, ours, theirs, differences)
                    )
        return failures, raised, len(batch)

    def _not_excused(
        self, rows: RowSet, failures: list[RowFailure], form: _Form
    ) -> list[RowFailure]:
        """Drop ties, and rows for which the original contradicts itself, unless ``strict``."""
        if rows.strict:
            return failures
        kept = []
        for number, failure in enumerate(failures):
            tie = failure.label and not failure.beyond and failure.margin <= form.tolerance.margin
            recheck = number < _MAX_RECHECKED
            if not tie and not (recheck and self._contradicts_itself(failure, form)):
                kept.append(failure)
        return kept

    def _contradicts_itself(self, failure: RowFailure, form: _Form) -> bool:
        """Return True if the original's result for the row alone differs from that in a batch."""
        if isinstance(failure.original, MethodError):
            return False
        inputs = self._schema.original(failure.values)
        alone = call_methods(self._original, inputs, self._methods)
        if isinstance(alone, MethodError):
            return True
        return bool(form.metric.compare(failure.original, alone, form.tolerance).failing[0])


def _row_failure(
    rows: RowSet,
    row: int,
    batch: Array,
    index: int,
    ours: Answers,
    theirs: Answers,
    differences: Differences,
) -> RowFailure:
    one = slice(index, index + 1)
    return RowFailure(
        rows.name,
        row,
        rows.mark(row),
        batch[one],
        {method: answer[one] for method, answer in ours.items()},
        {method: answer[one] for method, answer in theirs.items()},
        float(differences.margin[index]),
        float(differences.score[index]),
        bool(differences.label[index]),
        bool(differences.beyond[index]),
    )
