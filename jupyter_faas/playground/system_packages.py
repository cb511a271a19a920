"""The system packages ``utils``, ``alarms`` and ``apimgmt`` in ``/whisk.system``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

from jupyter_faas.playground.alarms import FEEDS
from jupyter_faas.playground.entities.actions import Actions, read_action_change
from jupyter_faas.playground.entities.packages import Packages, read_package_change
from jupyter_faas.whisk import FullName, PackageName, SystemLimits, resolve_kind
from jupyter_faas.whisk.kinds import Runtimes

SYSTEM = "whisk.system"
UTILS = PackageName(SYSTEM, "utils")
ALARMS = PackageName(SYSTEM, "alarms")
APIMGMT = PackageName(SYSTEM, "apimgmt")

# This resolves to the kind of the interpreter that runs the playground. After an upgrade of Python,
# the actions are installed again, because their old kind may no longer exist.
_KIND = "python:default"


class _SystemAction(NamedTuple):
    """An action of a system package; ``main`` names its function in the package's file."""

    name: str
    main: str
    annotations: Mapping[str, Any]


@dataclass(frozen=True)
class _SystemPackage:
    """A system package; ``file``, below ``shipped/``, contains the code of all its actions.

    Increase ``version`` whenever the file or the package's definition below changes. A data
    directory keeps the installed package as long as its version is the same.
    """

    name: PackageName
    version: str
    file: str
    annotations: Mapping[str, Any]
    actions: tuple[_SystemAction, ...]
    parameters: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    publish: bool = True


async def install_system_packages(
    packages: Packages, actions: Actions, runtimes: Runtimes, bounds: SystemLimits
) -> None:
    """Install packages and actions that are missing or have another version or Python kind."""
    for package in _PACKAGES:
        found = packages.find(package.name)
        if found is None or found.version != package.version:
            body = {
                "publish": package.publish,
                "version": package.version,
                "annotations": _entries(package.annotations),
                "parameters": _entries(package.parameters),
            }
            change = read_package_change(body, SYSTEM, bounds)
            await packages.put(package.name, change, overwrite=True)
        code = (files("jupyter_faas") / "shipped" / package.file).read_text("utf-8")
        for each in package.actions:
            name = FullName(SYSTEM, package.name.name, each.name)
            if not _is_installed(actions, name, package.version, resolve_kind(_KIND, runtimes)):
                action = {
                    "exec": {"kind": _KIND, "code": code, "main": each.main},
                    "version": package.version,
                    "annotations": _entries(each.annotations),
                }
                await actions.put(
                    name, read_action_change(action, runtimes, bounds), overwrite=True
                )


def _is_installed(actions: Actions, name: FullName, version: str, kind: str) -> bool:
    if not actions.has(name):
        return False
    action = actions.get(name).action
    return action.version == version and action.exec.kind == kind


def _entries(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def _util(name: str, description: str) -> _SystemAction:
    return _SystemAction(name, name, {"description": description})


def _feed(name: str, description: str) -> _SystemAction:
    """Return a feed action. Its annotations list the parameters, which some tools show."""
    parameters = [{"name": each, "required": required} for each, required in FEEDS[name]]
    return _SystemAction(
        name, "main", {"description": description, "parameters": parameters, "feed": True}
    )


def _api_action(name: str, description: str) -> _SystemAction:
    """Return a web action that manages APIs of the namespace whose API key is in the request."""
    return _SystemAction(
        name, "main", {"description": description, "web-export": True, "final": True}
    )


_PACKAGES = (
    _SystemPackage(
        UTILS,
        "1.0.0",
        "system/utils.py",
        {"description": "Building blocks that format data"},
        (
            _util("cat", "Joins lines into one string"),
            _util("date", "Returns the current date and time"),
            _util("echo", "Returns its input"),
            _util("head", "Returns the first lines"),
            _util("sort", "Sorts lines"),
            _util("split", "Splits a string into lines"),
        ),
    ),
    _SystemPackage(
        ALARMS,
        "1.0.0",
        "system/alarms.py",
        {
            "description": "Fires triggers at given times",
            "parameters": [{"name": "trigger_payload", "required": False}],
        },
        (
            _feed("alarm", "Fires a trigger on a cron schedule"),
            _feed("once", "Fires a trigger once, at a given date"),
            _feed("interval", "Fires a trigger at an interval in minutes"),
        ),
        {"trigger_payload": ""},
    ),
    _SystemPackage(
        APIMGMT,
        "1.0.0",
        "system/apimgmt.py",
        {"description": "Manages the APIs of the gateway"},
        (
            _api_action("createApi", "Creates an API, or adds a route to an existing one"),
            _api_action("getApi", "Shows APIs"),
            _api_action("deleteApi", "Deletes an API or one of its routes"),
        ),
        # Not published, as in Apache OpenWhisk, since clients call its actions only as web actions.
        publish=False,
    ),
)
