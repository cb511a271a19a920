"""Compare an estimator that was read back from a skops archive with the original."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.estimators import class_name, predicts_labels
from jupyter_faas.serialization.parity.comparer import BATCH_ROWS
from jupyter_faas.serialization.parity.metric import (
    LABELS,
    Answers,
    Differences,
    MethodError,
    ParityMetric,
    call_methods,
    scales,
    table,
)
from jupyter_faas.serialization.parity.report import Coverage
from jupyter_faas.serialization.precision import Tolerance
from jupyter_faas.serialization.sklearn.sample import GIVE_SAMPLE, LEAVE_SAMPLE_OUT

# Both estimators run the same code with the same numbers. Only the memory layout of arrays may
# differ, which affects the order of sums.
TOLERANCE = Tolerance(1e-12, margin=0.0, relative=1e-12)
SINGLE_ROWS = 64


@dataclass(frozen=True)
class SkopsComparison:
    """The result of comparing an estimator with its copy.

    ``labels`` shows whether the model predicts labels. ``rows`` is the number of rows that were
    compared. ``labels_agree`` is the number of rows with equal labels. ``largest`` is the largest
    difference of a score, in units of its scale, or None if there are no scores. ``different`` has
    the positions of rows with different results, and may contain a position twice.
    """

    labels: bool
    rows: int
    labels_agree: int
    largest: float | None
    different: tuple[int, ...]
    covered: tuple[Coverage, ...]


def working_methods(
    name: str, model: Any, methods: Sequence[str], rows: Any, *, given: bool
) -> tuple[str, ...]:
    """Return the methods that accept the rows. Raises ConversionError if no method does.

    ``given``: whether the rows are a sample, and were not generated.
    """
    first, message = take(rows, 0, min(length(rows), BATCH_ROWS)), ""
    found = []
    for method in methods:
        answer = call_methods(model, first, (method,), read=_unchanged)
        if isinstance(answer, MethodError):
            message = message or answer.message
        else:
            found.append(method)
    if not found:
        raise ConversionError(
            f"{name!r} ({class_name(model)}) fails on the "
            f"{'sample' if given else 'generated rows'}: {message}",
            hint=LEAVE_SAMPLE_OUT if given else GIVE_SAMPLE,
        )
    return tuple(found)


def compare(
    original: Any,
    other: Any,
    rows: Any,
    methods: Sequence[str],
    left: Callable[[], bool],
) -> SkopsComparison:
    """Compare the results for ``rows`` in batches, and for some rows individually.

    ``left`` returns False when the time is up. The remaining rows are then skipped.
    """
    labels = predicts_labels(original)
    count, name = length(rows), "sample"
    agree, seen, largest, different = 0, 0, 0.0, []
    for start in range(0, count, BATCH_ROWS):
        if seen and not left():
            break
        found = _compare_rows(
            original, other, take(rows, start, start + BATCH_ROWS), methods, labels
        )
        different += [start + int(i) for i in found.failing.nonzero()[0]]
        agree += int((~found.label).sum())
        largest = max(largest, float(found.score.max(initial=0.0)))
        seen += len(found.label)
    # Also compare single rows. Actions usually predict one row at a time, and a batch may add
    # floating-point numbers in a different order.
    single = 0
    wanted = range(0, count, max(1, count // SINGLE_ROWS))[:SINGLE_ROWS]
    for row in wanted:
        if single and not left():
            break
        found = _compare_rows(original, other, take(rows, row, row + 1), methods, labels)
        different += [row] if found.failing.any() else []
        single += 1
    numbers = any(not (labels and method == LABELS) for method in methods)
    return SkopsComparison(
        labels=labels,
        rows=seen,
        labels_agree=agree,
        largest=largest if numbers else None,
        different=tuple(different),
        covered=(
            Coverage(name, seen, count),
            Coverage("one row at a time", single, len(wanted), "again"),
        ),
    )


def _compare_rows(
    original: Any, other: Any, rows: Any, methods: Sequence[str], labels: bool
) -> Differences:
    ours = call_methods(original, rows, methods, read=_unchanged)
    theirs = call_methods(other, rows, methods, read=_unchanged)
    if isinstance(ours, MethodError) or isinstance(theirs, MethodError):
        # If both raise errors, they agree. If only one does, all rows of the batch are different.
        same = isinstance(ours, MethodError) and isinstance(theirs, MethodError)
        flags = np.full(length(rows), not same)
        return Differences(flags, np.zeros(len(flags)), flags, np.zeros(len(flags)))
    pairs = {method: _tables(ours[method], theirs[method]) for method in methods}
    ours = {method: one for method, (one, _) in pairs.items()}
    theirs = {method: other for method, (_, other) in pairs.items()}
    return _metric(ours, methods, labels).compare(ours, theirs, TOLERANCE)


def _unchanged(answer: Any) -> Any:
    return answer


def _tables(ours: Any, theirs: Any) -> tuple[Array, Array]:
    """Return two results as dense arrays.

    Columns that are zero in both sparse results are left out. A HashingVectorizer has a million.
    """
    if not (hasattr(ours, "tocsc") and hasattr(theirs, "tocsc") and ours.shape == theirs.shape):
        return table(ours), table(theirs)
    columns = np.union1d(ours.nonzero()[1], theirs.nonzero()[1])
    return ours.tocsc()[:, columns].toarray(), theirs.tocsc()[:, columns].toarray()


def _metric(answers: Answers, methods: Sequence[str], labels: bool) -> ParityMetric:
    scored = [method for method in methods if not (labels and method == LABELS)]
    return ParityMetric(tuple(methods), labels, scales(answers, scored))


def length(rows: Any) -> int:
    """Return the number of rows in a frame, a dense or sparse array, or a list."""
    return int(rows.shape[0]) if hasattr(rows, "shape") else len(rows)


def take(rows: Any, start: int, stop: int) -> Any:
    return rows.iloc[start:stop] if hasattr(rows, "iloc") else rows[start:stop]
