"""Models that leave a notebook: converted to ONNX in a warm helper process, and proven to answer
alike before they ship.

This room knows estimators, graphs and rows. It knows nothing of cells, packages or targets.
"""

from __future__ import annotations

from jupyter_faas.serialization.artifact import ONNX_NEEDS, ModelArtifact, ModelFacts
from jupyter_faas.serialization.helper.client import ConversionHelper
from jupyter_faas.serialization.helper.protocol import ONNX
from jupyter_faas.serialization.model_detection import is_model
from jupyter_faas.serialization.networks.torch_arrays import on_arrays
from jupyter_faas.serialization.parity.report import ParityReport

__all__ = [
    "ONNX",
    "ONNX_NEEDS",
    "ConversionHelper",
    "ModelArtifact",
    "ModelFacts",
    "ParityReport",
    "is_model",
    "on_arrays",
]
