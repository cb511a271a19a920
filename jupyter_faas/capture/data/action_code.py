"""Load the code with which an action reads data objects, to check what was written.

The modules are executed from their source files instead of being imported, because jupyter_faas
must not depend on the code that it ships.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import ModuleType
from typing import IO, Any


def read_files(files: Mapping[str, bytes]) -> Any:
    """Return the object that the action creates from an object's files, by their endings."""

    def open_file(ending: str) -> IO[bytes]:
        return io.BytesIO(files[ending])

    return _reader_module().Reader(open_file).load()


@cache
def _reader_module() -> ModuleType:
    module, libraries = _load("data"), _load("data_libraries")
    # The module would import its neighbour by the name that it has in a package.
    module.__dict__["libraries"] = lambda: libraries
    return module


def _load(name: str) -> ModuleType:
    path = resources.files("jupyter_faas") / "shipped" / "action" / f"{name}.py"
    module = ModuleType(f"faas_{name}")
    code = compile(path.read_text("utf-8"), f"faas_{name}.py", "exec")
    exec(code, module.__dict__)  # noqa: S102 - the source is part of this package
    return module
