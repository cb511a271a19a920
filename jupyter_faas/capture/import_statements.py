"""Write the import statements of captured names.

This is the last step of a capture, because the attributes that the code reads from a module decide
which submodules must be imported.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Set

from jupyter_faas.capture import refusals
from jupyter_faas.capture.captured_names import CapturedName
from jupyter_faas.capture.dependencies.imports import MODULE, NAMES, import_of_module
from jupyter_faas.capture.dependencies.modules import NeededModules

Chains = Mapping[str, Set[tuple[str, ...]]]


def write_imports(
    entries: Mapping[str, CapturedName], chains: Chains, modules: NeededModules
) -> None:
    """Set the import statements of the entries, and register the modules that all entries need.

    ``chains`` holds the dotted attributes that the code reads from each name. Submodules among
    them get an import of their own. Raises CaptureError, which names the entry.
    """
    for entry in entries.values():
        for library in sorted(entry.libraries):
            where = f"{entry.usage.sentence(entry.name)}: it is written with"
            modules.need(library, where, f"{entry.name} is made with it")
        if entry.kind != "import":
            continue
        if isinstance(entry.value, types.ModuleType):
            _write_module(entry, entry.value, chains.get(entry.name, set()))
        where = f"{entry.usage.sentence(entry.name)}: it comes from"
        for module in entry.modules:
            modules.need(module, where, f"{entry.name}, {entry.usage.why()}")


def _write_module(
    entry: CapturedName, module: types.ModuleType, chains: Set[tuple[str, ...]]
) -> None:
    if module.__name__ == MODULE:
        _check_provided(entry, {chain[0] for chain in chains})
    found = import_of_module(entry.name, module, chains)
    if found is None:
        raise refusals.refuse(entry.name, module, entry.usage)
    entry.text, entry.modules = "\n".join(found.lines), found.modules


def _check_provided(entry: CapturedName, attributes: Set[str]) -> None:
    for attribute in sorted(attributes - set(NAMES)):
        raise refusals.refuse_because(
            f"{entry.name}.{attribute}",
            "works only in a notebook",
            entry.usage,
            f"In an action, jupyter_faas has {' and '.join(NAMES)}.",
        )
