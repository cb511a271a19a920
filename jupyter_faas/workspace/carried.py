"""Actions that a composition brings along: put on the target before it, unless they are there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ChangedElsewhere
from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.whisk.names import OWN_NAMESPACE, FullName
from jupyter_faas.workspace.called import local_words
from jupyter_faas.workspace.packages import ensure_package
from jupyter_faas.workspace.standing import find_action

if TYPE_CHECKING:
    from jupyter_faas.client import Client

# The sha256 of what was put there, and the composition that brought it.
_CONTENT, _OWNER = "faas-carried", "faas-carried-by"


def put_carried(
    carried: Sequence[Mapping[str, Any]],
    client: Client,
    owner: str,
    progress: Callable[[str], None],
    *,
    force: bool,
) -> None:
    """Create or replace each ``{"name", "action"}`` that is not there as it is.

    Raises ChangedElsewhere over an action that no composition brought, unless ``force``.
    """
    # What a sequence is made of has to be there before it.
    for each in sorted(carried, key=lambda one: one["action"]["exec"].get("kind") == SEQUENCE):
        full = FullName.parse(each["name"])
        name = local_words(full)
        content = _sha256(each["action"])
        there = find_action(client, name)
        if there is not None:
            if there.annotation(_CONTENT) == content and not force:
                continue
            if there.annotation(_CONTENT) is None and not force:
                raise ChangedElsewhere(
                    f"{owner} brings its own action {name}, and {client.target.label} has another "
                    "one of that name.",
                    hint=f"Give the one in the composition another name, or overwrite it: "
                    f"%faas deploy {owner} --force",
                )
        if full.package is not None and full.namespace == OWN_NAMESPACE:
            ensure_package(client, full.package, progress)
        progress(f"Deploying {name}, which {owner} brings along…")
        annotations = [
            *each["action"].get("annotations", ()),
            {"key": _CONTENT, "value": content},
            {"key": _OWNER, "value": owner},
        ]
        client.put_action(name, {**each["action"], "annotations": annotations})


def _sha256(action: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(action, sort_keys=True).encode()).hexdigest()
