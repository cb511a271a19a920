"""The stand-in as it will answer in the action: the shipped file itself, run here."""

from __future__ import annotations

from importlib import resources
from types import ModuleType


def load_standins() -> ModuleType:
    """The module that travels as ``faas_models.py``; imports onnxruntime.

    It is read as text, not imported: nothing of this house may come to depend on what leaves
    it, and the gate must compare exactly what ships.
    """
    path = resources.files("jupyter_faas") / "shipped" / "models.py"
    module = ModuleType("faas_models")
    code = compile(path.read_text("utf-8"), "faas_models.py", "exec")
    exec(code, module.__dict__)  # noqa: S102 - our own file
    return module
