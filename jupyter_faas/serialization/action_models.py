"""Load the modules that an action uses in place of models.

The parity check must run exactly the code that the action runs.
"""

from __future__ import annotations

import sys
from functools import cache
from types import ModuleType

from jupyter_faas.shipped_modules import load_shipped

_MODEL_INPUTS = "faas_model_inputs"
_SPARSE_ROWS = "faas_sparse_rows"


def load_action_models() -> ModuleType:
    """Return the module that is packaged as ``faas_models.py``. Imports onnxruntime."""
    # The module imports these by their names in the package, when it needs them.
    sys.modules.setdefault(_MODEL_INPUTS, load_model_inputs())
    sys.modules.setdefault(_SPARSE_ROWS, load_sparse_rows())
    return load_shipped("action/models.py", "faas_models")


@cache
def load_model_inputs() -> ModuleType:
    """Return the module that is packaged as ``faas_model_inputs.py``."""
    return load_shipped("action/model_inputs.py", _MODEL_INPUTS)


@cache
def load_sparse_rows() -> ModuleType:
    """Return the module that is packaged as ``faas_sparse_rows.py``."""
    return load_shipped("action/sparse_rows.py", _SPARSE_ROWS)


def load_onnx_models() -> ModuleType:
    """Return the module that is packaged as ``faas_ready.py``. Imports onnxruntime."""
    return load_shipped("action/onnx_models.py", "faas_ready")


@cache
def load_action_estimators() -> ModuleType:
    """Return the module that loads estimators in an action. Imports scikit-learn and skops."""
    return load_shipped("action/estimators.py", "faas_estimators")
