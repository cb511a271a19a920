"""A notebook for tests: cells run as IPython runs them, without IPython."""

from __future__ import annotations

import ast
import linecache
from typing import Any

from jupyter_faas.capture import CapturedFunction, capture
from jupyter_faas.capture.source.objects import FUTURE_ANNOTATIONS


def is_estimator(value: object) -> bool:
    return any(base.__name__ == "BaseEstimator" for base in type(value).__mro__)


class Notebook:
    """``namespace`` is what the kernel's ``user_ns`` is; texts lie in the line cache."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__", "In": [""]}
        self._files: list[str] = []
        self._flags = 0

    def run(self, text: str, *, first_line: int = 1, keep: bool = True) -> None:
        """Execute a cell. ``keep=False`` compiles it under a name that no cache knows."""
        self.namespace["In"].append(text)
        name = f"<cell {id(self)}-{len(self._files)}>" if keep else "<timed exec>"
        text = "\n" * (first_line - 1) + text
        if keep:
            lines = [f"{line}\n" for line in text.split("\n")]
            linecache.cache[name] = (len(text), None, lines, name)
            self._files.append(name)
        code = compile(text, name, "exec", self._flags, dont_inherit=True)
        # As in IPython, a __future__ import holds for the cells after it.
        self._flags |= code.co_flags & FUTURE_ANNOTATIONS
        exec(code, self.namespace)

    def run_as_ipython(self, text: str) -> None:
        """Execute a cell as IPython does: each statement compiled on its own."""
        name = f"<cell {id(self)}-{len(self._files)}>"
        lines = [f"{line}\n" for line in text.split("\n")]
        linecache.cache[name] = (len(text), None, lines, name)
        self._files.append(name)
        self.namespace["In"].append(text)
        for statement in ast.parse(text).body:
            code = compile(ast.Module([statement], []), name, "exec", dont_inherit=True)
            exec(code, self.namespace)

    def capture(self, body: str, name: str = "iris", **options: Any) -> CapturedFunction:
        """Run the body of a ``%%function`` cell, and capture it."""
        options.setdefault("magic_line", f"%%function {name}")
        options.setdefault("is_model", is_estimator)
        self.run(body, first_line=2 if options["magic_line"] else 1)
        return capture(body, self.namespace, name=name, **options)

    def forget_sources(self) -> None:
        for name in self._files:
            linecache.cache.pop(name, None)
