"""One way to convert a model, carried out: the ONNX form and the stand-in that answers from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from jupyter_faas.serialization.onnx.graph import MAX_BYTES, canonical, opsets
from jupyter_faas.serialization.parity.metric import Refusal, Yardstick, ask, table
from jupyter_faas.serialization.precision import Route, Tolerance, tolerance
from jupyter_faas.serialization.sklearn import model_spec as specification
from jupyter_faas.serialization.sklearn.skl2onnx_patches import to_onnx
from jupyter_faas.serialization.sklearn.reference_model import Subject


@dataclass(frozen=True)
class Candidate:
    """``left_out``: methods of the original that this form does not answer, with the reason."""

    route: Route
    onnx: bytes
    opsets: Mapping[str, int]
    spec: Mapping[str, Any]
    standin: Any
    yardstick: Yardstick
    tolerance: Tolerance
    left_out: Mapping[str, str]


class NoForm(Exception):
    """This route leads nowhere; the message tells in a line why."""


def candidate(subject: Subject, route: Route, standins: ModuleType) -> Candidate:
    """Convert along ``route``. Raises NoForm when it does not convert, load or answer."""
    scores = {"predict_proba", "decision_function"} <= set(subject.methods)
    try:
        return _candidate(subject, route, standins, scores=scores)
    except NoForm:
        # A converter of raw scores may be broken where that of probabilities is not.
        if not scores:
            raise
        return _candidate(subject, route, standins, scores=False)


def _candidate(subject: Subject, route: Route, standins: ModuleType, *, scores: bool) -> Candidate:
    try:
        graph = to_onnx(subject.prepared, subject.form, route, scores=scores)
    except Exception as error:  # the seam to the converters, which raise whatever fails
        raise NoForm(_line(error)) from error
    if graph.ByteSize() > MAX_BYTES:
        size = graph.ByteSize() / 1024**3
        raise NoForm(f"it would be {size:.1f} GB, and a model in one ONNX file ends at 2 GB")
    onnx, versions = canonical(graph), opsets(graph)
    labels = specification.label_tables(subject.name, subject.model, subject.prepared)
    names = [output.name for output in graph.graph.output]
    wanted = specification.outputs(subject.model, names)
    raw = _raw_answers(subject, route, standins, onnx, names)
    methods: dict[str, Mapping[str, Any]] = {}
    for method, output in wanted.items():
        rule = specification.rule(method, subject.probed[method], raw[output], output)
        if rule is None:
            continue
        if method == "predict" and labels:
            rule["labels"] = True
        offset = specification.offset(subject.model, method)
        methods[method] = rule if offset is None else {**rule, "add": offset}
    left_out = {m: specification.NO_ONNX for m in subject.methods if m not in methods}
    missing = [m for m in specification.primary_methods(subject.model) if m not in methods]
    if missing:
        raise NoForm(f"{missing[0]} has another shape than the original's")
    allowed = tolerance(subject.model, route)
    spec, standin = _standin(subject, route, standins, onnx, methods, left_out, labels)
    for method in _wrong(subject, standin, methods, allowed):
        left_out[method] = specification.OTHER_VALUES
        del methods[method]
    if specification.OTHER_VALUES in left_out.values():
        spec, standin = _standin(subject, route, standins, onnx, methods, left_out, labels)
    yardstick = Yardstick(tuple(methods), subject.labels, subject.scales)
    return Candidate(route, onnx, versions, spec, standin, yardstick, allowed, left_out)


def _raw_answers(
    subject: Subject, route: Route, standins: ModuleType, onnx: bytes, names: list[str]
) -> dict[str, Any]:
    """What the graph's outputs hold for the probe rows."""
    spec = _spec(subject, route, {}, {}, [])
    try:
        model = standins.Model(onnx, spec)
    except Exception as error:  # the seam to onnxruntime: it refuses graphs in many classes
        raise NoForm(_line(error)) from error
    try:
        answers = model._raw(subject.probe)
    except ValueError as error:
        raise NoForm(_line(error.__cause__ or error)) from error
    return dict(zip(names, answers, strict=True))


def _standin(
    subject: Subject,
    route: Route,
    standins: ModuleType,
    onnx: bytes,
    methods: Mapping[str, Mapping[str, Any]],
    left_out: Mapping[str, str],
    labels: list[dict[str, Any]],
) -> tuple[dict[str, Any], Any]:
    spec = _spec(subject, route, methods, left_out, labels)
    return spec, standins.Model(onnx, spec)


def _spec(
    subject: Subject,
    route: Route,
    methods: Mapping[str, Mapping[str, Any]],
    left_out: Mapping[str, str],
    labels: list[dict[str, Any]],
) -> dict[str, Any]:
    return specification.specification(
        subject.model,
        subject.form,
        route,
        methods=methods,
        left_out=left_out,
        labels=labels,
        refuses=subject.refuses,
        known=subject.known,
    )


def _wrong(
    subject: Subject, standin: Any, methods: Mapping[str, Any], allowed: Tolerance
) -> list[str]:
    """Secondary methods whose answers to the probe rows are not the original's."""
    wrong = []
    for method in methods:
        if method in specification.primary_methods(subject.model):
            continue
        theirs = ask(standin, subject.probe, (method,))
        ours = {method: table(subject.probed[method])}
        yardstick = Yardstick((method,), subject.labels, subject.scales)
        if isinstance(theirs, Refusal) or yardstick.compare(ours, theirs, allowed).failing.any():
            wrong.append(method)
    return wrong


def _line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
