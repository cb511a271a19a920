"""Compare one ONNX form with the original on a set of rows, in batches or one row at a time."""

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

BATCH_ROWS = 512
MAX_SINGLE_ROWS = 256
# How many failures of a set are checked for an original that contradicts itself.
_MAX_RECHECKED = 256
# Rows of a failed batch that are tried singly even when the budget is spent.
_MIN_SINGLE_ROWS = 32
# A larger difference, in units of the score's scale, is another side of a split and not rounding.
SPLIT_MOVED = 1e-3


class Budget:
    """Seconds that the parity check may take; ``clock`` counts from the first ``begin`` on."""

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
    """One row on which the two differ; ``original`` and ``other`` hold the answers to that row.

    ``mark``: the column that was changed to make the row, if there is one.
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
    """The outcome for one set. ``raised``: rows where only the original raised an error."""

    rows: RowSet
    compared: int
    labels_agree: int
    largest: float
    failures: tuple[RowFailure, ...]
    raised: int


@dataclass(frozen=True)
class _Form:
    """The ONNX form under test, and how its answers are measured."""

    action_model: Any
    metric: ParityMetric
    tolerance: Tolerance


class RowSetComparer:
    """Compares ONNX forms of one model with the original."""

    def __init__(
        self, original: Any, schema: InputSchema, methods: Sequence[str], budget: Budget
    ) -> None:
        self._original = original
        self._schema = schema
        self._methods = tuple(methods)
        self._budget = budget
        # The original's answers by row set and batch: all forms are compared with the same ones.
        self._answers: dict[str, list[Answers | MethodError]] = {}

    def compare(
        self, action_model: Any, rows: RowSet, metric: ParityMetric, tolerance: Tolerance
    ) -> RowSetResult:
        """Compare a set in batches; only its first rows when the budget is spent."""
        return self._compare(rows, _Form(action_model, metric, tolerance), BATCH_ROWS)

    def compare_single_rows(
        self,
        action_model: Any,
        sets: Sequence[RowSet],
        metric: ParityMetric,
        tolerance: Tolerance,
        count: int,
    ) -> RowSetResult:
        """Compare ``count`` rows of the sets, evenly spaced, in calls of one row each.

        Only two methods are called: the others read the same graph.
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
            if compared and not self._budget.left():
                break
            batch = rows.rows[start : start + batch_rows]
            inputs = self._schema.original(batch)
            if number == len(answers):
                # A later form may have other methods, so all are called, unless rows are single.
                methods = form.metric.methods if batch_rows == 1 else self._methods
                answers.append(call_methods(self._original, inputs, methods))
            ours = answers[number]
            theirs = call_methods(form.action_model, inputs, form.metric.methods)
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
        largest = max([largest, *(each.score for each in failures if each.score < np.inf)])
        return RowSetResult(rows, compared, agree, largest, tuple(kept), raised)

    def _compare_one_by_one(
        self, rows: RowSet, start: int, batch: Array, form: _Form
    ) -> tuple[list[RowFailure], int, int]:
        """Find the rows for which one side raised in a batch.

        Returns the failures, in how many rows only the original raised, and how many rows were
        compared: fewer than all when the budget is spent.
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
        """Drop ties, and rows on which the original contradicts itself, unless ``strict``."""
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
        """True when the original answers the row alone differently than in a batch."""
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
