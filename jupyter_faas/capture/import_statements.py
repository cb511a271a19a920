"""The import statements of captured names.

They are written last, because the attributes that the code reads from a module determine which
submodules must be imported.
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
    """Set the import statements of ``entries`` and register the modules that the entries need.

    ``chains`` maps each name to the attribute chains that the code reads from the name. Submodules
    in these chains are imported separately. Raises CaptureError when a module cannot be provided.
    """
    for entry in entries.values():
        for library in sorted(entry.libraries):
            where = f"The code that creates {entry.name} ({entry.usage.sentence(entry.name)}) needs"
            modules.need(library, where, f"needed to create {entry.name}")
        if entry.kind != "import":
            continue
        if isinstance(entry.value, types.ModuleType):
            _write_module(entry, entry.value, chains.get(entry.name, set()))
        where = f"{entry.name} ({entry.usage.sentence(entry.name)}) comes from"
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
            f"{refusals.move_line(entry.usage)} In an action, jupyter_faas "
            f"provides only {' and '.join(NAMES)}.",
        )
