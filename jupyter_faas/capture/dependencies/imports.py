"""Write the import statement for a live module, or for an object that a module holds."""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from jupyter_faas.capture.source.cells import ExecutedCells

# multiprocessing and joblib import the notebook itself under the second name.
_NOTEBOOK = ("__main__", "__mp_main__")
# Modules that an action does not have, so an object must not be imported from them.
_NOT_SOURCES = (*_NOTEBOOK, "IPython", "ipykernel", "jupyter_faas")


@dataclass(frozen=True)
class ImportLines:
    """Import statements that bind a name, and the ``modules`` that they need."""

    lines: tuple[str, ...]
    modules: tuple[str, ...]


def import_of_module(
    name: str, module: types.ModuleType, chains: Collection[tuple[str, ...]]
) -> ImportLines | None:
    """Return ``import a.b as name``, with imports of the submodules that ``chains`` reach.

    ``chains`` are the dotted attributes that the code reads from the module. A read of
    ``scipy.stats.norm`` needs ``import scipy.stats``: ``import scipy`` alone may not load it, even
    if it works in the notebook, where another import has loaded it. Returns None when the module
    cannot be imported under any name.
    """
    full = _importable_name(module)
    if full is None:
        return None
    deeper = sorted({path for chain in chains if (path := _submodule(full, chain)) != full})
    own = f"import {full}" if full == name else f"import {full} as {name}"
    return ImportLines((*(f"import {path}" for path in deeper), own), (full, *deeper))


def _importable_name(module: types.ModuleType) -> str | None:
    if sys.modules.get(module.__name__) is module:
        return module.__name__
    # Some modules are registered under another name than their ``__name__``.
    # list() takes a copy: another thread may import something during the loop.
    names = (name for name, loaded in list(sys.modules.items()) if loaded is module)
    return next((name for name in names if name not in _NOTEBOOK), None)


def _submodule(full: str, chain: tuple[str, ...]) -> str:
    path, module = full, sys.modules[full]
    for attribute in chain:
        inner = vars(module).get(attribute)
        if not isinstance(inner, types.ModuleType):
            break
        # A module that another one merely imports (``np`` in pandas) is not a submodule of it.
        if sys.modules.get(f"{path}.{attribute}") is not inner:
            break
        path, module = f"{path}.{attribute}", inner
    return path


def import_of_object(name: str, value: object, cells: ExecutedCells) -> ImportLines | None:
    """Return ``from module import attribute as name``; None if no loaded module holds ``value``.

    Chooses the shortest public module that exports the object, not the private one that defines
    it: private modules move between versions of a library.
    """
    place = import_path_of(name, value, cells)
    if place is None:
        return None
    module, attribute = place
    tail = "" if attribute == name else f" as {name}"
    return ImportLines((f"from {module} import {attribute}{tail}",), (module,))


def import_path_of(name: str, value: object, cells: ExecutedCells) -> tuple[str, str] | None:
    """Return ``(module, attribute)`` of a loaded module that holds ``value``, None without one."""
    for module, attribute in _import_paths(name, value, cells):
        # ``vars`` and not getattr: a module's __getattr__ may import more, or warn.
        loaded = sys.modules.get(module)
        if loaded is not None and vars(loaded).get(attribute) is value:
            return module, attribute
    return None


def _import_paths(name: str, value: object, cells: ExecutedCells) -> Iterator[tuple[str, str]]:
    # First the packages in the object's ``__module__``, beginning with the outermost.
    module = getattr(value, "__module__", None)
    if isinstance(module, str) and module.partition(".")[0] not in _NOT_SOURCES:
        parts = module.split(".")
        for length in range(1, len(parts) + 1):
            for attribute in (getattr(value, "__qualname__", ""), getattr(value, "__name__", "")):
                yield ".".join(parts[:length]), str(attribute)
    # Some objects have no usable __module__: random.random is a bound method of a hidden object.
    holders = [
        other
        for other, loaded in list(sys.modules.items())
        if isinstance(loaded, types.ModuleType) and vars(loaded).get(name) is value
    ]
    for holder in sorted(holders, key=lambda other: ("._" in f".{other}", len(other), other)):
        if holder.partition(".")[0] not in _NOT_SOURCES:
            yield holder, name
    # Last, the notebook's own import statement: a library may export the object under a name
    # that differs from the object's own.
    for cell in cells.newest_first():
        for node in cell.statements():
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        yield node.module, alias.name


# The names of jupyter_faas itself that also work in an action


MODULE = "jupyter_faas"
NAMES = ("Image", "png")


def import_of_provided(name: str, value: object) -> ImportLines | None:
    """Return ``from jupyter_faas import Image as name``; None unless ``value`` is in ``NAMES``."""
    if not str(getattr(value, "__module__", "")).startswith(f"{MODULE}."):
        return None
    for provided in NAMES:
        if getattr(sys.modules[MODULE], provided) is value:
            tail = "" if provided == name else f" as {name}"
            return ImportLines((f"from {MODULE} import {provided}{tail}",), (MODULE,))
    return None
