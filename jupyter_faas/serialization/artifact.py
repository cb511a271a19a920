"""The result of a conversion: the ONNX (or skops) bytes, the spec, facts and parity report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_faas.serialization.parity.report import ParityReport

# The distributions that an action needs to answer from ONNX.
ONNX_NEEDS = ("numpy", "onnxruntime")


@dataclass(frozen=True)
class ModelFacts:
    """What the card shows about a model.

    ``class_name``: ``Pipeline(StandardScaler, LogisticRegression)``; ``route``: ``double``,
    ``float32``, ``mixed`` (double up to the last step), ``as is`` (it was ONNX before) or
    ``skops`` (the estimator itself, whose opsets are 0); ``inputs``: ``4 inputs, float64``;
    ``classes``: how many labels it has, None when it answers quantities; ``details``:
    ``("100 trees",)``; ``size``: bytes of the form; ``signature``: names, types and shapes of the
    inputs and outputs, and the labels (see ``onnx/signature.py``), where they are known.
    """

    class_name: str
    route: str
    opset: int
    ml_opset: int
    inputs: str
    classes: int | None
    details: tuple[str, ...]
    size: int
    signature: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        facts = {
            "class": self.class_name,
            "route": self.route,
            "opset": self.opset,
            "ml_opset": self.ml_opset,
            "inputs": self.inputs,
            "classes": self.classes,
            "details": list(self.details),
            "size": self.size,
        }
        return {**facts, "signature": dict(self.signature)} if self.signature else facts


@dataclass(frozen=True)
class ModelArtifact:
    """One model, converted and compared.

    A package holds ``onnx`` as ``models/<name>.onnx``, or ``skops`` as ``models/<name>.skops``, and
    ``spec`` (JSON) as ``models/<name>.json``. ``requirements``: the distributions that the action
    needs. Conversions are deterministic: the same model and sample have the same artifact.
    """

    name: str
    spec: Mapping[str, Any]
    facts: ModelFacts
    parity: ParityReport
    onnx: bytes = b""
    skops: bytes = b""
    requirements: tuple[str, ...] = ONNX_NEEDS

    @property
    def file(self) -> str:
        """The path of its bytes in a package."""
        return f"models/{self.name}.{'skops' if self.skops else 'onnx'}"

    @property
    def data(self) -> bytes:
        """Its bytes, ONNX or skops."""
        return self.skops or self.onnx

    def to_json(self) -> dict[str, Any]:
        """Return the model's entry on the card and in the manifest."""
        return {"name": self.name, **self.facts.to_json(), "parity": self.parity.to_json()}
