"""``remove_versions``: what happens to NAME-stable and NAME-canary when NAME is no longer a router.

A deploy, a removal and ``RolloutService`` do this, so it is not part of one of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from jupyter_faas.errors import ActionNotFound
from jupyter_faas.whisk.variants import CANARY, Role, Variant
from jupyter_faas.workspace.deployment.remote_state import find_action

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.whisk import Action

_ROLES: tuple[Role, ...] = ("stable", "canary")
# The time in seconds from a router's answer to the start of the action that it names, at most.
_DIVIDED_S = 1.0


def is_router(action: Action | None) -> bool:
    """Return whether an action divides its calls between two versions."""
    return action is not None and action.annotation(CANARY) is not None


def remove_versions(client: Client, name: str) -> tuple[str, ...]:
    """Remove the two versions of a function that was a router, and return their names.

    A function of the user that has the name of a version is not removed.
    """
    found = tuple(_versions(client, name))
    if not found:
        return ()
    # A call that the router has just divided still has to find its version.
    time.sleep(_DIVIDED_S)
    for each in found:
        with suppress(ActionNotFound):
            client.delete_action(each)
    return found


def _versions(client: Client, name: str) -> Iterator[str]:
    for role in _ROLES:
        action = find_action(client, Variant(role, name).name)
        if action is not None and Variant.read(action) is not None:
            yield action.full_name.local
