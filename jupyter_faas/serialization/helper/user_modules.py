"""The user's own modules in a process that lives long: an edited one must not be remembered."""

from __future__ import annotations

import importlib
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

_INSTALLED = ("site-packages", "dist-packages")
_OURS = "jupyter_faas"


@contextmanager
def unload_user_modules() -> Iterator[list[str]]:
    """What is imported inside is imported anew the next time, unless it is installed.

    The list that it gives names what was forgotten, after the block.
    """
    importlib.invalidate_caches()
    before = set(sys.modules)
    forgotten: list[str] = []
    try:
        yield forgotten
    finally:
        for name in set(sys.modules) - before:
            if _is_users(name, sys.modules[name]):
                del sys.modules[name]
                forgotten.append(name)


def _is_users(name: str, module: ModuleType) -> bool:
    # What is compiled cannot be loaded twice, and is not edited between two cells.
    file = getattr(module, "__file__", None) or ""
    if not file.endswith(".py") or name.partition(".")[0] == _OURS:
        return False
    path = Path(file)
    standard = Path(sysconfig.get_paths()["stdlib"])
    return standard not in path.parents and not any(part in _INSTALLED for part in path.parts)
