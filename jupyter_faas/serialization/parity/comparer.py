"""The parity gate: does the ONNX form answer as the model does, on every row we can think of?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

BATCH_ROWS = 512
MAX_SINGLE_ROWS = 256
# Rows that the original answers differently from itself are looked for among this many.
_MAX_RECHECKED = 256
# Rows of a batch that are asked singly however long it takes.
_MIN_SINGLE_ROWS = 32
# More than this, in units of the score's scale, is a moved split and no rounding.
SPLIT_MOVED = 1e-3


class Budget:
    """Time for the gate, in seconds of ``clock``; it runs from the first ``begin`` on."""

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
    """One row where the two were compared and failed; ``original`` and ``other`` hold that row.

    ``mark``: the column that makes the row special, if one does.
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
    """What comparing one set gave. ``eased``: rows where the model refuses and ONNX answers."""

    rows: RowSet
    compared: int
    labels_agree: int
    largest: float
    failures: tuple[RowFailure, ...]
    excused: int
    raised: int

    @property
    def stops(self) -> bool:
        return self.rows.stops and bool(self.failures)


@dataclass(frozen=True)
class _Pair:
    """The form under test, and how it is measured."""

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
        self._asked: dict[str, list[Answers | MethodError]] = {}

    def check(
        self, action_model: Any, rows: RowSet, metric: ParityMetric, tolerance: Tolerance
    ) -> RowSetResult:
        """One set compared in batches; fewer of its rows where the budget cuts it."""
        return self._check(rows, _Pair(action_model, metric, tolerance), BATCH_ROWS)

    def check_single(
        self,
        action_model: Any,
        sets: Sequence[RowSet],
        metric: ParityMetric,
        tolerance: Tolerance,
        count: int,
    ) -> RowSetResult:
        """``count`` rows of the sets, evenly spaced, each asked on its own.

        Two methods are enough: the others read the same graph.
        """
        import numpy as np

        together = np.concatenate([rows.rows for rows in sets if rows.stops])
        step = max(1, len(together) // count)
        chosen = together[::step][:count]
        rows = RowSet.of_rows("one row at a time", chosen, stops=True, strict=True)
        fewer = replace(metric, methods=metric.methods[:2])
        return self._check(rows, _Pair(action_model, fewer, tolerance), 1)

    def _check(self, rows: RowSet, pair: _Pair, chunk: int) -> RowSetResult:
        import numpy as np

        asked = self._asked.setdefault(rows.name, [])
        failures: list[RowFailure] = []
        compared = agree = raised = 0
        largest = 0.0
        for number, start in enumerate(range(0, len(rows.rows), chunk)):
            if compared and not self._budget.left():
                break
            part = rows.rows[start : start + chunk]
            shown = self._schema.original(part)
            if number == len(asked):
                # Every route is measured by the same answers, whichever methods it has.
                methods = pair.metric.methods if chunk == 1 else self._methods
                asked.append(call_methods(self._original, shown, methods))
            ours = asked[number]
            theirs = call_methods(pair.action_model, shown, pair.metric.methods)
            if isinstance(ours, MethodError) or isinstance(theirs, MethodError):
                found, eased_here, count = self._one_by_one(rows, start, part, pair)
                part = part[:count]
                raised += eased_here
                agree += len(part) - sum(check.label for check in found)
            else:
                differences = pair.metric.compare(ours, theirs, pair.tolerance)
                failing = np.flatnonzero(differences.failing).tolist()
                found = [
                    _row_failure(rows, start + i, part, i, ours, theirs, differences)
                    for i in failing
                ]
                agree += int((~differences.label).sum())
                largest = max(largest, float(differences.score.max(initial=0.0)))
            failures += found
            compared += len(part)
        kept, excused = self._excuse(rows, failures, pair)
        largest = max([largest, *(check.score for check in failures if check.score < np.inf)])
        return RowSetResult(rows, compared, agree, largest, tuple(kept), excused, raised)

    def _one_by_one(
        self, rows: RowSet, start: int, part: Array, pair: _Pair
    ) -> tuple[list[RowFailure], int, int]:
        """Rows of a batch that one side refused, asked singly to find which: the failures, how
        many are eased, and how many were asked (a large model takes its time over each)."""
        failures: list[RowFailure] = []
        raised = 0
        for i in range(len(part)):
            if i >= _MIN_SINGLE_ROWS and not self._budget.left():
                return failures, raised, i
            row = part[i : i + 1]
            shown = self._schema.original(row)
            ours = call_methods(self._original, shown, self._methods)
            theirs = call_methods(pair.action_model, shown, pair.metric.methods)
            if isinstance(ours, MethodError):
                raised += not isinstance(theirs, MethodError)
            elif isinstance(theirs, MethodError):
                margin = float(pair.metric.margins(ours)[0])
                infinite = float("inf")
                failures.append(
                    RowFailure(
                        set=rows.name,
                        row=start + i,
                        mark=rows.mark(start + i),
                        values=row,
                        original=ours,
                        other=theirs,
                        margin=margin,
                        score=infinite,
                        label=True,
                    )
                )
            else:
                differences = pair.metric.compare(ours, theirs, pair.tolerance)
                if differences.failing[0]:
                    failures.append(
                        _row_failure(rows, start + i, row, 0, ours, theirs, differences)
                    )
        return failures, raised, len(part)

    def _excuse(
        self, rows: RowSet, failures: list[RowFailure], pair: _Pair
    ) -> tuple[list[RowFailure], int]:
        """Failures that are no difference of ONNX: ties, and rows where the original wavers."""
        if rows.strict:
            return failures, 0
        kept = []
        for number, check in enumerate(failures):
            tie = check.label and not check.beyond and check.margin <= pair.tolerance.margin
            if not tie and not (number < _MAX_RECHECKED and self._wavers(check, pair)):
                kept.append(check)
        return kept, len(failures) - len(kept)

    def _wavers(self, check: RowFailure, pair: _Pair) -> bool:
        """True when the original answers the row alone otherwise than it did in a batch."""
        if isinstance(check.original, MethodError):
            return False
        alone = call_methods(self._original, self._schema.original(check.values), self._methods)
        if isinstance(alone, MethodError):
            return True
        return bool(pair.metric.compare(check.original, alone, pair.tolerance).failing[0])


def _row_failure(
    rows: RowSet,
    row: int,
    part: Array,
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
        part[one],
        {method: answer[one] for method, answer in ours.items()},
        {method: answer[one] for method, answer in theirs.items()},
        float(differences.margin[index]),
        float(differences.score[index]),
        bool(differences.label[index]),
        bool(differences.beyond[index]),
    )
