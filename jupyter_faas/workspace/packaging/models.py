"""Check models against the cell that uses them, and divide them between package and store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyter_faas.capture import CapturedFunction, ModelCode
from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization import ModelArtifact, NotebookCode, calls_with_options
from jupyter_faas.workspace.preflight.sizes import sent_bytes

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle
    from jupyter_faas.serialization import ConversionHelper


def each_model(
    models: Mapping[str, object], converted: Callable[[str, object], ModelArtifact]
) -> list[ModelArtifact]:
    """Return the artifact of each model.

    Raises the error of a model that cannot be packaged. If there are several such models, all of
    them are in one ConversionError.
    """
    made: list[ModelArtifact] = []
    errors: dict[str, ConversionError] = {}
    for name, model in models.items():
        try:
            made.append(converted(name, model))
        except ConversionError as error:  # noqa: PERF203 - a conversion takes much longer
            errors[name] = error
    if len(errors) == 1:
        raise next(iter(errors.values()))
    if errors:
        raise ConversionError(
            f"{len(errors)} of the {len(models)} models cannot be packaged.\n"
            + "\n".join(error.message for error in errors.values()),
            hint="\n".join(f"{name}: {error.hint}" for name, error in errors.items() if error.hint),
        )
    return made


def check_model_attributes(
    model: ModelArtifact,
    captured: CapturedFunction,
    sample: object,
    helper: ConversionHelper,
) -> None:
    """Raise ConversionError if the cell uses an attribute that the packaged model does not have."""
    lacks = model.spec["lacks"]
    read = captured.attributes_read[model.name]
    missing = read & set(lacks)
    # Networks and ONNX sessions, which have a form, have calls of their own.
    if not model.skops and "form" not in model.spec:
        missing |= calls_with_options(read, model.spec)
    for attribute in sorted(missing):
        why = next(item.why for item in captured.items if item.name == model.name)
        reason = str(lacks.get(attribute, f"{attribute.partition('(')[0]} takes only rows"))
        hint = ""
        value = getattr(captured.models[model.name], attribute, None)
        if isinstance(value, int | float | str) or type(value).__module__ == "numpy":
            written = f"{model.name}.{attribute}"
            hint = (
                f"Write {attribute} = {written} in a cell above, and write {attribute} instead "
                f"of {written}."
            )
        if attribute.startswith(("fit", "partial_fit")):
            # An action does not keep what a model learns, so no form has these methods.
            hint = f"Create {model.name} inside the function, where it can be trained."
        elif not model.skops:
            live = captured.models[model.name]
            code = code_for_helper(captured.model_code.get(model.name))
            skops_hint = helper.skops_hint(model.name, live, sample=sample, **code)
            hint = "\n".join(filter(None, (hint, skops_hint)))
        form = "skops" if model.skops else "ONNX"
        raise ConversionError(
            f"{model.name}.{attribute} is not in the {form} form{reason and f' ({reason})'}. "
            f"The model is {why}. The packaged model provides only "
            f"{', '.join(model.spec['methods'])}.",
            hint=hint or f"Create {model.name} inside the function.",
        )


def code_for_helper(code: ModelCode | None) -> dict[str, Any]:
    """Return the arguments of ``ConversionHelper.convert`` for the notebook's code in a model."""
    if code is None:
        return {}
    return {
        "code": NotebookCode(code.source, tuple(code.names), code.files, code.values),
        "code_objects": code.names,
    }


# JSON Schema and OpenAPI allow extension keys that begin with x-.
MODELS_KEY = "x-faas-models"


def schema_with_models(
    schema: Mapping[str, object], models: Iterable[ModelArtifact]
) -> Mapping[str, object]:
    """Return the function's JSON schema with the signatures of its models.

    The signatures are added as ``{"x-faas-models": {"model": {"inputs": […], …}}}``. If no model
    has a signature, the schema is returned unchanged.
    """
    signatures = {model.name: dict(model.facts.signature) for model in models}
    told = {name: signature for name, signature in signatures.items() if signature}
    return {**schema, MODELS_KEY: told} if told else schema


def adapt_to_cell(model: ModelArtifact, captured: CapturedFunction) -> ModelArtifact:
    """Return the model artifact, adapted to the libraries that the cell imports."""
    return _warn_of_torch(_whole_where_imported(model, captured), captured)


def _warn_of_torch(model: ModelArtifact, captured: CapturedFunction) -> ModelArtifact:
    """Return the model artifact, with a warning for a PyTorch module if the cell requires torch."""
    brings = any(each.distribution == "torch" for each in captured.requirements)
    if model.spec.get("form") != "module" or not brings:
        return model
    warning = (
        "torch is packaged as a requirement (hundreds of MB), because the cell uses it. "
        f"jupyter_faas.on_arrays({model.name}) accepts and returns arrays, and does not need "
        "torch."
    )
    parity = replace(model.parity, warnings=(*model.parity.warnings, warning))
    return replace(model, parity=parity)


def _whole_where_imported(model: ModelArtifact, captured: CapturedFunction) -> ModelArtifact:
    """Return the model artifact, marked so that its ModelProto is loaded with the onnx library.

    This is done if the cell needs onnx.

    Without onnx in the action, the model is a stand-in that has only the serialized bytes.
    """
    imports_onnx = any(each.distribution == "onnx" for each in captured.requirements)
    if model.spec.get("form") != "proto" or not imports_onnx:
        return model
    return replace(model, spec={**model.spec, "whole": True, "lacks": {}})


def pack_within(
    models: list[ModelArtifact],
    *,
    threshold: int | None,
    most: int,
    packed: Callable[[frozenset[str]], Bundle],
) -> tuple[Bundle, frozenset[str]]:
    """Return the bundle, and the names of the models that go to the model store.

    Models over ``threshold`` bytes go to the store. If ``threshold`` is None, this step is skipped.
    The largest remaining models follow until the upload is within ``most`` bytes. If the upload is
    still too large without any models, the first bundle is returned.
    """
    stored = frozenset(
        model.name for model in models if threshold is not None and len(model.data) > threshold
    )
    first = bundle, chosen = packed(stored), stored
    while sent_bytes(len(bundle.data)) > most:
        inside = [model for model in models if model.name not in chosen]
        if not inside:
            # All models are in the store, so something else is too large.
            return first
        chosen |= {max(inside, key=lambda model: len(model.data)).name}
        bundle = packed(chosen)
    return bundle, chosen
