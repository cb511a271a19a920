"""How an action of a kind is started: one module for each family of kinds."""

from __future__ import annotations

from jupyter_faas.playground.runtimes.base import Runtime
from jupyter_faas.playground.runtimes.node import NodeRuntime
from jupyter_faas.playground.runtimes.python import PythonRuntime
from jupyter_faas.playground.runtimes.registry import make_runtimes

__all__ = ["NodeRuntime", "PythonRuntime", "Runtime", "make_runtimes"]
