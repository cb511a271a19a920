"""Choose the precisions for converting a model (double, float32 …), and the tolerances.

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

# Trees that round values to float32 before they compare them with a threshold.
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
# Models that also add their leaves in float32, which limits the precision of their results.
_FLOAT32_SUMS = ("XGBModel", "XGBoostBooster")
_TEXT = ("CountVectorizer", "TfidfVectorizer")
# Models that subtract nearly equal numbers, and therefore lose more digits in float32 than others.
_DISTANCES = ("KMeans", "MiniBatchKMeans", "BisectingKMeans", "PCA", "KernelPCA", "IncrementalPCA")
# float32 has 24 significant bits. Rounding may change a column's values by at most this share of
# its standard deviation.
_FLOAT32_ROUNDING = 2.0**-24
_ALLOWED_SHARE = 1e-3


@dataclass(frozen=True)
class Precision:
    """The floating-point precision of an ONNX form.

    The manifest records ``name``. It is ``exact`` (trees in double, as scikit-learn computes
    them), ``double``, ``float32``, ``mixed`` (double before the last step, which is a tree model
    that reads float32) or ``skops`` (the estimator itself). ``dtype`` is the type of the graph's
    numeric inputs.
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
    Two labels are tied if their scores differ by at most ``margin``.
    """

    score: float
    margin: float
    relative: float


def has_trees(model: Any) -> bool:
    return any(is_a(step.estimator, *_TREES, *_DOUBLE_TREES) for step in steps("", model))


def has_double_trees(model: Any) -> bool:
    """Return whether a step has float64 thresholds, which skl2onnx's own trees would round."""
    return any(is_a(step.estimator, *_DOUBLE_TREES) for step in steps("", model))


def is_bare_tree(model: Any) -> bool:
    """Return whether ``model`` is a tree model that is not in a pipeline."""
    return type(unwrapped(model)).__name__ != "Pipeline" and is_a(
        unwrapped(model), *_TREES, *_DOUBLE_TREES
    )


def candidate_precisions(model: Any) -> tuple[Precision, ...]:
    """Return the precisions to try, best first. The result may be empty."""
    found = list(steps("", model))
    exact = (EXACT,) if has_exact_trees(model) else ()
    if any(getattr(step.estimator, "is_categorical_", None) is not None for step in found):
        # skl2onnx's own trees do not support splits on categories, and would compare the codes as
        # numbers.
        return exact
    # In double, the results of such a vectorizer would be rounded to float32 only at the end.
    if any(is_a(step.estimator, *_TEXT) and _is_float32(step.estimator) for step in found):
        return (*exact, FLOAT32)
    if not has_trees(model):
        return (DOUBLE, FLOAT32)
    # scikit-learn's trees round values to float32 before comparing them, but skl2onnx's own trees
    # in double do not, so float32 trees are more faithful. The steps before a tree should still use
    # double, because float32 may move a value across a threshold.
    piped = type(unwrapped(model)).__name__ == "Pipeline"
    if piped and is_a(last_step(model), *_TREES, *_DOUBLE_TREES):
        return (*exact, MIXED, FLOAT32)
    return (*exact, FLOAT32)


def _is_float32(vectorizer: Any) -> bool:
    return bool(np.dtype(vectorizer.dtype) == np.float32)


def tolerance(model: Any, precision: Precision) -> Tolerance:
    """Return the tolerance for a model in a precision.

    The values are based on measurements of 320 models. Each exceeds the rounding errors that were
    measured, and is far below 1e-3, which was exceeded only when a row took another branch.
    """
    if precision is EXACT and any(
        is_a(step.estimator, *_FLOAT32_SUMS) for step in steps("", model)
    ):
        return Tolerance(1e-6, margin=0.0, relative=1e-6)
    if precision is EXACT and is_a(last_step(model), *_TREES, *_DOUBLE_TREES):
        return Tolerance(1e-12, margin=0.0, relative=1e-12)
    if precision is DOUBLE or precision is EXACT:
        margin = 0.0 if has_trees(model) else 1e-9
        # Linear models of large numbers, which nearly cancel each other out, differ by 1e-9.
        return Tolerance(1e-8, margin=margin, relative=1e-12)
    distances = any(is_a(step.estimator, *_DISTANCES) for step in steps("", model))
    # The scores of trees change in steps, so rounding does not explain a different label.
    margin = 0.0 if has_trees(model) else 1e-6
    return Tolerance(1e-4 if distances else 1e-5, margin=margin, relative=1e-6)


def check_magnitudes(
    model: Any, schema: InputSchema, rows: Array, reasons: Mapping[str, str]
) -> None:
    """Raise ConversionError if float32 cannot distinguish the values of a column.

    ``rows``: the sample in the input schema. ``reasons`` maps the other precisions to the reasons
    why they are not available. Tree models outside a pipeline are not checked if scikit-learn
    rounds their rows to float32 too.
    """
    if is_bare_tree(model) and not has_double_trees(model):
        return
    for index in schema.numeric():
        largest, spread = _size(rows[:, index])
        if _needs_float64(largest, spread):
            why = "".join(f" ({precision}: {reason})" for precision, reason in reasons.items())
            raise ConversionError(
                f"Column {schema.label(index)} needs float64 (max {largest:.3g}, spread "
                f"{spread:.3g}), but this model has only a float32 ONNX form{why}.",
                hint="Subtract an offset from the column, before fitting and in the function.",
            )


def needs_float64(schema: InputSchema, rows: Array) -> bool:
    """Return whether float32 cannot distinguish the values of a numeric column."""
    return any(_needs_float64(*_size(rows[:, index])) for index in schema.numeric())


def _size(column: Array) -> tuple[float, float]:
    """Return the largest absolute value and the standard deviation of the finite values."""
    values = column.astype(np.float64)
    values = values[np.isfinite(values)]
    return (float(np.abs(values).max()), float(values.std())) if len(values) else (0.0, 0.0)


def _needs_float64(largest: float, spread: float) -> bool:
    # A constant column does not distinguish rows, so rounding its values is harmless.
    return spread > 0 and largest * _FLOAT32_ROUNDING > _ALLOWED_SHARE * spread
