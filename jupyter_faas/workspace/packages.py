"""The packages on a target that functions are deployed into."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jupyter_faas.errors import ActionConflict, ActionNotFound

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import PackageName


def ensure_package(client: Client, name: str, progress: Callable[[str], None]) -> None:
    """Create the package when it is missing; one that exists stays as it is.

    Raises ActionConflict when the name belongs to something that takes no functions: a binding,
    whose functions are another package's, or an action, a trigger or a rule.
    """
    if _found(client, name):
        return
    progress(f"Creating the package {name} on {client.target.label}…")
    try:
        client.create_package(name)
    except ActionConflict as exc:
        # Somebody else was quicker; with what is there now, it goes on or not.
        if not _found(client, name):
            raise _not_a_package(client, name) from exc


def _found(client: Client, name: str) -> bool:
    try:
        package = client.get_package(name)
    except ActionConflict as exc:
        raise _not_a_package(client, name) from exc
    if package is None:
        return False
    if package.binding is not None:
        raise _is_a_binding(client, name, package.binding)
    return True


def _not_a_package(client: Client, name: str) -> ActionConflict:
    label = client.target.label
    try:
        client.get_action(name)
    except (ActionNotFound, ActionConflict):
        what, cure = "a trigger or a rule", "Choose another --package."
    else:
        what = "a function"
        cure = f"Choose another --package, or remove that function: %faas remove {name}"
    return ActionConflict(f"On {label}, {name!r} is {what}, not a package.", hint=cure)


def _is_a_binding(client: Client, name: str, provider: PackageName) -> ActionConflict:
    return ActionConflict(
        f"On {client.target.label}, {name!r} is a binding of the package /{provider.path}, "
        "and nothing can be deployed into a binding.",
        hint="Choose another --package.",
    )
