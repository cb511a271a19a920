"""One way to convert a model, carried out: the ONNX form and the stand-in that answers from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from jupyter_faas.serialization.onnx.graph import MAX_BYTES, canonical, opsets
from jupyter_faas.serialization.parity.metric import MethodError, ParityMetric, call_methods, table
from jupyter_faas.serialization.precision import Precision, Tolerance, tolerance
from jupyter_faas.serialization.sklearn import model_spec as specification
from jupyter_faas.serialization.sklearn.reference_model import ReferenceModel
from jupyter_faas.serialization.sklearn.skl2onnx_patches import to_onnx


@dataclass(frozen=True)
class OnnxVariant:
    """``left_out``: methods of the original that this form does not answer, with the reason."""

    precision: Precision
    onnx: bytes
    opsets: Mapping[str, int]
    spec: Mapping[str, Any]
    action_model: Any
    metric: ParityMetric
    tolerance: Tolerance
    omitted: Mapping[str, str]


class VariantUnavailable(Exception):
    """This route leads nowhere; the message tells in a line why."""


def build_variant(
    reference: ReferenceModel, precision: Precision, action_models: ModuleType
) -> OnnxVariant:
    """Convert along ``route``. Raises NoForm when it does not convert, load or answer."""
    scores = {"predict_proba", "decision_function"} <= set(reference.methods)
    try:
        return _build_variant(reference, precision, action_models, scores=scores)
    except VariantUnavailable:
        # A converter of raw scores may be broken where that of probabilities is not.
        if not scores:
            raise
        return _build_variant(reference, precision, action_models, scores=False)


def _build_variant(
    reference: ReferenceModel, precision: Precision, action_models: ModuleType, *, scores: bool
) -> OnnxVariant:
    try:
        graph = to_onnx(reference.prepared, reference.schema, precision, scores=scores)
    except Exception as error:  # the seam to the converters, which raise whatever fails
        raise VariantUnavailable(_line(error)) from error
    if graph.ByteSize() > MAX_BYTES:
        size = graph.ByteSize() / 1024**3
        raise VariantUnavailable(
            f"it would be {size:.1f} GB, and a model in one ONNX file ends at 2 GB"
        )
    onnx, versions = canonical(graph), opsets(graph)
    labels = specification.label_tables(reference.name, reference.model, reference.prepared)
    names = [output.name for output in graph.graph.output]
    wanted = specification.outputs(reference.model, names)
    raw = _raw_answers(reference, precision, action_models, onnx, names)
    methods: dict[str, Mapping[str, Any]] = {}
    for method, output in wanted.items():
        rule = specification.rule(method, reference.expected[method], raw[output], output)
        if rule is None:
            continue
        if method == "predict" and labels:
            rule["labels"] = True
        offset = specification.offset(reference.model, method)
        methods[method] = rule if offset is None else {**rule, "add": offset}
    omitted = {m: specification.NO_ONNX for m in reference.methods if m not in methods}
    missing = [m for m in specification.primary_methods(reference.model) if m not in methods]
    if missing:
        raise VariantUnavailable(f"{missing[0]} has another shape than the original's")
    allowed = tolerance(reference.model, precision)
    spec, action_model = _standin(
        reference, precision, action_models, onnx, methods, omitted, labels
    )
    for method in _wrong(reference, action_model, methods, allowed):
        omitted[method] = specification.OTHER_VALUES
        del methods[method]
    if specification.OTHER_VALUES in omitted.values():
        spec, action_model = _standin(
            reference, precision, action_models, onnx, methods, omitted, labels
        )
    metric = ParityMetric(tuple(methods), reference.labels, reference.scales)
    return OnnxVariant(precision, onnx, versions, spec, action_model, metric, allowed, omitted)


def _raw_answers(
    reference: ReferenceModel,
    precision: Precision,
    action_models: ModuleType,
    onnx: bytes,
    names: list[str],
) -> dict[str, Any]:
    """What the graph's outputs hold for the probe rows."""
    spec = _spec(reference, precision, {}, {}, [])
    try:
        model = action_models.Model(onnx, spec)
    except Exception as error:  # the seam to onnxruntime: it refuses graphs in many classes
        raise VariantUnavailable(_line(error)) from error
    try:
        answers = model._raw(reference.probe_rows)
    except ValueError as error:
        raise VariantUnavailable(_line(error.__cause__ or error)) from error
    return dict(zip(names, answers, strict=True))


def _standin(
    reference: ReferenceModel,
    precision: Precision,
    action_models: ModuleType,
    onnx: bytes,
    methods: Mapping[str, Mapping[str, Any]],
    omitted: Mapping[str, str],
    labels: list[dict[str, Any]],
) -> tuple[dict[str, Any], Any]:
    spec = _spec(reference, precision, methods, omitted, labels)
    return spec, action_models.Model(onnx, spec)


def _spec(
    reference: ReferenceModel,
    precision: Precision,
    methods: Mapping[str, Mapping[str, Any]],
    omitted: Mapping[str, str],
    labels: list[dict[str, Any]],
) -> dict[str, Any]:
    return specification.specification(
        reference.model,
        reference.schema,
        precision,
        methods=methods,
        omitted=omitted,
        labels=labels,
        refuses=reference.refuses,
        known=reference.known,
    )


def _wrong(
    reference: ReferenceModel, action_model: Any, methods: Mapping[str, Any], allowed: Tolerance
) -> list[str]:
    """Secondary methods whose answers to the probe rows are not the original's."""
    wrong = []
    for method in methods:
        if method in specification.primary_methods(reference.model):
            continue
        theirs = call_methods(action_model, reference.probe_rows, (method,))
        ours = {method: table(reference.expected[method])}
        metric = ParityMetric((method,), reference.labels, reference.scales)
        if isinstance(theirs, MethodError) or metric.compare(ours, theirs, allowed).failing.any():
            wrong.append(method)
    return wrong


def _line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
