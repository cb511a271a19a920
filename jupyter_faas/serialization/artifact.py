"""What a conversion hands back: the ONNX form, its description, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_faas.serialization.parity.report import ParityReport

# Distributions, and the modules that they give: what answering from ONNX imports.
ONNX_NEEDS = ("numpy", "onnxruntime")


@dataclass(frozen=True)
class ModelFacts:
    """What the card tells of a model.

    ``class_name``: ``Pipeline(StandardScaler, LogisticRegression)``; ``route``: ``double``,
    ``float32``, ``mixed`` (double up to the last step), ``as is`` (it was ONNX before) or
    ``skops`` (the estimator itself, whose opsets are 0); ``inputs``: ``4 inputs, float64``;
    ``classes``: how many labels it tells apart, None when it answers quantities; ``details``:
    ``("100 trees",)``; ``size``: bytes of the form; ``signature``: names, types and shapes of what
    goes in and comes out, and the labels (see ``signature.py``), where the form tells them.
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

    ``onnx`` goes to ``models/<name>.onnx`` and ``spec`` (JSON) to ``models/<name>.json`` of a
    package; where the estimator itself travels, ``skops`` goes to ``models/<name>.skops`` instead.
    ``requirements``: the distributions that answering needs. The same model and sample give the
    same bytes, spec, facts and report.
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
        """Where its form lies in a package."""
        return f"models/{self.name}.{'skops' if self.skops else 'onnx'}"

    @property
    def data(self) -> bytes:
        """Its form, whichever it is."""
        return self.skops or self.onnx

    def to_json(self) -> dict[str, Any]:
        """The model's entry on the card and in the manifest."""
        return {"name": self.name, **self.facts.to_json(), "parity": self.parity.to_json()}
