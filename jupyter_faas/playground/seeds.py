"""What every OpenWhisk brings along: the package ``/whisk.system/utils``."""

from __future__ import annotations

from importlib.resources import files
from types import MappingProxyType

from jupyter_faas.playground.actions import Actions
from jupyter_faas.playground.changes import read_change
from jupyter_faas.playground.packagechanges import read_package_change
from jupyter_faas.playground.packages import Packages
from jupyter_faas.whisk import FullName, PackageName, SystemLimits, resolve_kind
from jupyter_faas.whisk.kinds import Runtimes

SYSTEM = "whisk.system"
UTILS = PackageName(SYSTEM, "utils")

# To be raised with every change of what is below or in shipped/utils.py.
VERSION = "1.0.0"

_KIND = "python:default"
_DESCRIPTIONS = MappingProxyType(
    {
        "cat": "Puts lines together to a text",
        "date": "The current date and time",
        "echo": "Returns its input",
        "head": "The first lines",
        "sort": "Sorts lines",
        "split": "Splits a text into lines",
    }
)


async def plant(
    packages: Packages, actions: Actions, runtimes: Runtimes, bounds: SystemLimits
) -> None:
    """Put the seeds where they are not yet, or not in this version or for this Python."""
    found = packages.find(UTILS)
    if found is None or found.version != VERSION:
        body = {
            "publish": True,
            "version": VERSION,
            "annotations": [{"key": "description", "value": "Building blocks that format data"}],
        }
        change = read_package_change(body, SYSTEM, bounds)
        await packages.put(UTILS, change, overwrite=True)
    code = (files("jupyter_faas") / "shipped" / "utils.py").read_text("utf-8")
    for main, description in _DESCRIPTIONS.items():
        name = FullName(SYSTEM, UTILS.name, main)
        if not _is_there(actions, name, resolve_kind(_KIND, runtimes)):
            action = {
                "exec": {"kind": _KIND, "code": code, "main": main},
                "version": VERSION,
                "annotations": [{"key": "description", "value": description}],
            }
            await actions.put(name, read_change(action, runtimes, bounds), overwrite=True)


def _is_there(actions: Actions, name: FullName, kind: str) -> bool:
    if not actions.has(name):
        return False
    action = actions.get(name).action
    return action.version == VERSION and action.exec.kind == kind
