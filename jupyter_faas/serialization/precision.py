"""Choose the precisions in which a model is converted (double, float32 …), and the tolerances.

``docs/models.md`` explains the choice to users.
"""

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

# Trees that round each row to float32 before they compare it with a threshold.
_TREES = (
    "BaseDecisionTree",
    "BaseForest",
    "BaseGradientBoosting",
    "IsolationForest",
    "XGBModel",
    "XGBoostBooster",
)
# Trees that compare float64 values with float64 thresholds.
_DOUBLE_TREES = ("BaseHistGradientBoosting", "LGBMModel", "LightGBMBooster")
# Models that also add their leaves in float32, so their results are only accurate to that.
_FLOAT32_SUMS = ("XGBModel", "XGBoostBooster")
_TEXT = ("CountVectorizer", "TfidfVectorizer")
# onnxruntime computes these in float32 only, even in a graph of doubles.
_VECTOR_MACHINES = ("BaseLibSVM",)
# Models whose differences of nearly equal numbers lose more digits in float32 than others do.
_DISTANCES = ("KMeans", "MiniBatchKMeans", "BisectingKMeans", "PCA", "KernelPCA", "IncrementalPCA")
# float32 keeps 24 bits of a number. Rounding to it may change at most this share of a column's
# standard deviation.
_FLOAT32_ROUNDING = 2.0**-24
_ALLOWED_SHARE = 1e-3


@dataclass(frozen=True)
class Precision:
    """The number types that an ONNX form computes with.

    ``name`` is shown on the card: ``exact`` (trees in double, as scikit-learn computes them),
    ``double``, ``float32``, or ``mixed`` (double up to the last step, which is a tree that reads
    float32). ``skops`` means the estimator itself. ``dtype``: of the graph's numeric inputs.
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
    """The allowed difference between the results of a model and of its ONNX form.

    The limit is ``score`` times the scale of the score, plus ``relative`` times the score itself.
    ``margin``: two labels whose scores differ by at most this count as tied.
    """

    score: float
    margin: float
    relative: float


def has_trees(model: Any) -> bool:
    return any(is_a(step.estimator, *_TREES, *_DOUBLE_TREES) for step in steps("", model))


def has_double_trees(model: Any) -> bool:
    """Return True if a step has float64 thresholds, which skl2onnx's own trees would round."""
    return any(is_a(step.estimator, *_DOUBLE_TREES) for step in steps("", model))


def is_bare_tree(model: Any) -> bool:
    """Return True for trees and forests without a step before them."""
    return type(unwrapped(model)).__name__ != "Pipeline" and is_a(
        unwrapped(model), *_TREES, *_DOUBLE_TREES
    )


def candidate_precisions(model: Any) -> tuple[Precision, ...]:
    """Return the precisions to try, best first."""
    found = list(steps("", model))
    exact = (EXACT,) if has_exact_trees(model) else ()
    if any(getattr(step.estimator, "is_categorical_", None) is not None for step in found):
        # skl2onnx's own trees cannot split by category: they compare the codes as numbers.
        return exact
    # The text operators of ONNX have only float32 outputs.
    if any(is_a(step.estimator, *_TEXT) for step in found):
        return (*exact, FLOAT32)
    if not has_trees(model):
        return (DOUBLE, FLOAT32)
    # skl2onnx's own trees in double (ai.onnx.ml 3) compare the row itself. scikit-learn compares
    # its float32 rounding, so these trees would be less faithful than float32 ones. Steps before a
    # tree should still compute in double, because float32 may move a value across a threshold.
    piped = type(unwrapped(model)).__name__ == "Pipeline"
    if piped and is_a(last_step(model), *_TREES, *_DOUBLE_TREES):
        return (*exact, MIXED, FLOAT32)
    return (*exact, FLOAT32)


def tolerance(model: Any, precision: Precision) -> Tolerance:
    """Return how exact this model must be in this precision.

    The numbers come from measurements on 320 models. Each is above the rounding that was seen, and
    far below 1e-3, which only rows on the other side of a split exceeded.
    """
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
    # The scores of trees change in steps, so rounding cannot explain another label.
    margin = 0.0 if has_trees(model) else 1e-6
    return Tolerance(1e-4 if distances else 1e-5, margin=margin, relative=1e-6)


def check_magnitudes(
    model: Any, schema: InputSchema, rows: Array, reasons: Mapping[str, str]
) -> None:
    """Raise ConversionError for columns whose values float32 cannot distinguish.

    ``rows``: the sample in the input schema; ``reasons``: why the other precisions do not exist.
    Trees without a step before them are allowed: scikit-learn rounds their rows to float32 too.
    """
    if is_bare_tree(model) and not has_double_trees(model):
        return
    for index in schema.numeric():
        column = rows[:, index].astype(np.float64)
        column = column[np.isfinite(column)]
        if not len(column):
            continue
        largest, spread = float(np.abs(column).max()), float(column.std())
        # A constant column does not distinguish rows, so its rounding does no harm.
        if spread > 0 and largest * _FLOAT32_ROUNDING > _ALLOWED_SHARE * spread:
            why = "".join(f" ({precision}: {reason})" for precision, reason in reasons.items())
            raise ConversionError(
                f"Column {schema.label(index)} needs float64 (max {largest:.3g}, spread "
                f"{spread:.3g}) and this model has only a float32 ONNX form{why}.",
                hint="Subtract an offset before fitting.",
            )
