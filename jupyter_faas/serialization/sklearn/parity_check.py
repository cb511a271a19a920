"""The parity check, which compares the results of an ONNX form with those of the original model.

**Methods.** Every method that the ONNX form supports (``predict``, ``predict_proba`` …) is called
with the code that runs in the action. Labels must be equal, and scores must not differ by more than
``precision.tolerance`` (``parity/metric.py``).

**Rows.** These sets of rows are compared for every variant:

- the sample, or rows generated from the model;
- edge cases, such as missing, extreme and unknown values and unusual text;
- rows with each distinct value of integer, decimal and text columns;
- rows with values next to the thresholds of trees;
- some of these rows, one at a time.

For the chosen variant, a bisection also finds rows on both sides of its jumps and decision
boundaries.

**Verdict.** The check fails if a row fails in a set that ``stops``. In a set that is not
``strict``, ties are excused, and so are rows for which the original's result depends on the batch.
Jumps and boundaries only cause warnings, because rounding alone may change the result there. When
the time budget is spent, the rest of each set is skipped, and the report contains a warning
(``parity/comparer.py``, ``parity/verdict.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.estimators import steps
from jupyter_faas.serialization.input_schema import (
    VECTORIZERS,
    InputSchema,
    readers,
    thresholds,
)
from jupyter_faas.serialization.parity.boundary_rows import (
    decision_boundary_rows,
    jump_rows,
    members_of,
    threshold_rows,
)
from jupyter_faas.serialization.parity.comparer import (
    MAX_SINGLE_ROWS,
    Budget,
    RowSetComparer,
    RowSetResult,
)
from jupyter_faas.serialization.parity.metric import LABELS, MethodError, call_methods
from jupyter_faas.serialization.parity.row_sets import (
    RowSet,
    distinct_values,
    edge_case_documents,
    edge_case_rows,
)
from jupyter_faas.serialization.parity.verdict import Verdict
from jupyter_faas.serialization.precision import has_double_trees, is_bare_tree
from jupyter_faas.serialization.sklearn.onnx_variant import OnnxVariant
from jupyter_faas.serialization.sklearn.reference_model import ReferenceModel

# The search for jumps uses the first of these methods that returns scores.
_SCORES = ("predict_proba", "decision_function", "predict", "transform", "score_samples")
# Fewer single rows are compared for slow models. The cost of a row is estimated from the number of
# trees and steps instead of measured, so that the number of rows is the same on every machine. The
# unit is the cost of one tree.
_CHEAP = 20
_FRAME_COST = 40
_MIN_SINGLE_ROWS = 32


class ParityCheck:
    """A comparison of a model's ONNX variants with the original, on the same rows."""

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
        """The duration of the comparisons so far, in seconds."""
        return self._budget.spent()

    def run(self, variant: OnnxVariant) -> Verdict:
        """Compare a variant with the original on all sets that block the packaging.

        Some of the rows are also compared one at a time.
        """
        name = self._reference.name
        self._budget.begin()
        results = []
        for rows in self._sets:
            self._progress(f"comparing {name} on {len(rows.rows):,} rows: {rows.name}")
            results.append(self._compare(variant, rows))
        single = self._comparer.compare_single_rows(
            variant.action_model,
            self._sets,
            variant.metric,
            variant.tolerance,
            single_rows(self._reference.model, self._reference.schema),
        )
        return Verdict(tuple(results), single)

    def search_boundaries(self, verdict: Verdict, variant: OnnxVariant) -> Verdict:
        """Compare the variant near jumps and decision boundaries, and return the extended verdict.

        Differences in these sets only cause warnings.
        """
        reference, left = self._reference, self._budget.left
        sets = []
        scores, labels = partial(self._scores, variant), partial(self._labels, variant)
        # Such trees round their rows themselves, and so does their ONNX form.
        rounds = is_bare_tree(reference.model) and not has_double_trees(reference.model)
        if left():
            self._progress(f"looking for discontinuities in {reference.name}")
            sets.append(
                jump_rows(reference.schema, reference.rows, self._rng, scores, left, rounds=rounds)
            )
        # With several outputs, a row has several labels, so there is no single label border.
        if left() and reference.labels and labels(reference.rows[:1]).ndim == 1:
            self._progress(f"looking for the decision boundaries of {reference.name}")
            sets.append(
                decision_boundary_rows(
                    reference.schema, reference.rows, self._rng, labels, left, rounds=rounds
                )
            )
        results = [self._compare(variant, rows) for rows in sets]
        return Verdict((*verdict.results, *results), verdict.single)

    def _compare(self, variant: OnnxVariant, rows: RowSet) -> RowSetResult:
        return self._comparer.compare(variant.action_model, rows, variant.metric, variant.tolerance)

    def _stopping_sets(self) -> list[RowSet]:
        model, schema, rows = self._reference.model, self._reference.schema, self._reference.rows
        given = self._reference.given
        sets = [
            RowSet.of_rows("sample", rows[:given], stops=True, strict=True),
            RowSet.of_rows("rows generated from the model", rows[given:], stops=True, strict=True),
            edge_case_rows(schema, rows, self._rng, thresholds_of(model, schema)),
            edge_case_documents(schema, rows, _vocabulary(model)),
            distinct_values(schema, rows, self._rng),
        ]
        # In other layouts, the trees do not read the input directly.
        if schema.layout == "tensor":
            sets.append(threshold_rows(model, rows, self._rng))
        return [each for each in sets if len(each.rows)]

    def _scores(self, variant: OnnxVariant, rows: Array) -> Array:
        """Return the scores of the variant's first score method, in units of their scale.

        The array is 2-D with one row per input row. All values are zero if the variant does not
        have such a method or the call fails.
        """
        reference = self._reference
        for method in _SCORES:
            if method not in reference.scales or method not in variant.metric.methods:
                continue
            answers = call_methods(variant.action_model, reference.schema.original(rows), (method,))
            if isinstance(answers, MethodError) or answers[method].dtype.kind not in "iufb":
                break
            scaled: Array = answers[method].astype(np.float64) / reference.scales[method]
            return scaled.reshape(len(rows), -1)
        return np.zeros((len(rows), 1))

    def _labels(self, variant: OnnxVariant, rows: Array) -> Array:
        original = self._reference.schema.original(rows)
        answers = call_methods(variant.action_model, original, (LABELS,))
        return np.zeros(len(rows)) if isinstance(answers, MethodError) else answers[LABELS]


def single_rows(model: Any, schema: InputSchema) -> int:
    """Return the number of rows to compare one at a time, which is lower for slow models."""
    found = list(steps("", model))
    cost = 3 * len(found) + sum(_tree_count(step.estimator) for step in found)
    cost += _FRAME_COST if schema.frame else 0
    return max(_MIN_SINGLE_ROWS, MAX_SINGLE_ROWS * _CHEAP // max(_CHEAP, cost))


def thresholds_of(model: Any, schema: InputSchema) -> dict[int, list[float]]:
    """Return the thresholds of the estimators that read the input, by column."""
    if schema.layout == "text":
        return {}
    return {
        index: [value for reader in column for value in thresholds(reader)]
        for index, column in enumerate(readers(model, schema.width))
    }


def _tree_count(estimator: Any) -> int:
    if hasattr(estimator, "tree_"):
        return 1
    return sum(hasattr(member, "tree_") for member in members_of(estimator))


def _vocabulary(model: Any) -> list[str]:
    words: set[str] = set()
    for step in steps("", model):
        if step.kind in VECTORIZERS:
            words.update(step.estimator.vocabulary_)
    return sorted(words)
