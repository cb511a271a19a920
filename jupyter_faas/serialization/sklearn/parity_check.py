"""The sets of rows that one model is examined on, and the order they are compared in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_faas.serialization.estimators import steps
from jupyter_faas.serialization.input_schema import VECTORIZERS, InputForm
from jupyter_faas.serialization.parity.boundary_rows import (
    border_rows,
    jump_rows,
    parts_of,
    threshold_rows,
)
from jupyter_faas.serialization.parity.metric import LABELS, Refusal, Yardstick, ask
from jupyter_faas.serialization.parity.comparer import MOST_SINGLE_ROWS, Budget, Gate
from jupyter_faas.serialization.parity.row_sets import RowSet, distinct_values, odd_documents, odd_rows
from jupyter_faas.serialization.parity.verdict import Verdict
from jupyter_faas.serialization.precision import Tolerance
from jupyter_faas.serialization.sklearn.reference_model import Subject

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_SCORES = ("predict_proba", "decision_function", "predict", "transform", "score_samples")
# One row takes a time that grows with the trees and steps that it passes: fewer rows then,
# and the same number every time, whatever else the machine does. Measured in trees.
_CHEAP = 20
_FRAME_COST = 40
_FEWEST_SINGLE_ROWS = 32


class Examination:
    """Compares ONNX forms of one subject with it, every form on the same rows."""

    def __init__(
        self,
        subject: Subject,
        budget: Budget,
        rng: np.random.Generator,
        progress: Callable[[str], None],
    ) -> None:
        self._subject = subject
        self._budget = budget
        self._rng = rng
        self._progress = progress
        self._gate = Gate(subject.model, subject.form, subject.methods, budget)
        self._sets = self._stopping_sets()

    @property
    def seconds(self) -> float:
        """How long the comparisons took."""
        return self._budget.spent()

    def examine(self, standin: Any, yardstick: Yardstick, tolerance: Tolerance) -> Verdict:
        """The sets whose failures stop."""
        self._budget.begin()
        results = []
        for rows in self._sets:
            self._progress(
                f"comparing {self._subject.name} on {len(rows.rows):,} rows: {rows.name}"
            )
            results.append(self._gate.check(standin, rows, yardstick, tolerance))
        single = self._gate.check_single(
            standin,
            self._sets,
            yardstick,
            tolerance,
            single_rows(self._subject.model, self._subject.form),
        )
        return Verdict(tuple(results), single)

    def explore(
        self, verdict: Verdict, standin: Any, yardstick: Yardstick, tolerance: Tolerance
    ) -> Verdict:
        """The verdict with the sets that only warn: jumps and borders, found by bisection."""
        subject, left = self._subject, self._budget.left
        found = []
        if left():
            self._progress(f"looking for jumps of {subject.name}")
            found.append(jump_rows(subject.form, subject.rows, self._rng, self._scores, left))
        if left() and subject.labels and self._labels(subject.rows[:1]).ndim == 1:
            self._progress(f"looking for the borders between labels of {subject.name}")
            found.append(border_rows(subject.form, subject.rows, self._rng, self._labels, left))
        results = [self._gate.check(standin, rows, yardstick, tolerance) for rows in found]
        return Verdict((*verdict.results, *results), verdict.single)

    def _stopping_sets(self) -> list[RowSet]:
        subject, form, rows = self._subject, self._subject.form, self._subject.rows
        name = "sample" if subject.sampled else "rows made from the model"
        sets = [
            RowSet.of_rows(name, rows, stops=True, strict=True),
            odd_rows(form, rows, self._rng),
            odd_documents(form, rows, _vocabulary(subject.model)),
            distinct_values(form, rows, self._rng),
        ]
        if form.layout == "tensor":
            sets.append(threshold_rows(subject.model, rows, self._rng))
        return [rows for rows in sets if len(rows.rows)]

    def _scores(self, rows: Array) -> Array:
        """The first score that the model has, in units of its scale; a row of numbers per row."""
        import numpy as np

        subject = self._subject
        for method in _SCORES:
            if method not in subject.scales:
                continue
            answers = ask(subject.model, subject.form.original(rows), (method,))
            if isinstance(answers, Refusal) or answers[method].dtype.kind not in "iufb":
                break
            scaled: Array = answers[method].astype(np.float64) / subject.scales[method]
            return scaled.reshape(len(rows), -1)
        return np.zeros((len(rows), 1))

    def _labels(self, rows: Array) -> Array:
        import numpy as np

        answers = ask(self._subject.model, self._subject.form.original(rows), (LABELS,))
        return np.zeros(len(rows)) if isinstance(answers, Refusal) else answers[LABELS]


def single_rows(model: Any, form: InputForm) -> int:
    """How many rows are asked one at a time: fewer of models that take long over one."""
    found = list(steps("", model))
    cost = 3 * len(found) + sum(_tree_count(step.estimator) for step in found)
    cost += _FRAME_COST if form.frame else 0
    return max(_FEWEST_SINGLE_ROWS, MOST_SINGLE_ROWS * _CHEAP // max(_CHEAP, cost))


def _tree_count(estimator: Any) -> int:
    if hasattr(estimator, "tree_"):
        return 1
    return sum(hasattr(part, "tree_") for part in parts_of(estimator))


def _vocabulary(model: Any) -> list[str]:
    words: set[str] = set()
    for step in steps("", model):
        if step.kind in VECTORIZERS:
            words.update(step.estimator.vocabulary_)
    return sorted(words)
