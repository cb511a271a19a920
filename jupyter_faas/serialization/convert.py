"""One model through everything: vetting, routes, the gate, and the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.estimators import class_name, is_classifier, steps
from jupyter_faas.serialization.exact import register_unknown
from jupyter_faas.serialization.model_detection import is_estimator
from jupyter_faas.serialization.onnx.existing_artifact import artifact_of
from jupyter_faas.serialization.onnx.existing_model import ExistingOnnxModel
from jupyter_faas.serialization.parity.comparer import Budget
from jupyter_faas.serialization.parity.verdict import Verdict, parity_error, report
from jupyter_faas.serialization.precision import FLOAT32, candidate_precisions, check_magnitudes
from jupyter_faas.serialization.sklearn import unsupported_models as refusals
from jupyter_faas.serialization.sklearn.facts import model_facts
from jupyter_faas.serialization.sklearn.onnx_variant import (
    OnnxVariant,
    VariantUnavailable,
    build_variant,
)
from jupyter_faas.serialization.sklearn.parity_check import ParityCheck
from jupyter_faas.serialization.sklearn.reference_model import ReferenceModel, build_reference
from jupyter_faas.serialization.sklearn.rewriting import check_same, unfolded
from jupyter_faas.serialization.sklearn.skl2onnx_patches import patch_skl2onnx, supported_classes
from jupyter_faas.serialization.skops.conversion import SkopsRequest, skops_hint

SEED = 0
# Methods that cells call; without the others nobody notices.
_MISSED = ("predict", "predict_proba", "decision_function")


@dataclass(frozen=True)
class ConversionRequest:
    """What to convert. ``sample``: rows, or None; ``budget_s``: seconds the gate may take."""

    name: str
    model: Any
    sample: Any = None
    accept_parity: bool = False
    budget_s: float = 10.0


def convert(
    order: ConversionRequest,
    action_models: ModuleType,
    *,
    progress: Callable[[str], None],
    clock: Callable[[], float],
) -> ModelArtifact:
    """Convert a model and compare its ONNX form with it.

    ``standins``: the module that travels as ``faas_models.py``; ``clock``: seconds, for the
    gate's budget. The model is changed: it answers in one thread from now on. Raises
    ConversionError when there is no faithful form, and ParityError when there is one that
    answers differently and ``accept_parity`` is not set; both name the estimator itself as the way
    out where it would pass.
    """
    try:
        return _converted(order, action_models, progress, clock)
    except ConversionError as error:
        if not is_estimator(order.model):
            raise
        progress(f"looking for a way out for {order.name}")
        itself = SkopsRequest(order.name, order.model, order.sample, budget_s=order.budget_s)
        sentence = skops_hint(itself, clock=clock)
        if sentence:
            error.hint = "\n".join(filter(None, (error.hint, sentence)))
        raise


def _converted(
    order: ConversionRequest,
    action_models: ModuleType,
    progress: Callable[[str], None],
    clock: Callable[[], float],
) -> ModelArtifact:
    import numpy as np

    if isinstance(order.model, ExistingOnnxModel):
        progress(f"checking {order.name}")
        return artifact_of(order.name, order.model)
    refusals.check_supported(order.name, order.model)
    patch_skl2onnx()
    register_unknown(order.model)
    refusals.check_convertible(order.name, order.model, supported_classes())
    rng = np.random.default_rng(SEED)
    progress(f"studying {order.name}")
    model = unfolded(order.model)
    reference = build_reference(order.name, model, order.sample, action_models, rng)
    if model is not order.model:
        check_same(order.name, order.model, reference.probe_rows, reference.expected)
    precisions = _Routes(reference, action_models, progress)
    parity_check = ParityCheck(reference, Budget(order.budget_s, clock), rng, progress)
    best: tuple[OnnxVariant, Verdict] | None = None
    for form in precisions.candidates():
        verdict = parity_check.examine(form.action_model, form.metric, form.tolerance)
        if best is None or len(verdict.stopping) < len(best[1].stopping):
            best = form, verdict
        if verdict.ok:
            break
    if best is None:
        raise precisions.nothing_runs()
    chosen, verdict = best
    if not verdict.ok and not order.accept_parity:
        raise parity_error(order.name, order.model, verdict, reference.schema)
    verdict = parity_check.search_boundaries(
        verdict, chosen.action_model, chosen.metric, chosen.tolerance
    )
    # Not before: it needs scikit-learn.
    from jupyter_faas.serialization.native_boosters import restore_booster_methods

    artifact = _artifact(order, reference, chosen, verdict, parity_check.seconds)
    return restore_booster_methods(artifact, order.model, reference.expected)


class _Routes:
    """The ONNX forms of a subject, in the order of its plan, and why some do not exist."""

    def __init__(
        self, reference: ReferenceModel, action_models: ModuleType, progress: Callable[[str], None]
    ) -> None:
        self._reference = reference
        self._standins = action_models
        self._progress = progress
        self._reasons: dict[str, str] = {}

    def candidates(self) -> Iterator[OnnxVariant]:
        reference, found = self._reference, False
        for precision in candidate_precisions(reference.model):
            if precision is FLOAT32:
                try:
                    self._check_magnitudes()
                except ConversionError:
                    # A form in double exists: what its comparison shows tells more.
                    if found:
                        return
                    raise
            self._progress(f"converting {reference.name} ({precision.name})")
            try:
                form = build_variant(reference, precision, self._standins)
            except VariantUnavailable as error:
                self._reasons[precision.name] = str(error)
                continue
            found = True
            yield form

    def _check_magnitudes(self) -> None:
        check_magnitudes(
            self._reference.model,
            self._reference.schema,
            self._reference.rows,
            self._reasons,
        )

    def nothing_runs(self) -> ConversionError:
        for step in steps(self._reference.name, self._reference.model):
            if getattr(step.estimator, "is_categorical_", None) is not None:
                return refusals.category_splits(step)
        reasons = "; ".join(f"{precision}: {reason}" for precision, reason in self._reasons.items())
        return ConversionError(
            f"This model has no ONNX form that runs: {self._reference.name!r} "
            f"({class_name(self._reference.model)}). {reasons}",
            hint=refusals.REPLACE_IT,
        )


def _artifact(
    order: ConversionRequest,
    reference: ReferenceModel,
    chosen: OnnxVariant,
    verdict: Verdict,
    seconds: float,
) -> ModelArtifact:
    warnings = [
        f"{method} stays behind: {reason}. Calling it in the action is an error."
        for method, reason in chosen.omitted.items()
        if method in _MISSED
    ]
    if not reference.sampled:
        warnings.append(
            "No --sample was given: the rows compared were made from the model's own numbers."
        )
    classes = getattr(reference.model, "classes_", None) if is_classifier(reference.model) else None
    count = None if classes is None or isinstance(classes, list) else len(classes)
    return ModelArtifact(
        name=order.name,
        onnx=chosen.onnx,
        spec=chosen.spec,
        facts=model_facts(
            reference.model,
            reference.schema,
            chosen.precision,
            chosen.opsets,
            count,
            len(chosen.onnx),
            {method: reference.expected[method] for method in chosen.spec["methods"]},
        ),
        parity=report(
            verdict,
            reference.schema,
            labels=reference.labels,
            accepted=order.accept_parity,
            warnings=warnings,
            seconds=seconds,
        ),
    )
