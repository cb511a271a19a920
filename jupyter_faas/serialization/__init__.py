"""Convert a notebook's models to ONNX in a helper process, and compare them with the originals.

Models are scikit-learn estimators, LightGBM and XGBoost boosters, PyTorch and Keras networks, and
ONNX. An *action model* is the object that replaces a model in an action. It is made from the ONNX
form of the model and a JSON description (the *spec*). This package must not depend on notebook
cells, packages or targets. Importing it loads neither numpy nor scikit-learn, because a kernel
without models needs neither.
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
