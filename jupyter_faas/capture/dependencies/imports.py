"""Import statements for live modules and for objects that modules contain."""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from jupyter_faas.capture.source.cells import ExecutedCells
from jupyter_faas.capture.values.attributes import stored_attribute

# multiprocessing and joblib import the notebook itself as ``__mp_main__``.
_NOTEBOOK = ("__main__", "__mp_main__")
# These modules do not exist in an action, so objects must not be imported from them. A kernel loads
# the debugger's, which import names such as ``Optional`` from Python's.
_NOT_SOURCES = (*_NOTEBOOK, "IPython", "ipykernel", "jupyter_faas", "debugpy", "pydevd")


# scikit-learn exports these classes only after an import that no code refers to.
_ENABLED_BY = {
    "IterativeImputer": "enable_iterative_imputer",
    "HalvingGridSearchCV": "enable_halving_search_cv",
    "HalvingRandomSearchCV": "enable_halving_search_cv",
}


@dataclass(frozen=True)
class ImportLines:
    """Import statements that bind a name, and the ``modules`` that they need."""

    lines: tuple[str, ...]
    modules: tuple[str, ...]


def import_of_module(
    name: str, module: types.ModuleType, chains: Collection[tuple[str, ...]]
) -> ImportLines | None:
    """Return ``import a.b as name``, with imports of the submodules in ``chains``.

    ``chains`` contains the attribute chains that the code reads from the module. A read of
    ``scipy.stats.norm`` needs ``import scipy.stats``, because ``import scipy`` might not load the
    submodule. In the notebook, another import may have loaded it. Returns None when the module
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
    # Some modules are registered under a name that differs from their ``__name__``. The loop uses a
    # copy of ``sys.modules``, because another thread may import a module during the loop.
    names = (name for name, loaded in list(sys.modules.items()) if loaded is module)
    return next((name for name in names if name not in _NOTEBOOK), None)


def _submodule(full: str, chain: tuple[str, ...]) -> str:
    path, module = full, sys.modules[full]
    for attribute in chain:
        inner = vars(module).get(attribute)
        if not isinstance(inner, types.ModuleType):
            break
        # An attribute may be a module that is only imported there, such as ``np`` in pandas, and is
        # not a submodule.
        if sys.modules.get(f"{path}.{attribute}") is not inner:
            break
        path, module = f"{path}.{attribute}", inner
    return path


def import_of_object(name: str, value: object, cells: ExecutedCells) -> ImportLines | None:
    """Return ``from module import attribute as name``, or None if no loaded module has ``value``.

    The object is imported from the outermost public module that exports it and not from the private
    module that defines it, because private modules move between versions of a library.
    """
    place = import_path_of(name, value, cells)
    if place is None:
        return None
    module, attribute = place
    tail = "" if attribute == name else f" as {name}"
    line = f"from {module} import {attribute}{tail}"
    enabled = _ENABLED_BY.get(attribute) if module.startswith("sklearn.") else None
    before = (f"from sklearn.experimental import {enabled}",) if enabled else ()
    return ImportLines((*before, line), (module,))


def import_path_of(name: str, value: object, cells: ExecutedCells) -> tuple[str, str] | None:
    """Return ``(module, attribute)`` for a loaded module that contains ``value``, or None."""
    for module, attribute in _import_paths(name, value, cells):
        # ``vars`` is used because ``getattr`` may call the module's ``__getattr__``, which may
        # import other modules or emit warnings.
        loaded = sys.modules.get(module)
        if loaded is not None and vars(loaded).get(attribute) is value:
            return module, attribute
    return None


def _import_paths(name: str, value: object, cells: ExecutedCells) -> Iterator[tuple[str, str]]:
    # The packages in the object's ``__module__`` come first, starting with the outermost package.
    module = stored_attribute(value, "__module__")
    if isinstance(module, str) and module.partition(".")[0] not in _NOT_SOURCES:
        parts = module.split(".")
        for length in range(1, len(parts) + 1):
            for attribute in ("__qualname__", "__name__"):
                yield ".".join(parts[:length]), str(stored_attribute(value, attribute, ""))
            # ``typing.Optional`` has neither.
            yield ".".join(parts[:length]), name
    # Some objects do not have a usable ``__module__``. For example, random.random is a bound method
    # of a private object.
    holders = [
        other
        for other, loaded in list(sys.modules.items())
        if isinstance(loaded, types.ModuleType) and vars(loaded).get(name) is value
    ]
    for holder in sorted(holders, key=_rank):
        if not holder.startswith("_pydev") and holder.partition(".")[0] not in _NOT_SOURCES:
            yield holder, name
    # The notebook's import statements come last. They are needed if a library exports the object
    # under a name that differs from the object's ``__name__``.
    for cell in cells.newest_first():
        for node in cell.statements():
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        yield node.module, alias.name


def _rank(module: str) -> tuple[bool, bool, int, str]:
    """Return a sort key: public modules first, Python's own before those of libraries."""
    is_installed = module.partition(".")[0] not in sys.stdlib_module_names
    return "._" in f".{module}", is_installed, len(module), module


# The following function handles names from jupyter_faas that also work in an action.


MODULE = "jupyter_faas"
NAMES = ("Image", "png")


def import_of_provided(name: str, value: object) -> ImportLines | None:
    """Return ``from jupyter_faas import Image as name``.

    Returns None unless ``value`` is one of the objects in ``NAMES``, which also work in an action.
    """
    if not str(stored_attribute(value, "__module__", "")).startswith(f"{MODULE}."):
        return None
    for provided in NAMES:
        if getattr(sys.modules[MODULE], provided) is value:
            tail = "" if provided == name else f" as {name}"
            return ImportLines((f"from {MODULE} import {provided}{tail}",), (MODULE,))
    return None
