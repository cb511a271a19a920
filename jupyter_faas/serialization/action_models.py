"""The stand-in as it will answer in the action: the shipped file itself, run here."""

from __future__ import annotations

from importlib import resources
from types import ModuleType


def load_action_models() -> ModuleType:
    """The module that travels as ``faas_models.py``; imports onnxruntime.

    It is read as text, not imported: nothing of this house may come to depend on what leaves
    it, and the gate must compare exactly what ships.
    """
    return _loaded("action/models.py", "faas_models")


def load_onnx_models() -> ModuleType:
    """Likewise the module that travels as ``faas_ready.py``."""
    return _loaded("action/onnx_models.py", "faas_ready")


def _loaded(file: str, name: str) -> ModuleType:
    path = resources.files("jupyter_faas") / "shipped" / file
    module = ModuleType(name)
    code = compile(path.read_text("utf-8"), f"{name}.py", "exec")
    exec(code, module.__dict__)  # noqa: S102 - our own file
    return module
