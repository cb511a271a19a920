"""The removal of the other versions of a function: its stable, canary and shadow version.

The first two are removed when the function stops being a router, and all three with the function. A
deploy, a removal and ``RolloutService`` do this, so it is not part of one of them.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from jupyter_faas.errors import ActionNotFound, TargetError
from jupyter_faas.whisk.variants import CANARY, Role, Variant
from jupyter_faas.workspace.deployment.remote_state import find_action
from jupyter_faas.workspace.results import Removal

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Action

_ROLES: tuple[Role, ...] = ("stable", "canary")
# The time in seconds from a router's answer to the start of the action that it names, at most.
_DIVIDED_S = 1.0


def remove_function(client: Client, name: str) -> Removal:
    """Remove an action with its shadow and the versions of its canary. Raises TargetError."""
    action = find_action(client, name)
    versions = (*versions_of(client, name, action), *_variants(client, name, ("shadow",)))
    client.delete_action(name)
    return remove_versions(client, versions, divided=is_router(action))


def is_router(action: Action | None) -> bool:
    """Return whether an action divides its calls between two versions."""
    return action is not None and action.annotation(CANARY) is not None


def versions_of(client: Client, name: str, router: Action | None) -> tuple[Action, ...]:
    """Return the two versions behind a router, or none if the action is not a router.

    A function of the user that has the name of a version is not one of them. Raises TargetError.
    """
    if not is_router(router):
        return ()
    return _variants(client, name, _ROLES)


def _variants(client: Client, name: str, roles: Sequence[Role]) -> tuple[Action, ...]:
    found = (find_action(client, Variant(role, name).name) for role in roles)
    return tuple(each for each in found if each is not None and Variant.read(each) is not None)


def remove_versions(client: Client, versions: Sequence[Action], *, divided: bool = True) -> Removal:
    """Remove the versions of a function that was a router, or that has been removed.

    The function itself has already been deployed or removed. An error of the target is therefore
    only a warning, which names what is left. With ``divided``, calls may be on their way to the
    versions. The function then waits a second, so no lock should be held.
    """
    if not versions:
        return Removal()
    if divided:
        # A call that the router has just divided still has to find its version.
        time.sleep(_DIVIDED_S)
    removed: list[str] = []
    left: dict[str, TargetError] = {}
    for each in versions:
        name = each.full_name.local
        try:
            # A new canary may have begun in the meantime.
            now = find_action(client, name)
            if now is not None and now.updated != each.updated:
                continue
            with suppress(ActionNotFound):
                client.delete_action(name)
            removed.append(name)
        except TargetError as error:
            left[name] = error
    return Removal(tuple(removed), _left_words(left))


def _left_words(left: dict[str, TargetError]) -> str:
    """Return a warning about versions that are still on the target, or an empty string."""
    if not left:
        return ""
    commands = ", ".join(f"%faas remove {name}" for name in left)
    is_, it = ("is", "it") if len(left) == 1 else ("are", "them")
    why = " ".join(dict.fromkeys(each.message for each in left.values()))
    return (
        f"{' and '.join(left)} {is_} no longer used, but could not be removed: {why.rstrip('.')}. "
        f"To remove {it}: {commands}"
    )
