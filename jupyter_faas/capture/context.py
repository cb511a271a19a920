"""The context of one capture: the notebook's namespace, the model check and needed modules."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

from jupyter_faas.capture.dependencies.modules import NeededModules


@dataclass(frozen=True)
class CaptureContext:
    """The notebook's namespace, the check for models and the modules that the package needs."""

    namespace: Mapping[str, object]
    is_model: Callable[[object], bool]
    modules: NeededModules
    # Whether the functions and classes that a model holds are captured too.
    takes_code: Callable[[object], bool]

    def library(self, module: str) -> str:
        """Return the name by which generated code refers to ``module``.

        The name is the module's own name, or a variant such as ``datetime_`` if the notebook uses
        ``datetime`` for something else.
        """
        top = module.partition(".")[0]
        taken = self.namespace.get(top)
        if taken is None or taken is sys.modules.get(top):
            return module
        return self.free_name(f"{module.replace('.', '_')}_")

    def library_import(self, module: str) -> str:
        """Return the import statement that binds ``module`` to the name from ``library``."""
        name = self.library(module)
        return f"import {module}" if name == module else f"import {module} as {name}"

    def free_name(self, wanted: str) -> str:
        """Return ``wanted``, with a number appended if the notebook already uses that name."""
        names = (wanted, *(f"{wanted}{number}" for number in range(2, 10)))
        free = next((name for name in names if name not in self.namespace), None)
        return free or next(
            name for number in count(10) if (name := f"{wanted}{number}") not in self.namespace
        )
