"""Convert a model in one precision, and decide which of its methods the ONNX form supports."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from jupyter_faas.serialization.estimators import frame_library
from jupyter_faas.serialization.onnx.graph import MAX_BYTES, canonical, opsets
from jupyter_faas.serialization.parity.metric import (
    MethodError,
    ParityMetric,
    call_methods,
    table,
)
from jupyter_faas.serialization.precision import Precision, Tolerance, tolerance
from jupyter_faas.serialization.sklearn import guards, model_spec
from jupyter_faas.serialization.sklearn.reference_model import ReferenceModel
from jupyter_faas.serialization.sklearn.skl2onnx_patches import to_onnx

Rules = dict[str, Mapping[str, Any]]


@dataclass(frozen=True)
class OnnxVariant:
    """The ONNX form of a model in one precision.

    ``opsets`` maps domains to versions. ``action_model`` is the object that replaces the model in
    the action, created from ``onnx`` and ``spec``. ``omitted`` maps the original's methods that
    this form does not support to the reasons.
    """

    precision: Precision
    onnx: bytes
    opsets: Mapping[str, int]
    spec: Mapping[str, Any]
    action_model: Any
    metric: ParityMetric
    tolerance: Tolerance
    omitted: Mapping[str, str]


class VariantUnavailable(Exception):
    """An exception for a model without an ONNX form in a precision; the message is one line."""


def build_variant(
    reference: ReferenceModel, precision: Precision, action_models: ModuleType
) -> OnnxVariant:
    """Convert the model in ``precision``.

    Raises VariantUnavailable if the conversion fails or the graph cannot be run.
    """
    scores = {"predict_proba", "decision_function"} <= set(reference.methods)
    try:
        return _build(reference, precision, action_models, scores=scores)
    except VariantUnavailable:
        # Converting the raw scores may fail even if converting the probabilities succeeds.
        if not scores:
            raise
        return _build(reference, precision, action_models, scores=False)


def _build(
    reference: ReferenceModel, precision: Precision, action_models: ModuleType, *, scores: bool
) -> OnnxVariant:
    try:
        converted = to_onnx(reference.prepared, reference.schema, precision, scores=scores)
    except Exception as error:  # converters raise exceptions of many classes
        raise VariantUnavailable(_first_line(error)) from error
    graph = converted.onnx
    if graph.ByteSize() > MAX_BYTES:
        size = graph.ByteSize() / 1024**3
        raise VariantUnavailable(f"it would be {size:.1f} GB, but ONNX files are limited to 2 GB")
    onnx, versions = canonical(graph), opsets(graph)
    labels = model_spec.label_tables(reference.model, reference.prepared)

    def load(rules: Rules, omitted: Mapping[str, str]) -> tuple[dict[str, Any], Any]:
        spec = model_spec.specification(
            reference.model,
            reference.schema,
            precision,
            methods=rules,
            omitted=omitted,
            labels=labels if rules else [],
            rejected_columns=reference.rejected_columns,
            known_categories=reference.known_categories,
            rejected_forms=reference.rejected_forms,
            guards=guards.specification(
                reference.prepared, converted.checks, precision, reference.rows
            ),
            names=reference.attributes,
        )
        return spec, action_models.Model(onnx, spec)

    # The graph is first loaded without methods, because their rules depend on the shapes of its
    # outputs.
    outputs = _raw_outputs(reference, load, guards.outputs_of(graph))
    rules = _method_rules(reference, outputs, labels=bool(labels))
    omitted = {method: model_spec.NO_ONNX for method in reference.methods if method not in rules}
    library = frame_library(reference.model)
    if library is not None and rules.pop("transform", None) is not None:
        omitted["transform"] = f"the model returns a {library} data frame"
        if "transform" in model_spec.primary_methods(reference.model):
            raise VariantUnavailable(f"transform returns a {library} data frame")
    for method in model_spec.primary_methods(reference.model):
        if method not in rules:
            raise VariantUnavailable(
                f"{method} returns results whose shape differs from the original's"
            )
    allowed = tolerance(reference.model, precision)
    # A secondary method with wrong results is omitted. The variant is still available.
    spec, action_model = load(rules, omitted)
    wrong = _wrong_methods(reference, action_model, rules, allowed)
    if wrong:
        omitted.update(dict.fromkeys(wrong, model_spec.OTHER_VALUES))
        rules = {method: rule for method, rule in rules.items() if method not in wrong}
        spec, action_model = load(rules, omitted)
    metric = ParityMetric(tuple(rules), reference.labels, reference.scales)
    return OnnxVariant(precision, onnx, versions, spec, action_model, metric, allowed, omitted)


def _raw_outputs(reference: ReferenceModel, load: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return the graph's outputs for the probe rows, by name."""
    try:
        _, model = load({}, {})
    except Exception as error:  # onnxruntime raises exceptions of many classes
        raise VariantUnavailable(_first_line(error)) from error
    try:
        outputs = model._raw(reference.probe_rows)
    except ValueError as error:
        raise VariantUnavailable(_first_line(error.__cause__ or error)) from error
    return dict(zip(names, outputs, strict=True))


def _method_rules(reference: ReferenceModel, outputs: Mapping[str, Any], *, labels: bool) -> Rules:
    """Return the rule of each method whose result can be computed from an output of the graph."""
    rules: Rules = {}
    for method, output in model_spec.outputs(reference.model, list(outputs)).items():
        rule = model_spec.rule(method, reference.expected[method], outputs[output], output)
        if rule is None:
            continue
        if method == "predict" and labels:
            rule["labels"] = True
        if method == "transform" and (kind := _sparse_result(reference)):
            rule["of_sparse"] = kind
        offset = model_spec.offset(reference.model, method)
        rules[method] = rule if offset is None else {**rule, "add": offset}
    return rules


def _sparse_result(reference: ReferenceModel) -> str:
    """Return the class of the result for sparse rows, or "" if it is not a scipy matrix."""
    from scipy import sparse

    if reference.schema.layout != "tensor":
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = reference.model.transform(sparse.csr_matrix(reference.probe_rows))
    except Exception:  # many models do not accept sparse rows
        return ""
    return type(result).__name__ if hasattr(result, "toarray") else ""


def _wrong_methods(
    reference: ReferenceModel, action_model: Any, rules: Rules, allowed: Tolerance
) -> list[str]:
    """Return the secondary methods whose results for the probe rows differ from the original's."""
    wrong = []
    primary = model_spec.primary_methods(reference.model)
    for method in (each for each in rules if each not in primary):
        theirs = call_methods(action_model, reference.probe_rows, (method,))
        ours = {method: table(reference.expected[method])}
        metric = ParityMetric((method,), reference.labels, reference.scales)
        if isinstance(theirs, MethodError) or metric.compare(ours, theirs, allowed).failing.any():
            wrong.append(method)
    return wrong


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
