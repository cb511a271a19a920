"""The router: an action that gives each call to one of two versions of a function.

It replaces the function during a canary deploy (workspace/rollouts/router.py), which sets
``SETTINGS`` in the copy that is deployed. OpenWhisk runs it as a conductor: the first round chooses
a version and names it as the next action, and the second round gets that version's answer and
returns it. So it needs no API key, and no worker waits.

``SETTINGS``: ``stable`` and ``canary`` are the names of the actions. ``percent`` is the canary's
share of the calls. ``sticky`` is the name of a parameter whose value decides the version, or None.
``rollback_at`` is the percentage of failed calls beyond which the canary gets no more calls, or
None, once it has had ``enough`` of them. ``preset`` are the names of parameters that OpenWhisk adds
to each call, and that the versions have themselves.

Nothing here is stored, so the count of failed calls is that of this container. The workspace counts
the records of all containers whenever somebody looks.

This file supports Python 3.7 and later, and needs only the standard library.
"""

from __future__ import annotations

import hashlib
import json
import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SETTINGS: dict[str, Any] = {}
STATE = "$faas-canary"

# The calls of the canary whose answers this container has seen, and how many of them failed.
seen = {"calls": 0, "failed": 0}


def main(params: dict[str, Any]) -> dict[str, Any]:
    """Return the next action in the first round, and its answer in the second."""
    state = params.pop(STATE, None)
    if state is None:
        version = choose(params)
        given = {key: each for key, each in params.items() if key not in SETTINGS["preset"]}
        return {"action": SETTINGS[version], "params": given, "state": {STATE: version}}
    failed = "error" in params
    if state == "canary":
        seen["calls"] += 1
        seen["failed"] += failed
    # ``error`` beside ``params`` is what makes the whole call a failed one.
    return {"params": params, "error": params["error"]} if failed else {"params": params}


def choose(params: dict[str, Any]) -> str:
    """Return the version that gets a call: ``stable`` or ``canary``."""
    if gives_up():
        return "stable"
    return "canary" if position(params) < SETTINGS["percent"] else "stable"


def gives_up() -> bool:
    """Return whether too many calls of the canary have failed in this container."""
    limit = SETTINGS["rollback_at"]
    if limit is None or seen["calls"] < SETTINGS["enough"]:
        return False
    return bool(100 * seen["failed"] > limit * seen["calls"])


def position(params: dict[str, Any]) -> float:
    """Return a number from 0 to 100, which is the same for equal values of the sticky parameter."""
    key = SETTINGS["sticky"]
    if key is None or key not in params:
        return random.random() * 100  # noqa: S311 - a draw, not a secret
    text = json.dumps(params[key], sort_keys=True, separators=(",", ":"))
    # The name is part of the hash, so that the same users are not the first for each function.
    digest = hashlib.sha256((SETTINGS["canary"] + text).encode("utf-8")).hexdigest()
    return int(digest[:8], 16) * 100 / 2**32
