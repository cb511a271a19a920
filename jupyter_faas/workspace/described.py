"""What a package tells of its models beyond their facts, and what follows from the cell's use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from jupyter_faas.capture import CapturedFunction
from jupyter_faas.serialization import ModelArtifact

# A key that JSON Schema and OpenAPI leave to whoever needs one.
MODELS_KEY = "x-faas-models"


def schema_with_models(
    schema: Mapping[str, object], models: Iterable[ModelArtifact]
) -> Mapping[str, object]:
    """The function's JSON schema, with the signatures of the models that have one.

    The same schema where none has: ``{"x-faas-models": {"model": {"inputs": […], …}}}`` is what
    is added otherwise.
    """
    signatures = {model.name: dict(model.facts.signature) for model in models}
    told = {name: signature for name, signature in signatures.items() if signature}
    return {**schema, MODELS_KEY: told} if told else schema


def as_used(model: ModelArtifact, captured: CapturedFunction) -> ModelArtifact:
    """The model's entry as the cell's own imports make it."""
    return _told_of_torch(_whole_where_used(model, captured), captured)


def _told_of_torch(model: ModelArtifact, captured: CapturedFunction) -> ModelArtifact:
    """A PyTorch module's entry, with a warning where the cell brings torch itself along."""
    brings = any(each.distribution == "torch" for each in captured.requirements)
    if model.spec.get("form") != "module" or not brings:
        return model
    warning = (
        "torch travels as a requirement (hundreds of MB), because the cell uses it. "
        f"jupyter_faas.on_arrays({model.name}) takes and gives arrays without it."
    )
    parity = replace(model.parity, warnings=(*model.parity.warnings, warning))
    return replace(model, parity=parity)


def _whole_where_used(model: ModelArtifact, captured: CapturedFunction) -> ModelArtifact:
    """A ModelProto travels whole where the cell brings onnx along, else as its bytes alone."""
    imports_onnx = any(each.distribution == "onnx" for each in captured.requirements)
    if model.spec.get("form") != "proto" or not imports_onnx:
        return model
    return replace(model, spec={**model.spec, "whole": True, "lacks": {}})
