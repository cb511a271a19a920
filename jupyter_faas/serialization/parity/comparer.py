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

# Batches are small, so that the budget is checked often even with slow models.
BATCH_ROWS = 512
MAX_SINGLE_ROWS = 256
# At most this many failing rows per set are checked by calling the original with the single row.
_MAX_RECHECKED = 256
# At least this many rows of a batch that raised an error are compared individually, even if the
# budget is spent, so that the report can show failing rows.
_MIN_SINGLE_ROWS = 32
# In units of the score's scale. Rounding alone does not explain a larger difference, which means
# that a row took another branch at a split.
SPLIT_MOVED = 1e-3


class Budget:
    """The time limit of the parity check in seconds, measured from the first call of ``begin``."""

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

    ``set`` and ``row`` are the name of the row set and the row's position in the set. ``mark`` is
    the column that was changed to create the row, or None. ``original`` and ``other`` are the
    results for this row. ``metric.Differences`` describes ``margin``, ``score``, ``label`` and
    ``beyond``.
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

    ``compared`` is the number of rows that were compared, and ``labels_agree`` the number of rows
    with equal labels. ``largest`` is the largest difference of a score, in units of its scale.
    ``raised`` is the number of rows for which only the original raised an error.
    """

    rows: RowSet
    compared: int
    labels_agree: int
    largest: float
    failures: tuple[RowFailure, ...]
    raised: int


@dataclass(frozen=True)
class _Form:
    """The ONNX form under test, with the metric and tolerance for comparing it."""

    action_model: Any
    metric: ParityMetric
    tolerance: Tolerance


class RowSetComparer:
    """A comparison of several ONNX forms of a model with the original.

    The original's results are reused for each form, so the original is called once per batch.
    """

    def __init__(
        self, original: Any, schema: InputSchema, methods: Sequence[str], budget: Budget
    ) -> None:
        self._original = original
        self._schema = schema
        self._methods = tuple(methods)
        self._budget = budget
        # The original's results by row set and batch. They are kept because the original is often
        # much slower than ONNX.
        self._answers: dict[str, list[Answers | MethodError]] = {}
        # The same for single rows, by row set and batch, and by the position in the batch.
        self._by_row: dict[tuple[str, int], dict[int, Answers | MethodError]] = {}

    def compare(
        self, action_model: Any, rows: RowSet, metric: ParityMetric, tolerance: Tolerance
    ) -> RowSetResult:
        """Compare a set in batches. When the budget is spent, the remaining batches are skipped."""
        return self._compare(rows, _Form(action_model, metric, tolerance), BATCH_ROWS)

    def compare_single_rows(
        self,
        action_model: Any,
        sets: Sequence[RowSet],
        metric: ParityMetric,
        tolerance: Tolerance,
        count: int,
    ) -> RowSetResult:
        """Compare ``count`` evenly spaced rows of the sets that stop, with one row per call.

        Actions usually pass one row, and batches may be computed in a different order. Only the
        first two methods are compared, because all methods use the same graph.
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
            # The first batch is always compared, so that no set is skipped entirely.
            if compared and not self._budget.left():
                break
            batch = rows.rows[start : start + batch_rows]
            inputs = self._schema.original(batch)
            if number == len(answers):
                # All methods are called, because a later form may have different methods. For
                # single rows, this would be too slow, and two methods are sufficient.
                methods = form.metric.methods if batch_rows == 1 else self._methods
                answers.append(call_methods(self._original, inputs, methods))
            ours = answers[number]
            theirs = call_methods(form.action_model, inputs, form.metric.methods)
            # A single row can make the whole batch fail, so the rows are compared individually.
            if isinstance(ours, MethodError) or isinstance(theirs, MethodError):
                found, raised_here, count = self._compare_one_by_one(rows, start, batch, form)
                raised += raised_here
                agree += count - sum(failure.label for failure in found)
            else:
                count = len(batch)
                differences = form.metric.compare(ours, theirs, form.tolerance)
                found = [
                    _row_failure(rows, start + i, batch, i, ours, theirs, differences)
                    for i in np.flatnonzero(differences.failing).tolist()
                ]
                agree += int((~differences.label).sum())
                largest = max(largest, float(differences.score.max(initial=0.0)))
            failures += found
            compared += count
        kept = self._not_excused(rows, failures, form)
        # An infinite score means that the ONNX form raised an error, so it is not a difference.
        largest = max([largest, *(each.score for each in failures if each.score < np.inf)])
        return RowSetResult(rows, compared, agree, largest, tuple(kept), raised)

    def _compare_one_by_one(
        self, rows: RowSet, start: int, batch: Array, form: _Form
    ) -> tuple[list[RowFailure], int, int]:
        """Compare the rows of a batch individually, because one side raised an error for the batch.

        Returns the failures, the number of rows for which only the original raised an error, and
        the number of rows that were compared. Some rows are skipped if the budget is spent.
        """
        failures: list[RowFailure] = []
        raised = compared = 0
        known = self._by_row.setdefault((rows.name, start), {})
        if not known:
            known.update(self._ask_by_row(self._original, batch, self._methods))
        others = self._ask_by_row(form.action_model, batch, form.metric.methods)
        for i in range(len(batch)):
            if i not in known or i not in others:
                continue
            compared += 1
            row, ours, theirs = batch[i : i + 1], known[i], others[i]
            if isinstance(ours, MethodError):
                answers = not isinstance(theirs, MethodError)
                raised += answers
                # A confident answer to a row that the original refuses is a wrong answer.
                if not answers or not rows.stops:
                    continue
            if isinstance(ours, MethodError) or isinstance(theirs, MethodError):
                margin = np.inf if isinstance(ours, MethodError) else form.metric.margins(ours)[0]
                failures.append(
                    RowFailure(
                        set=rows.name,
                        row=start + i,
                        mark=rows.mark(start + i),
                        values=row,
                        original=ours,
                        other=theirs,
                        margin=float(margin),
                        score=float("inf"),
                        label=True,
                    )
                )
                continue
            differences = form.metric.compare(ours, theirs, form.tolerance)
            if differences.failing[0]:
                failures.append(_row_failure(rows, start + i, row, 0, ours, theirs, differences))
        return failures, raised, compared

    def _ask_by_row(
        self, model: Any, batch: Array, methods: Sequence[str]
    ) -> dict[int, Answers | MethodError]:
        """Return the results for each row of a batch, by the row's position.

        The batch is halved until a part raises no error or has one row, because a few rows usually
        cause the error. If the budget is spent, rows after the first ones are omitted.
        """
        found: dict[int, Answers | MethodError] = {}
        parts = [range(len(batch))]
        while parts:
            part = parts.pop()
            if part.start >= _MIN_SINGLE_ROWS and not self._budget.left():
                continue
            rows = batch[part.start : part.stop]
            answers = call_methods(model, self._schema.original(rows), methods)
            if not isinstance(answers, MethodError):
                for i in part:
                    one = slice(i - part.start, i - part.start + 1)
                    found[i] = {method: answer[one] for method, answer in answers.items()}
            elif len(part) == 1:
                found[part.start] = answers
            else:
                middle = (part.start + part.stop) // 2
                parts += [range(middle, part.stop), range(part.start, middle)]
        return found

    def _not_excused(
        self, rows: RowSet, failures: list[RowFailure], form: _Form
    ) -> list[RowFailure]:
        """Return the failures that are not excused.

        In a set that is not ``strict``, ties are excused, and so are rows for which the original's
        result depends on the batch.
        """
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
        """Return whether the original's results for a row differ alone and in a batch."""
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
