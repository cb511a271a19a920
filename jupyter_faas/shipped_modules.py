"""Load shipped code as a module, to run here exactly the code that an action runs.

The code is executed from its source file instead of being imported, because jupyter_faas must not
depend on the code that it ships. ``capture`` and ``serialization``, which do not import each other,
both need it.
"""

from __future__ import annotations

from importlib import resources
from types import ModuleType


def load_shipped(file: str, name: str) -> ModuleType:
    """Return a new module from a file below ``shipped/``. ``name`` is the module's in a package."""
    path = resources.files("jupyter_faas") / "shipped" / file
    module = ModuleType(name)
    code = compile(path.read_text("utf-8"), f"{name}.py", "exec")
    exec(code, module.__dict__)  # noqa: S102 - the source is part of this package
    return module
