"""Call the methods of a model, and measure the differences between two of its results."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.parity.shared_results import shared_results
from jupyter_faas.serialization.precision import Tolerance


@dataclass(frozen=True)
class MethodError:
    """An exception that the model raised.

    ``message`` is the first line of the exception's message, or its class name without a message.
    """

    message: str


Answers = Mapping[str, "Array"]


def call_methods(
    model: Any, rows: Any, methods: Sequence[str], *, read: Callable[[Any], Any] | None = None
) -> Answers | MethodError:
    """Return the result of each method for ``rows``, as arrays with one row per input row.

    If a method raises an exception, a MethodError is returned instead. ``read`` replaces the
    conversion of a result to a dense array (``table``).
    """
    read = read or table
    sharing = shared_results(model) if len(methods) > 1 else nullcontext()
    with warnings.catch_warnings(), sharing:
        # scikit-learn's forests apply every active filter again for each tree, which is slow, so
        # the other filters are removed.
        warnings.resetwarnings()
        warnings.simplefilter("ignore")
        try:
            return {method: read(getattr(model, method)(rows)) for method in methods}
        except Exception as error:  # the model may raise anything
            lines = str(error).strip().splitlines()
            return MethodError(lines[0] if lines else type(error).__name__)


def table(answer: Any) -> Array:
    """Return a method's result as a dense array.

    The arrays in a list or tuple, such as the distances and indices of neighbours, are joined
    horizontally.
    """
    if isinstance(answer, (list, tuple)):
        return np.hstack([table(item) for item in answer])
    if hasattr(answer, "toarray"):
        answer = answer.toarray()
    return np.asarray(answer)


LABELS = "predict"


@dataclass(frozen=True)
class Differences:
    """The differences between two results, as arrays with one element per row.

    ``label`` (bool) shows whether the labels differ. ``score`` is the largest difference of a
    score, in units of its scale. ``beyond`` (bool) shows whether a difference exceeds the
    tolerance. ``margin`` is the difference between the original's two best scores, or inf if the
    model does not score its labels.
    """

    label: Array
    score: Array
    beyond: Array
    margin: Array

    @property
    def failing(self) -> Array:
        failing: Array = self.label | self.beyond
        return failing


@dataclass(frozen=True)
class ParityMetric:
    """A measure of the differences between the results of two forms of a model.

    ``labels``: whether ``predict`` returns labels instead of quantities. ``scales``: for each
    method that returns scores, the scale of each column.
    """

    methods: tuple[str, ...]
    labels: bool
    scales: Mapping[str, Array]

    def compare(self, original: Answers, other: Answers, tolerance: Tolerance) -> Differences:
        """Compare two results for the same rows, method by method."""
        count = len(original[self.methods[0]])
        label = np.zeros(count, dtype=bool)
        score = np.zeros(count)
        beyond = np.zeros(count, dtype=bool)
        for method in self.methods:
            ours, theirs = original[method], other[method]
            if ours.shape != theirs.shape:
                # The values cannot be compared individually, so every row counts as failed.
                label[:] = True
            elif self._is_label(method, ours):
                label |= _any((ours != theirs) & ~(_is_nan(ours) & _is_nan(theirs)))
            else:
                difference, scaled = _difference(ours, theirs, self.scales[method])
                allowed = tolerance.score * self.scales[method] + tolerance.relative * np.abs(
                    np.where(np.isfinite(ours), ours, 0).astype(np.float64)
                )
                score = np.maximum(score, _most(scaled))
                beyond |= _any(difference > allowed)
        return Differences(label, score, beyond, self.margins(original))

    def _is_label(self, method: str, answer: Array) -> bool:
        return (self.labels and method == LABELS) or answer.dtype.kind not in "iufb"

    def margins(self, answers: Answers) -> Array:
        """Return, for each row, the difference between the scores of the two most likely labels.

        If two labels share one score, the margin is its absolute value. If the model does not score
        its labels, the margins are infinite.
        """
        count = len(answers[self.methods[0]])
        for method in ("predict_proba", "decision_function", "transform"):
            if not self.labels or method not in answers:
                continue
            scores = answers[method].astype(np.float64)
            if scores.ndim == 1 or scores.shape[1] == 1:
                margin: Array = np.abs(scores.reshape(-1))
                return margin
            ordered = np.sort(scores, axis=1)
            # ``transform`` of a clustering model returns distances, so the two smallest compete.
            near = ordered[:, 1] - ordered[:, 0]
            return near if method == "transform" else ordered[:, -1] - ordered[:, -2]
        return np.full(count, np.inf)


def scales(answers: Answers, score_methods: Sequence[str]) -> dict[str, Array]:
    """Return the scale of each column of scores.

    The scale is 1 for probabilities, and the column's standard deviation for other scores. Missing
    and infinite values are ignored.
    """
    found = {}
    for method in score_methods:
        answer = answers[method]
        if method == "predict_proba" or answer.dtype.kind not in "iufb":
            found[method] = np.ones(answer.shape[1:])
            continue
        values = answer.astype(np.float64)
        values = np.where(np.isfinite(values), values, np.nan)
        found[method] = np.array(_deviations(values.reshape(len(values), -1))).reshape(
            answer.shape[1:]
        )
    return found


def _deviations(columns: Array) -> list[float]:
    deviations = []
    for values in columns.T:
        values = values[~np.isnan(values)]
        deviation = float(values.std()) if len(values) else 0.0
        largest = float(np.abs(values).max()) if len(values) else 0.0
        # The standard deviation of a constant column is 0, so its absolute value is the scale.
        deviations.append(deviation if deviation > 1e-12 * largest else largest or 1.0)
    return deviations


def _difference(ours: Array, theirs: Array, scale: Array) -> tuple[Array, Array]:
    a, b = ours.astype(np.float64), theirs.astype(np.float64)
    same = np.equal(a, b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.where(same, 0.0, np.abs(a - b))
    # The difference between NaN and a number is NaN, which would not exceed any tolerance.
    bounded: Array = np.where(np.isnan(difference), np.inf, difference)
    return bounded, bounded / scale


def _is_nan(answer: Array) -> Array:
    return np.asarray(answer != answer)


def _any(cells: Array) -> Array:
    found: Array = cells.reshape(len(cells), -1).max(axis=1, initial=False)
    return found


def _most(cells: Array) -> Array:
    most: Array = cells.reshape(len(cells), -1).max(axis=1, initial=0.0)
    return most
