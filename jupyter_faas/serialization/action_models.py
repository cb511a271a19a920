"""Load the modules that answer for models in an action, from the files that are packaged.

They are read as text instead of imported: the package must not depend on what it ships, and the
parity check must run exactly the code that the action runs.
"""

from __future__ import annotations

from importlib import resources
from types import ModuleType


def load_action_models() -> ModuleType:
    """Return the module that is packaged as ``faas_models.py``. Imports onnxruntime."""
    return _load("action/models.py", "faas_models")


def load_onnx_models() -> ModuleType:
    """Return the module that is packaged as ``faas_ready.py``. Imports onnxruntime."""
    return _load("action/onnx_models.py", "faas_ready")


def _load(file: str, name: str) -> ModuleType:
    path = resources.files("jupyter_faas") / "shipped" / file
    module = ModuleType(name)
    code = compile(path.read_text("utf-8"), f"{name}.py", "exec")
    exec(code, module.__dict__)  # noqa: S102 - our own file
    return module
