"""What counts as a model in a notebook, and what of it is handed to the helper process."""

from __future__ import annotations

from typing import Any

from jupyter_faas.serialization import estimators
from jupyter_faas.serialization.artifact import ModelArtifact
from jupyter_faas.serialization.networks import keras as kerasexport
from jupyter_faas.serialization.networks import torch as torchexport
from jupyter_faas.serialization.networks.keras import is_keras
from jupyter_faas.serialization.networks.torch_arrays import OnArrays, is_module
from jupyter_faas.serialization.onnx.existing_model import is_onnx, read_onnx

WRAPPER_MODULE = "jupyter_faas.serialization.native_boosters"
_BOOSTERS = ("lightgbm", "xgboost")


def is_model(obj: object) -> bool:
    """True for scikit-learn's estimators (and classes on top), native boosters, networks of
    PyTorch and Keras, and ready ONNX."""
    return estimators.is_model(obj) or is_native_booster(obj) or is_network(obj) or is_onnx(obj)


def is_network(obj: object) -> bool:
    """True for networks, whose classes the helper process does not know."""
    return isinstance(obj, OnArrays) or is_module(obj) or is_keras(obj)


def exported(name: str, obj: Any, sample: Any, *, accept_parity: bool) -> ModelArtifact:
    """A network as ONNX. Raises ConversionError and ParityError."""
    # A Keras model is a module, too, where PyTorch is its backend.
    if is_keras(obj):
        return kerasexport.exported(name, obj, sample, accept_parity=accept_parity)
    return torchexport.exported(name, obj, sample, accept_parity=accept_parity)


def is_estimator(obj: object) -> bool:
    """True for what can travel itself: scikit-learn's estimators, not what we make into one."""
    return estimators.is_model(obj) and type(obj).__module__ != WRAPPER_MODULE


def is_native_booster(obj: object) -> bool:
    """True for a lightgbm.Booster and an xgboost.Booster, not for the estimators around them."""
    cls = type(obj)
    return cls.__name__ == "Booster" and cls.__module__.partition(".")[0] in _BOOSTERS


def prepare_for_helper(name: str, obj: Any) -> Any:
    """``obj``, which the notebook calls ``name``, as the helper process can take it.

    Raises ConversionError for what is known to have no faithful form.
    """
    if is_onnx(obj):
        return read_onnx(name, obj)
    if is_native_booster(obj):
        from jupyter_faas.serialization.native_boosters import wrap_booster

        return wrap_booster(obj)
    return obj
