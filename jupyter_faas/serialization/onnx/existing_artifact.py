"""Check and describe a model that is already ONNX in the notebook, without converting it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.artifact import ModelArtifact, ModelFacts
from jupyter_faas.serialization.onnx.existing_model import PROTO, ExistingOnnxModel
from jupyter_faas.serialization.onnx.graph import opsets
from jupyter_faas.serialization.onnx.signature import describe_inputs, signature_of
from jupyter_faas.serialization.parity.report import ParityReport

if TYPE_CHECKING:
    from onnx import ModelProto

AS_IS = "as is"
# In the messages of onnxruntime.
_NEWEST_IR = re.compile(r"max supported IR version: (\d+)")
_NEWEST_OPSET = re.compile(r"official support for domain ai\.onnx is till opset (\d+)")
_FORMAT = 1
# The methods of a ModelProto that the action provides without the onnx library.
_OF_BYTES = ("ByteSize", "SerializeToString")
_NOT_WHOLE = (
    "only the bytes of the model are packaged; to package the whole object, write import onnx in "
    "the cell"
)


def artifact_of(name: str, existing: ExistingOnnxModel) -> ModelArtifact:
    """Check that onnxruntime loads a model, and return its artifact.

    ``onnx.checker`` is not asked, because it refuses models that onnxruntime runs. Raises
    ConversionError with the message of onnxruntime.
    """
    import onnx

    check_runs(name, existing.onnx, existing)
    model = onnx.load_from_string(existing.onnx)
    versions = opsets(model)
    signature = signature_of(model)
    labels = signature.get("classes")
    return ModelArtifact(
        name=name,
        onnx=existing.onnx,
        spec=_spec(existing, signature),
        facts=ModelFacts(
            class_name=existing.kind,
            route=AS_IS,
            opset=versions.get("", 0),
            ml_opset=versions.get("ai.onnx.ml", 0),
            inputs=describe_inputs(signature["inputs"]),
            classes=len(labels) if labels else None,
            details=tuple(_details(model)),
            size=len(existing.onnx),
            signature=signature,
        ),
        # Nothing was converted, so there is nothing to compare.
        parity=ParityReport(ok=True),
    )


def check_runs(name: str, data: bytes, existing: ExistingOnnxModel | None = None) -> None:
    """Raise ConversionError if onnxruntime cannot load a model on a CPU.

    ``data``: the serialized model. ``existing``: what it is in the notebook, if it is not exported.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Level 4 logs only fatal errors. Otherwise, warnings would appear on the kernel's stderr.
    options.log_severity_level = 4
    try:
        onnxruntime.InferenceSession(data, options, ["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exception classes differ between releases
        raise ConversionError(
            f"onnxruntime {onnxruntime.__version__} does not run {name!r} on a CPU: "
            f"{_first_line(error)}",
            hint=_hint(name, str(error), existing),
        ) from error


def _hint(name: str, reason: str, existing: ExistingOnnxModel | None) -> str:
    """Return how to make a model run: an older version, if onnxruntime does not know its version.

    Otherwise, it has operators that only other libraries have, which the function may use.
    """
    newest_ir, newest_opset = _NEWEST_IR.search(reason), _NEWEST_OPSET.search(reason)
    if existing is None or not (newest_ir or newest_opset):
        return f"Create {name} inside the function."
    change = (
        f"changed.ir_version = {newest_ir[1]}"
        if newest_ir
        else f"changed = onnx.version_converter.convert_version(changed, {newest_opset[1]})"  # type: ignore[index]  # one is found
    )
    return (
        "To convert the model to an older version, run this code in a cell:\n"
        f"{existing.changing(name, change)}"
    )


def _spec(existing: ExistingOnnxModel, signature: dict[str, Any]) -> dict[str, Any]:
    spec = {
        "format": _FORMAT,
        "form": existing.form,
        "class": existing.kind,
        "methods": {},
        "lacks": {},
        "signature": signature,
    }
    if existing.form == PROTO:
        from onnx import ModelProto

        spec["methods"] = {method: {} for method in _OF_BYTES}
        fields = {each.name for each in ModelProto.DESCRIPTOR.fields}
        # Not every implementation of protobuf lists a class's fields in dir().
        others = {*dir(ModelProto), *fields} - set(_OF_BYTES)
        spec["lacks"] = {each: _NOT_WHOLE for each in sorted(others) if not each.startswith("_")}
    return spec


def _details(model: ModelProto) -> list[str]:
    count = len(model.graph.node)
    producer = f"{model.producer_name} {model.producer_version}".strip()
    made = [f"created by {producer}"] if producer else []
    return [f"{count:,} node{'s' if count != 1 else ''}", *made]


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__
