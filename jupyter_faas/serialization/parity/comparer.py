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
from jupyter_faas.serialization.parity.row_answers import RowAnswers, has_odd_value, joined
from jupyter_faas.serialization.parity.row_sets import RowSet, evenly_spaced
from jupyter_faas.serialization.precision import Tolerance

# Batches are small, so that the budget is checked often even with slow models.
BATCH_ROWS = 512
MAX_SINGLE_ROWS = 256
# So many of the single rows, evenly spaced and nearest to another label, show whether the results
# of the original depend on the batch. A batch may add the same numbers in another order, which
# changes the last digits.
_EVEN, _NEAREST = 4, 6
_ROUNDING = Tolerance(1e-12, margin=0.0, relative=1e-12)
# At most this many failing rows per set are checked by calling the original with the single row.
_MAX_RECHECKED = 256
# Up to this many rows with missing or infinite values are called one by one after an error.
_MAX_ODD = 16
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
        self._answers: dict[tuple[str, int], RowAnswers] = {}
        # The results for the single rows by methods: from one call for all rows (None if these
        # results depend on the batch), and from one call per row.
        self._together: dict[Sequence[str], RowAnswers | None] = {}
        self._alone: dict[Sequence[str], RowAnswers] = {}

    def compare(
        self, action_model: Any, rows: RowSet, metric: ParityMetric, tolerance: Tolerance
    ) -> RowSetResult:
        """Compare a set in batches. When the budget is spent, the remaining batches are skipped."""
        form = _Form(action_model, metric, tolerance)
        found: list[RowSetResult] = []
        for start in range(0, len(rows.rows), BATCH_ROWS):
            # The first batch is always compared, so that no set is skipped entirely.
            if found and not self._budget.left():
                break
            batch = rows.rows[start : start + BATCH_ROWS]
            key = rows.name, start
            if key not in self._answers:
                # All methods are called, because a later form may have different methods.
                self._answers[key] = self._ask(self._original, batch, self._methods)
            theirs = self._ask(action_model, batch, metric.methods)
            found.append(self._judge(rows, start, self._answers[key], theirs, form))
        return self._result(rows, found, form)

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
        first two methods are compared, because all methods use the same graph. If the original's
        results for some rows do not depend on the batch, the original is called with the other rows
        together. If a row then differs, the original is called with each row alone.
        """
        together = np.concatenate([rows.rows for rows in sets if rows.stops])
        step = max(1, len(together) // count)
        chosen = together[::step][:count]
        rows = RowSet.of_rows("one row at a time", chosen, stops=True, strict=True)
        form = _Form(action_model, replace(metric, methods=metric.methods[:2]), tolerance)
        methods = form.metric.methods
        theirs = self._ask_alone(action_model, chosen, methods)
        if methods not in self._together:
            self._together[methods] = self._ask_together(chosen, form)
        ours = self._together[methods]
        if ours is not None:
            found = self._result(rows, [self._judge(rows, 0, ours, theirs, form)], form)
            if not found.failures:
                return found
        if methods not in self._alone:
            self._alone[methods] = self._ask_alone(self._original, chosen, methods)
        found = self._judge(rows, 0, self._alone[methods], theirs, form)
        return self._result(rows, [found], form)

    def _ask(self, model: Any, batch: Array, methods: Sequence[str]) -> RowAnswers:
        """Return a model's results for a batch.

        A single row can make the call for the whole batch fail. The batch is then divided until a
        part raises no error or has one row. If the budget is spent, rows after the first ones are
        skipped.
        """
        whole = np.arange(len(batch))
        answers = call_methods(model, self._schema.original(batch), methods)
        if not isinstance(answers, MethodError):
            return RowAnswers(whole, answers, {})
        if len(batch) == 1:
            return RowAnswers(whole[:0], {}, {0: answers})
        # Missing and infinite values are the usual cause, often in each of these rows.
        odd = has_odd_value(batch)
        parts = [each for each in (whole[~odd], whole[odd]) if len(each)]
        if len(parts) == 1:
            parts = [whole[: len(whole) // 2], whole[len(whole) // 2 :]]
        elif len(parts[1]) <= _MAX_ODD:
            parts = [parts[0], *parts[1].reshape(-1, 1)]
        found: list[tuple[Array, Answers]] = []
        errors: dict[int, MethodError] = {}
        while parts:
            part = parts.pop()
            if part[0] >= _MIN_SINGLE_ROWS and not self._budget.left():
                continue
            answers = call_methods(model, self._schema.original(batch[part]), methods)
            if not isinstance(answers, MethodError):
                found.append((part, answers))
            elif len(part) == 1:
                errors[int(part[0])] = answers
            else:
                parts += [part[len(part) // 2 :], part[: len(part) // 2]]
        return joined(found, errors)

    def _ask_alone(self, model: Any, rows: Array, methods: Sequence[str]) -> RowAnswers:
        """Return a model's results from one call per row, until the budget is spent."""
        found: list[tuple[Array, Answers]] = []
        errors: dict[int, MethodError] = {}
        for i in range(len(rows)):
            if i and not self._budget.left():
                break
            answers = call_methods(model, self._schema.original(rows[i : i + 1]), methods)
            if isinstance(answers, MethodError):
                errors[i] = answers
            else:
                found.append((np.array([i]), answers))
        return joined(found, errors)

    def _ask_together(self, rows: Array, form: _Form) -> RowAnswers | None:
        """Return the original's results for rows from one call, or None if they depend on it.

        Some of the rows are computed alone to find this out.
        """
        methods = form.metric.methods
        found = self._ask(self._original, rows, methods)
        if len(found.positions) + len(found.errors) < len(rows):
            return None
        # A row that makes the call fail has already been computed alone.
        if not len(found.positions):
            return found
        nearest = np.argsort(form.metric.margins(found.answers), kind="stable")[:_NEAREST]
        few = np.union1d(evenly_spaced(found.positions, _EVEN), found.positions[nearest])
        alone = self._ask_alone(self._original, rows[few], methods)
        if len(alone.positions) < len(few):
            return None
        differences = form.metric.compare(found.take(few), alone.answers, _ROUNDING)
        return None if differences.failing.any() else found

    def _judge(
        self, rows: RowSet, start: int, ours: RowAnswers, theirs: RowAnswers, form: _Form
    ) -> RowSetResult:
        """Compare the results for the rows of a set from the position ``start`` on."""
        batch = rows.rows[start:]
        failures: list[RowFailure] = []
        both = np.intersect1d(ours.positions, theirs.positions, assume_unique=True)
        largest, compared, raised = 0.0, len(both), 0
        if len(both):
            first, second = ours.take(both), theirs.take(both)
            differences = form.metric.compare(first, second, form.tolerance)
            largest = float(differences.score.max(initial=0.0))
            failures = [
                _row_failure(rows, start + int(both[i]), i, first, second, differences)
                for i in np.flatnonzero(differences.failing).tolist()
            ]
        for i in sorted({*ours.errors, *theirs.errors}):
            original, other = ours.outcome(i), theirs.outcome(i)
            if original is None or other is None:
                continue
            compared += 1
            if isinstance(original, MethodError):
                answers = not isinstance(other, MethodError)
                raised += answers
                # A confident answer to a row that the original refuses is a wrong answer.
                if not answers or not rows.stops:
                    continue
                margin = np.inf
            else:
                margin = float(form.metric.margins(original)[0])
            failures.append(
                RowFailure(
                    set=rows.name,
                    row=start + i,
                    mark=rows.mark(start + i),
                    values=batch[i : i + 1],
                    original=original,
                    other=other,
                    margin=margin,
                    score=float("inf"),
                    label=True,
                )
            )
        failures.sort(key=lambda failure: failure.row)
        agree = compared - sum(failure.label for failure in failures)
        return RowSetResult(rows, compared, agree, largest, tuple(failures), raised)

    def _result(self, rows: RowSet, found: Sequence[RowSetResult], form: _Form) -> RowSetResult:
        """Join the results of batches, without the failures that are excused."""
        failures = [failure for part in found for failure in part.failures]
        return RowSetResult(
            rows,
            compared=sum(part.compared for part in found),
            labels_agree=sum(part.labels_agree for part in found),
            largest=max((part.largest for part in found), default=0.0),
            failures=tuple(self._not_excused(rows, failures, form)),
            raised=sum(part.raised for part in found),
        )

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
        rows.rows[row : row + 1],
        {method: answer[one] for method, answer in ours.items()},
        {method: answer[one] for method, answer in theirs.items()},
        float(differences.margin[index]),
        float(differences.score[index]),
        bool(differences.label[index]),
        bool(differences.beyond[index]),
    )
