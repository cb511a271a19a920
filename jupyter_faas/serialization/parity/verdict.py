"""Decide whether a model passes its parity check, and create the report or the error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from jupyter_faas.errors import ParityError
from jupyter_faas.serialization.estimators import is_a, last_step, steps
from jupyter_faas.serialization.input_schema import InputSchema
from jupyter_faas.serialization.parity.comparer import SPLIT_MOVED, RowFailure, RowSetResult
from jupyter_faas.serialization.parity.metric import Answers, MethodError
from jupyter_faas.serialization.parity.report import Coverage, ParityReport, WorstRow
from jupyter_faas.serialization.precision import has_double_trees, has_trees

_FORESTS = ("BaseForest",)
_NEIGHBOURS = ("KNeighborsMixin", "RadiusNeighborsMixin")
# Two labels are tied if their scores differ by at most this value.
_TIE = 1e-6

REFUSES = (
    "The ONNX form rejects some input that the model accepts. In the cell, replace this input "
    "before you call the model."
)
ANSWERS = (
    "The ONNX form accepts some input that the model rejects. In the cell, reject this input "
    "before you call the model."
)
MISSING = (
    "The trees' handling of missing values is not exported. Add a SimpleImputer, or use "
    "HistGradientBoosting."
)
DOUBLE_TREES = (
    "HistGradientBoosting and LightGBM compare float64 values, but their ONNX form may compare "
    "float32 values, so a row close to a split can take the other branch. Use GradientBoosting or "
    "RandomForest, which also use float32 in scikit-learn."
)
TIED_VOTES = (
    "The forest's votes are tied on these rows, and rounding breaks the tie. Fit an odd "
    "number of trees (n_estimators=101), or set min_samples_leaf=5."
)
TIED_LABELS = (
    "Two labels have the same score on these rows, and rounding decides between them. To avoid "
    "these ties, fit the model on data that is not symmetric."
)
SEVERAL_OUTPUTS = "Fit one forest per output, with MultiOutputClassifier or MultiOutputRegressor."
BEFORE_TREES = (
    "The steps before the trees are computed in float32, so a row close to a split can take the "
    "other branch. Trees do not need scaling: fit them on the original columns."
)
OTHER_MODEL = (
    "Linear models, naive Bayes, neural networks on scaled inputs, and single trees convert "
    "without these differences. Try one of them on your data."
)


def repair(model: Any, failures: Sequence[RowFailure]) -> str:
    """Suggest how to change the model, in one or two sentences.

    ``failures``: at least one failing row, sorted with the worst first.
    """
    # Several causes may apply. The first is reported, so specific causes are tested before others.
    final = last_step(model)
    if isinstance(failures[0].original, MethodError):
        return ANSWERS
    if any(isinstance(failure.other, MethodError) for failure in failures):
        return REFUSES
    if any(is_a(step.estimator, *_NEIGHBOURS) for step in steps("", model)):
        first = failures[0]
        return (
            f"ONNX breaks ties between equally distant neighbours differently: row {first.row} of "
            f"{first.set}. Use a model that does not look up neighbours."
        )
    if has_trees(model) and all(_has_missing(failure) for failure in failures):
        return MISSING
    if has_double_trees(model):
        return DOUBLE_TREES
    if is_a(final, *_FORESTS):
        if getattr(final, "n_outputs_", 1) > 1:
            return SEVERAL_OUTPUTS
        if all(
            failure.label and failure.margin <= _TIE and failure.score <= SPLIT_MOVED
            for failure in failures
        ):
            return TIED_VOTES
    if has_trees(model) and final is not model:
        return BEFORE_TREES
    if not has_trees(model) and all(_is_tie(failure) for failure in failures):
        return TIED_LABELS
    return OTHER_MODEL


def _is_tie(failure: RowFailure) -> bool:
    return failure.label and not failure.beyond and failure.margin <= _TIE


def _has_missing(failure: RowFailure) -> bool:
    # value != value is True only for NaN.
    return any(value is None or value != value for value in failure.values[0].tolist())


SHOWN_ROWS = 5
_SHOWN_VALUES = 6
_ACCEPT = (
    "Or package the model anyway with --accept-parity, which records the difference in the "
    "manifest."
)


@dataclass(frozen=True)
class Verdict:
    """The results of comparing one ONNX form with the original.

    ``results`` has one result per row set. ``single`` is the result for the rows that were compared
    one at a time.
    """

    results: tuple[RowSetResult, ...]
    single: RowSetResult

    @property
    def stopping(self) -> list[RowFailure]:
        """The failures in the sets that block the packaging, sorted with the worst first."""
        found = [failure for result in self.all if result.rows.stops for failure in result.failures]
        return sorted(found, key=lambda failure: (not failure.label, -_finite(failure.score)))

    @property
    def all(self) -> tuple[RowSetResult, ...]:
        return (*self.results, self.single)

    @property
    def ok(self) -> bool:
        return not self.stopping


def report(
    verdict: Verdict,
    schema: InputSchema,
    *,
    labels: bool,
    accepted: bool,
    warnings: Sequence[str],
    seconds: float,
) -> ParityReport:
    # The single rows are excluded, because they belong to these sets and would be counted twice.
    stopping = [result for result in verdict.results if result.rows.stops]
    compared = sum(result.compared for result in stopping)
    agree = sum(result.labels_agree for result in stopping)
    largest = max((result.largest for result in stopping), default=0.0)
    return ParityReport(
        ok=verdict.ok,
        accepted=accepted and not verdict.ok,
        labels_agree=agree if labels else 0,
        labels_total=compared if labels else 0,
        rows=compared,
        max_difference=float(f"{largest:.2g}") if math.isfinite(largest) else None,
        covered=(
            *(_coverage(result) for result in verdict.results if result.rows.of),
            *([_coverage(verdict.single, again=True)] if verdict.single.rows.of else []),
        ),
        warnings=(*warnings, *_warnings(verdict)),
        worst=tuple(worst_row(failure, schema) for failure in verdict.stopping[:SHOWN_ROWS]),
        seconds=seconds,
    )


def _coverage(result: RowSetResult, *, again: bool = False) -> Coverage:
    extra: Literal["", "again", "boundary"] = "" if result.rows.stops else "boundary"
    return Coverage(result.rows.name, result.compared, result.rows.of, "again" if again else extra)


def _warnings(verdict: Verdict) -> list[str]:
    warnings = []
    for result in verdict.all:
        # ``of`` also counts rows that were dropped to limit the set, which is not a timeout.
        if result.compared < result.rows.of and result.compared < len(result.rows.rows):
            warnings.append(
                f"The time limit was reached: {result.compared:,} of {result.rows.of:,} rows of "
                f"{result.rows.name!r} were compared."
            )
        if result.raised:
            warnings.append(
                f"On {result.raised:,} of {result.compared:,} rows of {result.rows.name!r}, the "
                "original model raises an error and the ONNX form does not."
            )
        if not result.rows.stops and result.failures:
            flips = sum(failure.label for failure in result.failures)
            what = f"different labels for {flips:,}" if flips else "no label changes"
            warnings.append(
                f"Different results for {len(result.failures):,} of {result.compared:,} rows "
                f"exactly at a decision boundary ({result.rows.name}); {what}."
            )
    return warnings


def parity_error(name: str, model: Any, verdict: Verdict, schema: InputSchema) -> ParityError:
    """Return the error that blocks the packaging, with failing rows and a suggested change."""
    stopping = verdict.stopping
    rows = [worst_row(failure, schema) for failure in stopping[:SHOWN_ROWS]]
    total = sum(result.compared for result in verdict.all if result.rows.stops)
    first = rows[0]
    lines = [
        f"{name!r} as ONNX: different results for {len(stopping):,} of {total:,} test rows. The "
        f"first is row {first.row} of {first.set}: original {_with_margin(first)}, ONNX "
        f"{first.onnx}."
    ]
    lines += [
        f"  {row.set} {row.row}: {row.values}\n      original {_with_margin(row)}   ONNX {row.onnx}"
        for row in rows
    ]
    return ParityError("\n".join(lines), hint=f"{repair(model, stopping)}\n{_ACCEPT}")


def worst_row(failure: RowFailure, schema: InputSchema) -> WorstRow:
    method = _differing_method(failure)
    return WorstRow(
        set=failure.set,
        row=failure.row,
        values=_values(failure, schema),
        original=_answer(failure.original, method),
        onnx=_answer(failure.other, method),
        margin=_rounded(failure.margin),
        difference=_rounded(failure.score),
    )


def _differing_method(failure: RowFailure) -> str | None:
    """Return the method whose scores differ most.

    Returns None if the labels differ, if one side raised an error, or if there are no scores.
    """
    ours, theirs = failure.original, failure.other
    if isinstance(ours, MethodError) or isinstance(theirs, MethodError) or failure.label:
        return None
    scored = {
        method: float(np.max(abs(ours[method] - theirs[method])))
        for method in ours
        if method in theirs and ours[method].dtype.kind in "iuf"
    }
    # A difference from NaN is NaN, and max() is unreliable with NaN, so NaN is treated as infinity.
    return max(
        scored, key=lambda m: scored[m] if scored[m] == scored[m] else math.inf, default=None
    )


def _values(failure: RowFailure, schema: InputSchema) -> str:
    row = failure.values[0].tolist()
    if schema.layout == "text":
        return repr(row[0][:120])
    # Only a few values are shown, so the changed column comes first.
    order = list(range(schema.width))
    if failure.mark is not None:
        order.remove(failure.mark)
        order.insert(0, failure.mark)
    unnamed = "column " if schema.names is None else ""
    shown = [f"{unnamed}{schema.label(i)}={_value(row[i])}" for i in order[:_SHOWN_VALUES]]
    return ", ".join(shown) + (", …" if schema.width > _SHOWN_VALUES else "")


def _value(value: Any) -> str:
    # All digits are shown, because values next to a threshold may differ only in the last digit.
    return repr(value).removesuffix(".0")


def _answer(answers: Answers | MethodError, method: str | None) -> str:
    if isinstance(answers, MethodError):
        return f"error ({answers.message[:120]})"
    values = answers[method or next(iter(answers))].reshape(-1).tolist()
    shown = ", ".join(f"{v:.9g}" if isinstance(v, float) else repr(v) for v in values[:4])
    return shown + (", …" if len(values) > 4 else "")


def _with_margin(row: WorstRow) -> str:
    return row.original if row.margin is None else f"{row.original} (margin {row.margin:g})"


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 1e300


def _rounded(value: float) -> float | None:
    return float(f"{value:.3g}") if math.isfinite(value) else None
