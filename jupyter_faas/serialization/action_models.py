"""Load the modules that an action uses in place of models.

The modules are executed from their source files instead of being imported. jupyter_faas must not
depend on the code that it ships, and the parity check must run exactly the code that the action
runs.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from types import ModuleType


def load_action_models() -> ModuleType:
    """Return the module that is packaged as ``faas_models.py``. Imports onnxruntime."""
    return _load("action/models.py", "faas_models")


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
