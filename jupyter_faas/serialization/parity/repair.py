"""What to change in a model so that its answers survive, judged by the rows that did not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jupyter_faas.serialization.estimators import is_a, last_step, steps
from jupyter_faas.serialization.parity.answers import Refusal
from jupyter_faas.serialization.parity.gate import MOVED, RowCheck
from jupyter_faas.serialization.routes import has_double_trees, has_trees

_FORESTS = ("BaseForest",)
_NEIGHBOURS = ("KNeighborsMixin", "RadiusNeighborsMixin")
_TIE = 1e-6

INFREQUENT = "ONNX knows no infrequent categories: fit OneHotEncoder with handle_unknown='ignore'."
REFUSES = (
    "The ONNX form refuses input that the model accepts: let the cell replace it before it asks "
    "the model."
)
MISSING = (
    "Missing-value directions are not exported. Add SimpleImputer, or use HistGradientBoosting."
)
DOUBLE_TREES = (
    "HistGradientBoosting compares float64 values, the trees of ONNX float32 ones, so a row next "
    "to a split lands on its other side. Use GradientBoosting or RandomForest: they read float32 "
    "in scikit-learn, too."
)
TIED_VOTES = (
    "The forest's votes are tied on these rows, and rounding breaks the tie: fit an odd number of "
    "trees (n_estimators=101), or set min_samples_leaf=5."
)
TIED_LABELS = (
    "Two labels have the same score on these rows, and rounding chooses between them; rows that "
    "are no mirror images of each other break such ties in training."
)
SEVERAL_OUTPUTS = "Fit one forest per output: MultiOutputClassifier(RandomForestClassifier(…))."
BEFORE_TREES = (
    "The steps before the trees are computed in float32, so a row at a split lands on its other "
    "side. Trees need no scaling: fit them on the columns themselves."
)
OTHER_MODEL = (
    "Linear models, naive Bayes, scaled neural networks and single trees convert faithfully: "
    "compare one of them on your data."
)


def repair(model: Any, failures: Sequence[RowCheck]) -> str:
    """One or two sentences; ``failures`` are the rows that stop, worst first."""
    final = last_step(model)
    if any(isinstance(check.other, Refusal) for check in failures):
        return INFREQUENT if _groups_infrequent(model) else REFUSES
    if any(is_a(step.estimator, *_NEIGHBOURS) for step in steps("", model)):
        first = failures[0]
        return f"Neighbour ties are broken differently: row {first.row} of {first.set}."
    if has_trees(model) and all(_has_missing(check) for check in failures):
        return MISSING
    if has_double_trees(model):
        return DOUBLE_TREES
    if is_a(final, *_FORESTS):
        if getattr(final, "n_outputs_", 1) > 1:
            return SEVERAL_OUTPUTS
        if all(check.label and check.margin <= _TIE and check.score <= MOVED for check in failures):
            return TIED_VOTES
    if has_trees(model) and final is not model:
        return BEFORE_TREES
    if not has_trees(model) and all(_is_tie(check) for check in failures):
        return TIED_LABELS
    return OTHER_MODEL


def _is_tie(check: RowCheck) -> bool:
    return check.label and not check.beyond and check.margin <= _TIE


def _groups_infrequent(model: Any) -> bool:
    return any(
        getattr(step.estimator, "handle_unknown", "") == "infrequent_if_exist"
        for step in steps("", model)
    )


def _has_missing(check: RowCheck) -> bool:
    return any(value is None or value != value for value in check.values[0].tolist())
