"""Which precisions to try for a model, in which order: chosen by what the model reads."""

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
# float32 keeps 24 bits: past this share of a column's spread, rounding moves its rows.
_FLOAT32_ROUNDING = 2.0**-24
_ALLOWED_SHARE = 1e-3


@dataclass(frozen=True)
class Precision:
    """One way to convert.

    ``name`` is told on the card: ``exact`` (trees in double, as scikit-learn computes them),
    ``double``, ``float32``, or ``mixed`` (double up to the last step, which is a tree that reads
    float32); ``skops`` is the estimator itself. ``dtype`` is what the graph's numbers are.
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

    ``score``: in units of the score's scale; ``relative``: in units of the score itself, on
    top of that; ``margin``: up to where a label counts as tied with the next.
    """

    score: float
    margin: float
    relative: float


def has_trees(model: Any) -> bool:
    return any(is_a(step.estimator, *_TREES, *_DOUBLE_TREES) for step in steps("", model))


def has_double_trees(model: Any) -> bool:
    """True when a step compares float64 with float64 thresholds, which ONNX' trees round."""
    return any(is_a(step.estimator, *_DOUBLE_TREES) for step in steps("", model))


def is_bare_tree(model: Any) -> bool:
    """True for trees and forests that read the rows themselves."""
    return type(unwrapped(model)).__name__ != "Pipeline" and is_a(
        unwrapped(model), *_TREES, *_DOUBLE_TREES
    )


def candidate_precisions(model: Any) -> tuple[Precision, ...]:
    """The routes to try, best first."""
    found = list(steps("", model))
    exact = (EXACT,) if has_exact_trees(model) else ()
    if any(getattr(step.estimator, "is_categorical_", None) is not None for step in found):
        # Stock trees know no categories, and would read their numbers as amounts.
        return exact
    if any(is_a(step.estimator, *_TEXT) for step in found):
        return (*exact, FLOAT32)
    if not has_trees(model):
        return (DOUBLE, FLOAT32)
    # Stock double trees, of ai.onnx.ml 3, compare the row itself, not its float32 rounding, and so
    # answer worse than float32 ones. Before the tree, though, double keeps the row's ties.
    piped = type(unwrapped(model)).__name__ == "Pipeline"
    if piped and is_a(last_step(model), *_TREES, *_DOUBLE_TREES):
        return (*exact, MIXED, FLOAT32)
    return (*exact, FLOAT32)


def tolerance(model: Any, precision: Precision) -> Tolerance:
    """How exact this model must be on this route (MODELS.md, tolerances of the gate)."""
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
    # A tree's vote is no smooth score: a tie between its labels is never rounding.
    margin = 0.0 if has_trees(model) else 1e-6
    return Tolerance(1e-4 if distances else 1e-5, margin=margin, relative=1e-6)


def check_magnitudes(
    model: Any, schema: InputSchema, rows: Array, reasons: Mapping[str, str]
) -> None:
    """Refuse columns that float32 cannot tell apart. Raises ConversionError.

    ``rows``: the sample in the input form; ``reasons``: why the other routes do not exist.
    Trees that read the rows themselves round them to float32 in scikit-learn, too, and are
    let through.
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
