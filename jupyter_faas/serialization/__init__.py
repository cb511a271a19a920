"""Convert a notebook's models to ONNX in a helper process, and compare the results.

Supported models are scikit-learn estimators, LightGBM and XGBoost boosters, PyTorch and Keras
networks, and ONNX models. An *action model* is the object that replaces a model in an action. It is
created from the model's ONNX form and a JSON description (the *spec*). This package must not depend
on the packages for notebook cells, packaging or targets. Importing it does not load numpy or
scikit-learn, because a kernel without models does not need them.
"""

from __future__ import annotations

from jupyter_faas.serialization.artifact import (
    ONNX_NEEDS,
    ModelArtifact,
    ModelFacts,
    calls_with_options,
)
from jupyter_faas.serialization.helper.client import ConversionHelper
from jupyter_faas.serialization.helper.notebook_code import NotebookCode
from jupyter_faas.serialization.helper.protocol import AUTO, ONNX, SKOPS
from jupyter_faas.serialization.model_detection import is_estimator, is_model
from jupyter_faas.serialization.networks.torch_arrays import on_arrays
from jupyter_faas.serialization.parity.report import ParityReport

__all__ = [
    "AUTO",
    "ONNX",
    "ONNX_NEEDS",
    "SKOPS",
    "ConversionHelper",
    "ModelArtifact",
    "ModelFacts",
    "NotebookCode",
    "ParityReport",
    "calls_with_options",
    "is_estimator",
    "is_model",
    "on_arrays",
]
