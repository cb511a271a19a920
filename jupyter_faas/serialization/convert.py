"""Convert an estimator to ONNX, in the most precise form whose results match the original's.

``choose_format`` falls back to the estimator itself, in the skops format, if that fails.

These are the steps and the modules that perform them (paths are relative to ``serialization``):

1. Refuse models without a faithful ONNX form: ``sklearn/unsupported_models.py``.
2. Patch skl2onnx and register our own converters: ``sklearn/skl2onnx_patches.py``, ``exact/``.
3. Read the sample, or generate rows from the model, and record the original's results:
   ``sklearn/sample.py``, ``parity/synthetic_rows.py``, ``sklearn/reference_model.py``.
4. Convert in each precision of ``precision.py``, best first: ``sklearn/onnx_variant.py``.
5. Run each variant with the action's code and compare it with the original, until a variant has no
   failing row: ``action_models.py``, ``sklearn/parity_check.py``.
6. Describe the model, and report the comparison: ``sklearn/facts.py``, ``parity/verdict.py``.

A model that is already ONNX in the notebook is only checked (``onnx/existing_artifact.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from jupyter_faas.errors import ConversionError, ParityError
from jupyter_faas.serialization.artifact import ModelArtifact, calls_with_options
from jupyter_faas.serialization.estimators import class_count, class_name, steps
from jupyter_faas.serialization.exact import register_unknown
from jupyter_faas.serialization.model_detection import is_estimator
from jupyter_faas.serialization.native_boosters import restore_booster_methods
from jupyter_faas.serialization.onnx.existing_artifact import artifact_of
from jupyter_faas.serialization.onnx.existing_model import ExistingOnnxModel
from jupyter_faas.serialization.parity.comparer import Budget
from jupyter_faas.serialization.parity.report import NO_SAMPLE
from jupyter_faas.serialization.parity.verdict import Verdict, parity_error, report
from jupyter_faas.serialization.precision import (
    FLOAT32,
    MIXED,
    candidate_precisions,
    check_magnitudes,
)
from jupyter_faas.serialization.sklearn import unsupported_models
from jupyter_faas.serialization.sklearn.facts import model_facts
from jupyter_faas.serialization.sklearn.model_spec import TRAINING
from jupyter_faas.serialization.sklearn.onnx_variant import (
    OnnxVariant,
    VariantUnavailable,
    build_variant,
)
from jupyter_faas.serialization.sklearn.parity_check import ParityCheck
from jupyter_faas.serialization.sklearn.reference_model import ReferenceModel, build_reference
from jupyter_faas.serialization.sklearn.rewriting import check_same, unfold_categories
from jupyter_faas.serialization.sklearn.skl2onnx_patches import patch_skl2onnx, supported_classes
from jupyter_faas.serialization.skops.conversion import (
    SkopsRequest,
    convert_to_skops,
    skops_hint,
)

# The seed is constant, so that equal models have equal test rows and parity reports.
SEED = 0
# What a cell may do with a model, other than read its attributes (capture/analysis/model_reads.py).
_OTHER_READS = {
    "__getitem__": "The cell reads part of the model: {name}[…].",
    "__self__": "The cell passes {name} to a library function.",
}
# Only these methods cause a warning when omitted, because cells rarely call other methods.
_COMMON_METHODS = ("predict", "predict_proba", "decision_function")


@dataclass(frozen=True)
class ConversionRequest:
    """The input of a conversion.

    ``name``: the model's name in the notebook. ``sample``: example rows, or None.
    ``accept_parity``: whether to package the model even if the parity check fails. ``budget_s``:
    the time limit of the parity check in seconds.
    """

    name: str
    model: Any
    sample: Any = None
    accept_parity: bool = False
    budget_s: float = 10.0


def convert(
    request: ConversionRequest,
    action_models: ModuleType,
    *,
    progress: Callable[[str], None],
    clock: Callable[[], float],
) -> ModelArtifact:
    """Convert a model to ONNX and compare the result with the original.

    ``action_models``: the module that is packaged as ``faas_models.py``. ``clock``: returns the
    time in seconds, for the budget. The model is changed to predict in a single thread. Raises
    ConversionError if no ONNX form of the model runs, and ParityError if the results differ and
    ``accept_parity`` is not set. The hint of both errors suggests the skops format if skops
    supports the model.
    """
    try:
        return _convert(request, action_models, progress, clock)
    except ConversionError as error:
        # skops supports only scikit-learn estimators, so other models do not get this hint.
        if not is_estimator(request.model):
            raise
        progress(f"checking whether the skops format supports {request.name}")
        estimator = SkopsRequest(
            request.name, request.model, request.sample, budget_s=request.budget_s
        )
        error.hint = "\n".join(filter(None, (error.hint, skops_hint(estimator, clock=clock))))
        raise


def choose_format(
    request: ConversionRequest,
    action_models: ModuleType,
    *,
    attributes: Collection[str] = (),
    trust: Sequence[str] = (),
    values: Sequence[Any] = (),
    progress: Callable[[str], None],
    clock: Callable[[], float],
) -> ModelArtifact:
    """Convert a model to ONNX, or write the estimator itself to a skops archive.

    The skops format is used if the ONNX form does not exist, answers differently, may choose other
    neighbours than the model, computes in float32 what the model computes in double, or lacks one
    of ``attributes``, which the cell uses. ``trust`` has the values of ``--trust``. ``values`` is
    as in SkopsRequest. Other arguments are those of ``convert``. ``accept_parity`` applies to the
    ONNX form only if the skops format fails too, because that format has the exact results. Raises
    ConversionError if both fail.
    """
    if not is_estimator(request.model):
        return convert(request, action_models, progress=progress, clock=clock)
    made: ModelArtifact | None = None
    # The rows whose neighbours tie are too rare for the parity check to find them all.
    ties = unsupported_models.neighbour_ties(request.name, request.model)
    if ties is None:
        exact_only = replace(request, accept_parity=False)
        made, failure = _converted_or_failure(exact_only, action_models, progress, clock)
        missing = missing_reads(attributes, made.spec) if made is not None else ()
        coarse = made is not None and computes_in_float32(made)
        if made is not None and not missing and not coarse:
            return made
        if coarse:
            failure = ConversionError(
                f"The ONNX form of {request.name} computes in float32 instead of float64."
            )
        failure = failure or ConversionError(_reason_of_read(request.name, min(missing)))
    else:
        failure = ties
    estimator = SkopsRequest(
        request.name,
        request.model,
        request.sample,
        trust,
        budget_s=request.budget_s,
        why=reason_of(failure),
        values=values,
    )
    try:
        return convert_to_skops(estimator, progress=progress, clock=clock)
    except ConversionError as error:
        if ties is not None:
            return _convert_despite(error, request, action_models, progress, clock)
        if made is not None:
            # The caller refuses the missing attribute, and knows where the cell uses it.
            return made
        if request.accept_parity and isinstance(failure, ParityError):
            return _convert(request, action_models, progress, clock)
        if request.accept_parity and isinstance(error, ParityError):
            accepted = replace(estimator, accept_parity=True)
            return convert_to_skops(accepted, progress=progress, clock=clock)
        raise _both_failed(failure, error) from error


def _converted_or_failure(
    request: ConversionRequest,
    action_models: ModuleType,
    progress: Callable[[str], None],
    clock: Callable[[], float],
) -> tuple[ModelArtifact | None, ConversionError | None]:
    """Return the artifact or the error of a conversion to ONNX."""
    try:
        return _convert(request, action_models, progress, clock), None
    except ConversionError as error:
        return None, error
    except Exception as error:  # a fault of a converter does not affect the skops format
        return None, ConversionError(
            f"Converting {request.name!r} failed: {type(error).__name__}: {error}\n"
            "This is a bug in jupyter_faas or in a converter. Please report it.",
            hint=f"Create {request.name} inside the function.",
        )


def missing_reads(attributes: Collection[str], spec: Mapping[str, Any]) -> set[str]:
    """Return those of the attributes that the cell uses that lead from ONNX to skops."""
    # A model that is trained in an action would answer otherwise in each container, so training
    # does not lead to skops. The caller refuses it.
    lacks = {each for each, reason in spec["lacks"].items() if reason != TRAINING}
    missing = set(attributes) & {*lacks, *_OTHER_READS}
    return missing | calls_with_options(attributes, spec)


def computes_in_float32(artifact: ModelArtifact) -> bool:
    """Return whether the results have fewer digits than those of the original.

    The cell may rank rows by the results. Near ties would then have another order, and a row near a
    boundary another label.
    """
    if artifact.facts.route not in (FLOAT32.name, MIXED.name):
        return False
    dtypes = {rule.get("dtype", "") for rule in artifact.spec["methods"].values()}
    # A model of float32 numbers also returns float32.
    return "<f8" in dtypes or "<f4" not in dtypes


def _convert_despite(
    skops_error: ConversionError,
    request: ConversionRequest,
    action_models: ModuleType,
    progress: Callable[[str], None],
    clock: Callable[[], float],
) -> ModelArtifact:
    """Convert a model whose better form, skops, failed with ``skops_error``."""
    try:
        return _convert(request, action_models, progress, clock)
    except ConversionError as error:
        raise _both_failed(error, skops_error) from error


def _reason_of_read(name: str, attribute: str) -> str:
    method, has_options, options = attribute.partition("(")
    if has_options:
        return f"The ONNX form supports {name}.{method}(X) only without {options.rstrip(')')}."
    default = f"{name}.{attribute} is not in the ONNX form."
    return _OTHER_READS.get(attribute, default).format(name=name)


def reason_of(failure: ConversionError) -> str:
    """Return the sentence for the card that says why a model has no ONNX form."""
    # The rest of a parity error's message lists rows, which the card does not have room for. A
    # memory address would change the bytes of the package.
    sentence = failure.message.partition("\n")[0].partition(" The first is ")[0]
    return re.sub(r" at 0x[0-9a-f]+", "", sentence).rstrip(".:") + "."


def _both_failed(failure: ConversionError, error: ConversionError) -> ConversionError:
    if error.message == failure.message:
        return failure
    # The hint of the skops error is usually the simpler one.
    hint = error.hint or failure.hint
    return type(failure)(f"{failure.message}\n{error.message}", hint=hint)


def _convert(
    request: ConversionRequest,
    action_models: ModuleType,
    progress: Callable[[str], None],
    clock: Callable[[], float],
) -> ModelArtifact:
    name = request.name
    if isinstance(request.model, ExistingOnnxModel):
        progress(f"checking {name}")
        return artifact_of(name, request.model)
    # This check is first because it is fast and its messages suggest how to change the model. A
    # converter would fail later with an internal message, or convert such a model incorrectly.
    unsupported_models.check_supported(name, request.model)
    patch_skl2onnx()
    # The next check would refuse the classes that only our converters support, so these are
    # registered first.
    register_unknown(request.model)
    unsupported_models.check_convertible(name, request.model, supported_classes())
    rng = np.random.default_rng(SEED)
    progress(f"studying {name}")
    model = unfold_categories(request.model)
    reference = build_reference(name, model, request.sample, rng)
    # The rewritten model replaces the user's from here on, so both must return the same results.
    if model is not request.model:
        check_same(name, request.model, reference.probe_rows, reference.expected)
    parity_check = ParityCheck(reference, Budget(request.budget_s, clock), rng, progress)
    # The variants are tried best first, and the first one without a failure is chosen.
    best: tuple[OnnxVariant, Verdict] | None = None
    reasons: dict[str, str] = {}
    for variant in _variants(reference, action_models, progress, reasons):
        verdict = parity_check.run(variant)
        # If every variant fails, --accept-parity packages the variant with the fewest failures.
        if best is None or len(verdict.stopping) < len(best[1].stopping):
            best = variant, verdict
        if verdict.ok:
            break
    if best is None:
        raise _no_variant_error(reference, reasons)
    variant, verdict = best
    if not verdict.ok and not request.accept_parity:
        raise parity_error(name, request.model, verdict, reference.schema)
    # This search is slow and only adds warnings, so it runs once, for the chosen variant.
    verdict = parity_check.search_boundaries(verdict, variant)
    artifact = _artifact(request, reference, variant, verdict, parity_check.seconds)
    return restore_booster_methods(artifact, request.model, reference.expected)


def _variants(
    reference: ReferenceModel,
    action_models: ModuleType,
    progress: Callable[[str], None],
    reasons: dict[str, str],
) -> Iterator[OnnxVariant]:
    """Yield the variant in each precision that has one.

    If a precision has no variant, the reason is stored in ``reasons`` under the precision's name.
    Raises ConversionError if only float32 remains and the magnitudes of the values exclude it.
    """
    exists = False
    for precision in candidate_precisions(reference.model):
        if precision is FLOAT32:
            try:
                check_magnitudes(reference.model, reference.schema, reference.rows, reasons)
            except ConversionError:
                # If a double variant exists, its failing rows explain more than this error.
                if exists:
                    return
                raise
        progress(f"converting {reference.name} ({precision.name})")
        try:
            variant = build_variant(reference, precision, action_models)
        except VariantUnavailable as error:
            reasons[precision.name] = str(error)
            continue
        exists = True
        yield variant


def _no_variant_error(reference: ReferenceModel, reasons: dict[str, str]) -> ConversionError:
    for step in steps(reference.name, reference.model):
        # Splits on categories are the usual cause, and the error for them suggests a fix.
        if getattr(step.estimator, "is_categorical_", None) is not None:
            return unsupported_models.category_splits(step)
    details = "; ".join(f"{precision}: {reason}" for precision, reason in reasons.items())
    return ConversionError(
        f"This model has no working ONNX form: {reference.name!r} "
        f"({class_name(reference.model)}). {details}",
        hint=unsupported_models.REPLACE_IT,
    )


def _artifact(
    request: ConversionRequest,
    reference: ReferenceModel,
    variant: OnnxVariant,
    verdict: Verdict,
    seconds: float,
) -> ModelArtifact:
    warnings = [
        f"{method} is not packaged: {reason}. Calling it in the action raises an error."
        for method, reason in variant.omitted.items()
        if method in _COMMON_METHODS
    ]
    if not reference.given:
        warnings.append(NO_SAMPLE)
    return ModelArtifact(
        name=request.name,
        onnx=variant.onnx,
        spec=variant.spec,
        facts=model_facts(
            reference.model,
            reference.schema,
            variant.precision,
            variant.opsets,
            class_count(reference.model),
            len(variant.onnx),
            {method: reference.expected[method] for method in variant.spec["methods"]},
        ),
        parity=report(
            verdict,
            reference.schema,
            labels=reference.labels,
            accepted=request.accept_parity,
            warnings=warnings,
            seconds=seconds,
        ),
    )
