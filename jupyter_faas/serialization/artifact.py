"""The result of a conversion: the model file, the spec, the facts and the parity report."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from jupyter_faas.serialization.parity.report import ParityReport

# The distributions that an action needs to run ONNX models.
ONNX_NEEDS = ("numpy", "onnxruntime")


@dataclass(frozen=True)
class ForeignType:
    """A type outside scikit-learn, numpy and scipy that a skops archive holds.

    ``type`` is the full name. ``distribution`` and ``version`` name the installed distribution, and
    ``sha256`` is the digest of its RECORD file, which lists the digest of every installed file. For
    a module of the user, ``distribution`` and ``version`` are empty, and ``sha256`` is the digest
    of the module's file.
    """

    type: str
    distribution: str = ""
    version: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class ModelFacts:
    """The facts about a model that the card shows.

    - ``class_name``: the model's class, for example
      ``Pipeline(StandardScaler, LogisticRegression)``.
    - ``route``: ``exact``, ``double``, ``float32`` or ``mixed`` (see ``precision.py``), a network's
      dtype, ``as is`` (the notebook's model was already ONNX) or ``skops`` (the estimator itself).
    - ``opset`` and ``ml_opset``: the versions of the ONNX operator sets, or 0 if unused.
    - ``inputs``: a description of the inputs, for example ``4 inputs, float64``.
    - ``classes``: the number of labels, or None if the model does not predict labels.
    - ``details``: further facts, for example ``("100 trees",)``.
    - ``size``: the size of the model file in bytes.
    - ``signature``: the names, types and shapes of the inputs and outputs, and the labels
      (``onnx/signature.py``). It is empty if the signature cannot be determined.
    - ``why``: why the estimator itself was chosen instead of its ONNX form, as one sentence. It is
      empty if the user chose the form, and for ONNX.
    - ``foreign_types``: the types outside scikit-learn that a skops archive may load.
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
    why: str = ""
    foreign_types: tuple[ForeignType, ...] = ()

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
        # Keys without a value are left out, so that cards of ONNX models stay short.
        others = {
            "signature": dict(self.signature),
            "why": self.why,
            "foreign_types": [asdict(each) for each in self.foreign_types],
        }
        return {**facts, **{key: value for key, value in others.items() if value}}


@dataclass(frozen=True)
class ModelArtifact:
    """A converted model with its parity report.

    A package contains ``onnx`` as ``models/<name>.onnx`` or ``skops`` as ``models/<name>.skops``.
    It contains ``spec`` (JSON) as ``models/<name>.json``. ``requirements`` names the distributions
    that the action needs. Conversion is deterministic: equal models and samples produce equal
    artifacts.
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
        """The path of the model file inside a package."""
        return f"models/{self.name}.{'skops' if self.skops else 'onnx'}"

    @property
    def data(self) -> bytes:
        """The bytes of the model file, ONNX or skops."""
        return self.skops or self.onnx

    def to_json(self) -> dict[str, Any]:
        """Return the description of the model for the card and the manifest."""
        return {"name": self.name, **self.facts.to_json(), "parity": self.parity.to_json()}


def calls_with_options(attributes: Collection[str], spec: Mapping[str, Any]) -> set[str]:
    """Return the calls such as ``predict(return_std)``, of which an ONNX form knows only the rows.

    ``attributes`` are those that the cell uses, ``spec`` is that of the converted estimator.
    """
    called = {each: each.partition("(")[0] for each in attributes if "(" in each}
    return {each for each, method in called.items() if method in spec["methods"]}
