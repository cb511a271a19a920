"""What counts as a model in a notebook, and what of it is handed to the helper process."""

from __future__ import annotations

from typing import Any

from jupyter_faas.serialization import estimators
from jupyter_faas.serialization.arrays import OnArrays, is_module
from jupyter_faas.serialization.ready import is_ready, read_ready
from jupyter_faas.serialization.refusals import vet

_BOOSTERS = ("lightgbm", "xgboost")


def is_model(obj: object) -> bool:
    """True for scikit-learn's estimators (and classes on top), native boosters, PyTorch modules
    and ready ONNX."""
    return (
        estimators.is_model(obj) or is_native_booster(obj) or is_exported_here(obj) or is_ready(obj)
    )


def is_exported_here(obj: object) -> bool:
    """True for PyTorch modules, whose classes the helper process does not know."""
    return isinstance(obj, OnArrays) or is_module(obj)


def is_native_booster(obj: object) -> bool:
    """True for a lightgbm.Booster and an xgboost.Booster, not for the estimators around them."""
    cls = type(obj)
    return cls.__name__ == "Booster" and cls.__module__.partition(".")[0] in _BOOSTERS


def adopted(name: str, obj: Any) -> Any:
    """``obj``, which the notebook calls ``name``, as the helper process can take it.

    Raises ConversionError for what is known to have no faithful form.
    """
    if is_ready(obj):
        return read_ready(name, obj)
    if is_native_booster(obj):
        from jupyter_faas.serialization.boosters import clothed

        obj = clothed(obj)
    vet(name, obj)
    return obj
