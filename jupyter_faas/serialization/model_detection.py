"""Detect models: estimators, native boosters, networks and ONNX objects.

These checks do not import a model's library, because its objects only exist if it is loaded.
"""

from __future__ import annotations

import sys
from typing import Any

from jupyter_faas.serialization import estimators
from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.networks.torch_arrays import OnArrays, is_module
from jupyter_faas.serialization.onnx.existing_model import is_onnx, read_onnx

# The module that defines the estimators around native boosters.
WRAPPER_MODULE = "jupyter_faas.serialization.native_boosters"
_BOOSTERS = ("lightgbm", "xgboost")


def is_model(obj: object) -> bool:
    """Return whether ``obj`` is an estimator, a native booster, a network or an ONNX model.

    Instances of users' subclasses count too. Networks are PyTorch modules and Keras models.
    """
    return estimators.is_model(obj) or is_native_booster(obj) or is_network(obj) or is_onnx(obj)


def is_network(obj: object) -> bool:
    """Return whether ``obj`` is a PyTorch module, an ``OnArrays`` or a Keras model."""
    return isinstance(obj, OnArrays) or is_module(obj) or is_keras(obj)


def is_keras(obj: object) -> bool:
    """Return whether ``obj`` is a ``keras.Model``."""
    model_class = getattr(sys.modules.get("keras"), "Model", None)
    return isinstance(model_class, type) and isinstance(obj, model_class)


def is_estimator(obj: object) -> bool:
    """Return whether ``obj`` is a scikit-learn estimator, but not our wrapper of a booster."""
    return estimators.is_model(obj) and type(obj).__module__ != WRAPPER_MODULE


def is_native_booster(obj: object) -> bool:
    """Return whether ``obj`` is a lightgbm.Booster or xgboost.Booster.

    Estimators that contain a booster do not count.
    """
    cls = type(obj)
    return cls.__name__ == "Booster" and cls.__module__.partition(".")[0] in _BOOSTERS


def export_network(name: str, obj: Any, sample: Any, *, accept_parity: bool) -> ModelArtifact:
    """Export a network to ONNX in this process, because the helper cannot import its classes.

    Raises ConversionError if the network cannot be exported. Raises ParityError if the results of
    the ONNX form differ and ``accept_parity`` is not set.
    """
    # Keras must be tested first. With PyTorch as its backend, a Keras model is a torch module too.
    if is_keras(obj):
        # Imported late, because both exporters need numpy.
        from jupyter_faas.serialization.networks.keras import export_keras

        return export_keras(name, obj, sample, accept_parity=accept_parity)
    from jupyter_faas.serialization.networks.torch import export_torch

    return export_torch(name, obj, sample, accept_parity=accept_parity)


def prepare_for_helper(name: str, obj: Any) -> Any:
    """Return the model ``obj``, which the notebook calls ``name``, in a form that can be pickled.

    ONNX objects become an ExistingOnnxModel, native boosters are wrapped as estimators, and other
    models are returned unchanged. Raises ConversionError if an ONNX model cannot be read.
    """
    if is_onnx(obj):
        return read_onnx(name, obj)
    if is_native_booster(obj):
        from jupyter_faas.serialization.native_boosters import wrap_booster

        return wrap_booster(obj)
    return obj
