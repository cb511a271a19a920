"""Load the modules that an action uses in place of models.

The modules are executed from their source files instead of being imported. jupyter_faas must not
depend on the code that it ships, and the parity check must run exactly the code that the action
runs.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import resources
from types import ModuleType

_SPARSE_ROWS = "faas_sparse_rows"


def load_action_models() -> ModuleType:
    """Return the module that is packaged as ``faas_models.py``. Imports onnxruntime."""
    # The module imports this one by its name in the package, when a model returns sparse rows.
    if _SPARSE_ROWS not in sys.modules:
        sys.modules[_SPARSE_ROWS] = load_sparse_rows()
    return _load("action/models.py", "faas_models")


@cache
def load_sparse_rows() -> ModuleType:
    """Return the module that is packaged as ``faas_sparse_rows.py``."""
    return _load("action/sparse_rows.py", _SPARSE_ROWS)


def load_onnx_models() -> ModuleType:
    """Return the module that is packaged as ``faas_ready.py``. Imports onnxruntime."""
    return _load("action/onnx_models.py", "faas_ready")


@cache
def load_action_estimators() -> ModuleType:
    """Return the module that loads estimators in an action. Imports scikit-learn and skops."""
    return _load("action/estimators.py", "faas_estimators")


def _load(file: str, name: str) -> ModuleType:
    path = resources.files("jupyter_faas") / "shipped" / file
    module = ModuleType(name)
    code = compile(path.read_text("utf-8"), f"{name}.py", "exec")
    exec(code, module.__dict__)  # noqa: S102 - the source is part of this package
    return module
