"""One model through everything: vetting, routes, the gate, and the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.model_detection import is_estimator
from jupyter_faas.serialization.estimators import class_name, is_classifier, steps
from jupyter_faas.serialization.exact import register_unknown
from jupyter_faas.serialization.onnx.existing_model import ReadyModel
from jupyter_faas.serialization.onnx.existing_artifact import artifact_of
from jupyter_faas.serialization.parity.comparer import Budget
from jupyter_faas.serialization.parity.verdict import Verdict, parity_error, report
from jupyter_faas.serialization.precision import FLOAT32, check_magnitudes, plan
from jupyter_faas.serialization.sklearn import unsupported_models as refusals
from jupyter_faas.serialization.sklearn.onnx_variant import Candidate, NoForm, candidate
from jupyter_faas.serialization.sklearn.parity_check import Examination
from jupyter_faas.serialization.sklearn.facts import model_facts
from jupyter_faas.serialization.sklearn.rewriting import check_same, unfolded
from jupyter_faas.serialization.sklearn.skl2onnx_patches import mend, supported_classes
from jupyter_faas.serialization.sklearn.reference_model import Subject, subject_of
from jupyter_faas.serialization.skops import EstimatorOrder, way_out

SEED = 0
# Methods that cells call; without the others nobody notices.
_MISSED = ("predict", "predict_proba", "decision_function")


@dataclass(frozen=True)
class Order:
    """What to convert. ``sample``: rows, or None; ``budget_s``: seconds the gate may take."""

    name: str
    model: Any
    sample: Any = None
    accept_parity: bool = False
    budget_s: float = 10.0


def convert(
    order: Order,
    standins: ModuleType,
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
        return _converted(order, standins, progress, clock)
    except ConversionError as error:
        if not is_estimator(order.model):
            raise
        progress(f"looking for a way out for {order.name}")
        itself = EstimatorOrder(order.name, order.model, order.sample, budget_s=order.budget_s)
        sentence = way_out(itself, clock=clock)
        if sentence:
            error.hint = "\n".join(filter(None, (error.hint, sentence)))
        raise


def _converted(
    order: Order, standins: ModuleType, progress: Callable[[str], None], clock: Callable[[], float]
) -> ModelArtifact:
    import numpy as np

    if isinstance(order.model, ReadyModel):
        progress(f"checking {order.name}")
        return artifact_of(order.name, order.model)
    refusals.vet(order.name, order.model)
    mend()
    register_unknown(order.model)
    refusals.check_convertible(order.name, order.model, supported_classes())
    rng = np.random.default_rng(SEED)
    progress(f"studying {order.name}")
    model = unfolded(order.model)
    subject = subject_of(order.name, model, order.sample, standins, rng)
    if model is not order.model:
        check_same(order.name, order.model, subject.probe, subject.probed)
    routes = _Routes(subject, standins, progress)
    examination = Examination(subject, Budget(order.budget_s, clock), rng, progress)
    best: tuple[Candidate, Verdict] | None = None
    for form in routes.candidates():
        verdict = examination.examine(form.standin, form.yardstick, form.tolerance)
        if best is None or len(verdict.stopping) < len(best[1].stopping):
            best = form, verdict
        if verdict.ok:
            break
    if best is None:
        raise routes.nothing_runs()
    chosen, verdict = best
    if not verdict.ok and not order.accept_parity:
        raise parity_error(order.name, order.model, verdict, subject.form)
    verdict = examination.explore(verdict, chosen.standin, chosen.yardstick, chosen.tolerance)
    # Not before: it needs scikit-learn.
    from jupyter_faas.serialization.native_boosters import undressed

    artifact = _artifact(order, subject, chosen, verdict, examination.seconds)
    return undressed(artifact, order.model, subject.probed)


class _Routes:
    """The ONNX forms of a subject, in the order of its plan, and why some do not exist."""

    def __init__(
        self, subject: Subject, standins: ModuleType, progress: Callable[[str], None]
    ) -> None:
        self._subject = subject
        self._standins = standins
        self._progress = progress
        self._reasons: dict[str, str] = {}

    def candidates(self) -> Iterator[Candidate]:
        subject, found = self._subject, False
        for route in plan(subject.model):
            if route is FLOAT32:
                try:
                    self._check_magnitudes()
                except ConversionError:
                    # A form in double exists: what its comparison shows tells more.
                    if found:
                        return
                    raise
            self._progress(f"converting {subject.name} ({route.name})")
            try:
                form = candidate(subject, route, self._standins)
            except NoForm as error:
                self._reasons[route.name] = str(error)
                continue
            found = True
            yield form

    def _check_magnitudes(self) -> None:
        check_magnitudes(
            self._subject.model,
            self._subject.form,
            self._subject.rows,
            self._reasons,
        )

    def nothing_runs(self) -> ConversionError:
        for step in steps(self._subject.name, self._subject.model):
            if getattr(step.estimator, "is_categorical_", None) is not None:
                return refusals.category_splits(step)
        reasons = "; ".join(f"{route}: {reason}" for route, reason in self._reasons.items())
        return ConversionError(
            f"This model has no ONNX form that runs: {self._subject.name!r} "
            f"({class_name(self._subject.model)}). {reasons}",
            hint=refusals.REPLACE_IT,
        )


def _artifact(
    order: Order, subject: Subject, chosen: Candidate, verdict: Verdict, seconds: float
) -> ModelArtifact:
    warnings = [
        f"{method} stays behind: {reason}. Calling it in the action is an error."
        for method, reason in chosen.left_out.items()
        if method in _MISSED
    ]
    if not subject.sampled:
        warnings.append(
            "No --sample was given: the rows compared were made from the model's own numbers."
        )
    classes = getattr(subject.model, "classes_", None) if is_classifier(subject.model) else None
    count = None if classes is None or isinstance(classes, list) else len(classes)
    return ModelArtifact(
        name=order.name,
        onnx=chosen.onnx,
        spec=chosen.spec,
        facts=model_facts(
            subject.model,
            subject.form,
            chosen.route,
            chosen.opsets,
            count,
            len(chosen.onnx),
            {method: subject.probed[method] for method in chosen.spec["methods"]},
        ),
        parity=report(
            verdict,
            subject.form,
            labels=subject.labels,
            accepted=order.accept_parity,
            warnings=warnings,
            seconds=seconds,
        ),
    )
