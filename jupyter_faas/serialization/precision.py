"""Choose the precisions in which a model is converted (double, float32 …), and the tolerances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.estimators import is_a, last_step, steps, unwrapped
from jupyter_faas.serialization.exact import has_exact_trees
from jupyter_faas.serialization.input_schema import InputSchema

_TREES = (
    "BaseDecisionTree",
    "BaseForest",
    "BaseGradientBoosting",
    "IsolationForest",
    "XGBModel",
    "XGBoostBooster",
)
_DOUBLE_TREES = ("BaseHistGradientBoosting", "LGBMModel", "LightGBMBooster")
_FLOAT32_SUMS = ("XGBModel", "XGBoostBooster")
_TEXT = ("CountVectorizer", "TfidfVectorizer")
_VECTOR_MACHINES = ("BaseLibSVM",)
_DISTANCES = ("KMeans", "MiniBatchKMeans", "BisectingKMeans", "PCA", "KernelPCA", "IncrementalPCA")
# float32 keeps 24 bits of a number. Rounding to it may change at most this share of a column's
# standard deviation.
_FLOAT32_ROUNDING = 2.0**-24
_ALLOWED_SHARE = 1e-3


@dataclass(frozen=True)
class Precision:
    """How an ONNX form computes.

    ``name`` is shown on the card: ``exact`` (trees in double, as scikit-learn computes them),
    ``double``, ``float32``, or ``mixed`` (double up to the last step, which is a tree that reads
    float32); ``skops`` is the estimator itself. ``dtype``: of the numbers in the graph.
    """

    name: str
    dtype: str


EXACT = Precision("exact", "float64")
DOUBLE = Precision("double", "float64")
FLOAT32 = Precision("float32", "float32")
MIXED = Precision("mixed", "float64")
SKOPS = Precision("skops", "float64")


@dataclass(frozen=True)
class Tolerance:
    """How far answers may differ.

    ``score``: in units of the score's scale; ``relative``: in units of the score itself, added to
    that; ``margin``: two labels whose scores are as close as this count as tied.
    """

    score: float
    margin: float
    relative: float


def has_trees(model: Any) -> bool:
    return any(is_a(step.estimator, *_TREES, *_DOUBLE_TREES) for step in steps("", model))


def has_double_trees(model: Any) -> bool:
    """True when a step has float64 thresholds, which the stock trees of ONNX round."""
    return any(is_a(step.estimator, *_DOUBLE_TREES) for step in steps("", model))


def is_bare_tree(model: Any) -> bool:
    """True for trees and forests without a step before them."""
    return type(unwrapped(model)).__name__ != "Pipeline" and is_a(
        unwrapped(model), *_TREES, *_DOUBLE_TREES
    )


def candidate_precisions(model: Any) -> tuple[Precision, ...]:
    """Return the precisions to try, best first."""
    found = list(steps("", model))
    exact = (EXACT,) if has_exact_trees(model) else ()
    if any(getattr(step.estimator, "is_categorical_", None) is not None for step in found):
        # Stock trees cannot split by category: they would compare the codes as numbers.
        return exact
    if any(is_a(step.estimator, *_TEXT) for step in found):
        return (*exact, FLOAT32)
    if not has_trees(model):
        return (DOUBLE, FLOAT32)
    # Stock trees in double (ai.onnx.ml 3) compare the row itself, not its float32 rounding as
    # scikit-learn does, and so answer worse than float32 ones. Steps before a tree should compute
    # in double, though: equal values stay equal.
    piped = type(unwrapped(model)).__name__ == "Pipeline"
    if piped and is_a(last_step(model), *_TREES, *_DOUBLE_TREES):
        return (*exact, MIXED, FLOAT32)
    return (*exact, FLOAT32)


def tolerance(model: Any, precision: Precision) -> Tolerance:
    """Return how exact this model must be in this precision (MODELS.md, tolerances of the gate)."""
    vector_machine = any(is_a(step.estimator, *_VECTOR_MACHINES) for step in steps("", model))
    if precision is EXACT and any(
        is_a(step.estimator, *_FLOAT32_SUMS) for step in steps("", model)
    ):
        return Tolerance(1e-6, margin=0.0, relative=1e-6)
    if precision is EXACT and is_a(last_step(model), *_TREES, *_DOUBLE_TREES):
        return Tolerance(1e-12, margin=0.0, relative=1e-12)
    if precision is DOUBLE or precision is EXACT:
        margin = 0.0 if has_trees(model) else 1e-9
        return Tolerance(1e-5 if vector_machine else 1e-9, margin=margin, relative=1e-12)
    distances = any(is_a(step.estimator, *_DISTANCES) for step in steps("", model))
    # The votes of trees are no smooth score: rounding cannot explain another label.
    margin = 0.0 if has_trees(model) else 1e-6
    return Tolerance(1e-4 if distances else 1e-5, margin=margin, relative=1e-6)


def check_magnitudes(
    model: Any, schema: InputSchema, rows: Array, reasons: Mapping[str, str]
) -> None:
    """Raise ConversionError for columns whose values float32 cannot distinguish.

    ``rows``: the sample in the input schema; ``reasons``: why the other precisions do not exist.
    Trees without a step before them pass: scikit-learn rounds their rows to float32 too.
    """
    if is_bare_tree(model) and not has_double_trees(model):
        return
    for index in schema.numeric():
        column = rows[:, index].astype(np.float64)
        column = column[np.isfinite(column)]
        if not len(column):
            continue
        largest, spread = float(np.abs(column).max()), float(column.std())
        if spread > 0 and largest * _FLOAT32_ROUNDING > _ALLOWED_SHARE * spread:
            why = "".join(f" ({precision}: {reason})" for precision, reason in reasons.items())
            raise ConversionError(
                f"Column {schema.label(index)} needs float64 (max {largest:.3g}, spread "
                f"{spread:.3g}) and this model has only a float32 ONNX form{why}.",
                hint="Subtract an offset before fitting.",
            )
