"""``CaptureContext``: the notebook's namespace, which values are models, and free names."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

from jupyter_faas.capture.dependencies.modules import NeededModules


@dataclass(frozen=True)
class CaptureContext:
    """The live names of the notebook, and what a capture decides by them."""

    namespace: Mapping[str, object]
    is_model: Callable[[object], bool]
    modules: NeededModules

    def library(self, module: str) -> str:
        """Return a name for a module in generated text that clashes with none of the notebook."""
        top = module.partition(".")[0]
        taken = self.namespace.get(top)
        if taken is None or taken is sys.modules.get(top):
            return module
        return self.free_name(f"{module.replace('.', '_')}_")

    def library_import(self, module: str) -> str:
        """The import statement that binds the name of ``library``."""
        name = self.library(module)
        return f"import {module}" if name == module else f"import {module} as {name}"

    def free_name(self, wanted: str) -> str:
        """``wanted``, with a number after it where the notebook has that name."""
        names = (wanted, *(f"{wanted}{number}" for number in range(2, 10)))
        free = next((name for name in names if name not in self.namespace), None)
        return free or next(
            name for number in count(10) if (name := f"{wanted}{number}") not in self.namespace
        )
