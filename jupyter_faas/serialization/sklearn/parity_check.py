"""The sets of rows that one model is examined on, and the order they are compared in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_faas.serialization.estimators import steps
from jupyter_faas.serialization.input_schema import VECTORIZERS, InputSchema
from jupyter_faas.serialization.parity.boundary_rows import (
    decision_boundary_rows,
    jump_rows,
    parts_of,
    threshold_rows,
)
from jupyter_faas.serialization.parity.comparer import MAX_SINGLE_ROWS, Budget, RowSetComparer
from jupyter_faas.serialization.parity.metric import LABELS, MethodError, ParityMetric, call_methods
from jupyter_faas.serialization.parity.row_sets import (
    RowSet,
    distinct_values,
    edge_case_documents,
    edge_case_rows,
)
from jupyter_faas.serialization.parity.verdict import Verdict
from jupyter_faas.serialization.precision import Tolerance
from jupyter_faas.serialization.sklearn.reference_model import ReferenceModel

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_SCORES = ("predict_proba", "decision_function", "predict", "transform", "score_samples")
# One row takes a time that grows with the trees and steps that it passes: fewer rows then,
# and the same number every time, whatever else the machine does. Measured in trees.
_CHEAP = 20
_FRAME_COST = 40
_MIN_SINGLE_ROWS = 32


class ParityCheck:
    """Compares ONNX forms of one subject with it, every form on the same rows."""

    def __init__(
        self,
        reference: ReferenceModel,
        budget: Budget,
        rng: np.random.Generator,
        progress: Callable[[str], None],
    ) -> None:
        self._reference = reference
        self._budget = budget
        self._rng = rng
        self._progress = progress
        self._comparer = RowSetComparer(
            reference.model, reference.schema, reference.methods, budget
        )
        self._sets = self._stopping_sets()

    @property
    def seconds(self) -> float:
        """How long the comparisons took."""
        return self._budget.spent()

    def examine(self, action_model: Any, metric: ParityMetric, tolerance: Tolerance) -> Verdict:
        """The sets whose failures stop."""
        self._budget.begin()
        results = []
        for rows in self._sets:
            self._progress(
                f"comparing {self._reference.name} on {len(rows.rows):,} rows: {rows.name}"
            )
            results.append(self._comparer.check(action_model, rows, metric, tolerance))
        single = self._comparer.check_single(
            action_model,
            self._sets,
            metric,
            tolerance,
            single_rows(self._reference.model, self._reference.schema),
        )
        return Verdict(tuple(results), single)

    def search_boundaries(
        self, verdict: Verdict, action_model: Any, metric: ParityMetric, tolerance: Tolerance
    ) -> Verdict:
        """The verdict with the sets that only warn: jumps and borders, found by bisection."""
        reference, left = self._reference, self._budget.left
        found = []
        if left():
            self._progress(f"looking for jumps of {reference.name}")
            found.append(jump_rows(reference.schema, reference.rows, self._rng, self._scores, left))
        if left() and reference.labels and self._labels(reference.rows[:1]).ndim == 1:
            self._progress(f"looking for the borders between labels of {reference.name}")
            found.append(
                decision_boundary_rows(
                    reference.schema, reference.rows, self._rng, self._labels, left
                )
            )
        results = [self._comparer.check(action_model, rows, metric, tolerance) for rows in found]
        return Verdict((*verdict.results, *results), verdict.single)

    def _stopping_sets(self) -> list[RowSet]:
        reference, schema, rows = self._reference, self._reference.schema, self._reference.rows
        name = "sample" if reference.sampled else "rows made from the model"
        sets = [
            RowSet.of_rows(name, rows, stops=True, strict=True),
            edge_case_rows(schema, rows, self._rng),
            edge_case_documents(schema, rows, _vocabulary(reference.model)),
            distinct_values(schema, rows, self._rng),
        ]
        if schema.layout == "tensor":
            sets.append(threshold_rows(reference.model, rows, self._rng))
        return [rows for rows in sets if len(rows.rows)]

    def _scores(self, rows: Array) -> Array:
        """The first score that the model has, in units of its scale; a row of numbers per row."""
        import numpy as np

        reference = self._reference
        for method in _SCORES:
            if method not in reference.scales:
                continue
            answers = call_methods(reference.model, reference.schema.original(rows), (method,))
            if isinstance(answers, MethodError) or answers[method].dtype.kind not in "iufb":
                break
            scaled: Array = answers[method].astype(np.float64) / reference.scales[method]
            return scaled.reshape(len(rows), -1)
        return np.zeros((len(rows), 1))

    def _labels(self, rows: Array) -> Array:
        import numpy as np

        answers = call_methods(
            self._reference.model, self._reference.schema.original(rows), (LABELS,)
        )
        return np.zeros(len(rows)) if isinstance(answers, MethodError) else answers[LABELS]


def single_rows(model: Any, schema: InputSchema) -> int:
    """How many rows are asked one at a time: fewer of models that take long over one."""
    found = list(steps("", model))
    cost = 3 * len(found) + sum(_tree_count(step.estimator) for step in found)
    cost += _FRAME_COST if schema.frame else 0
    return max(_MIN_SINGLE_ROWS, MAX_SINGLE_ROWS * _CHEAP // max(_CHEAP, cost))


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
