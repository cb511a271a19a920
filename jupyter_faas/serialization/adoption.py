"""What counts as a model in a notebook, and what of it is handed to the helper process."""

from __future__ import annotations

from typing import Any

from jupyter_faas.serialization import estimators
from jupyter_faas.serialization.ready import ReadyModel, is_ready, read_ready
from jupyter_faas.serialization.refusals import vet


def is_model(obj: object) -> bool:
    """True for scikit-learn's estimators (and classes on top) and for ready ONNX."""
    return estimators.is_model(obj) or is_ready(obj)


def adopted(name: str, obj: Any) -> Any:
    """``obj``, which the notebook calls ``name``, as the helper process can take it.

    Raises ConversionError for what is known to have no faithful form.
    """
    if isinstance(obj, ReadyModel) or not is_ready(obj):
        vet(name, obj)
        return obj
    return read_ready(name, obj)
