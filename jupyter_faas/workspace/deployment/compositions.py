"""Deploy the actions that a composition includes, and find actions that are missing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ActionConflict, ChangedElsewhere
from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.whisk.names import OWN_NAMESPACE, FullName
from jupyter_faas.workspace.compositions.dependencies import (
    TargetActions,
    called,
    check_cycle,
    local_words,
    missing_words,
)
from jupyter_faas.workspace.deployment.remote_state import find_action
from jupyter_faas.workspace.deployment.upload import ensure_package

if TYPE_CHECKING:
    from jupyter_faas.client import Client
    from jupyter_faas.composer import Composition
    from jupyter_faas.workspace.deployment.plan import DeployPlan


# These annotations of an included action hold its sha256 and the composition that deployed it.
_CONTENT, _OWNER = "faas-carried", "faas-carried-by"


def put_carried(
    carried: Sequence[Mapping[str, Any]],
    client: Client,
    owner: str,
    progress: Callable[[str], None],
    *,
    force: bool,
) -> None:
    """Create or replace each included action that the target does not have in this version.

    The items of ``carried`` are ``{"name", "action"}``. Raises ChangedElsewhere if a different
    action of that name exists that ``owner`` did not deploy, unless ``force`` is given.
    """
    # OpenWhisk rejects a sequence whose components do not exist yet, so sequences come last.
    for each in sorted(carried, key=lambda one: one["action"]["exec"].get("kind") == SEQUENCE):
        full = FullName.parse(each["name"])
        name = local_words(full)
        content = _sha256(each["action"])
        there = find_action(client, name)
        if there is not None:
            if there.annotation(_CONTENT) == content and not force:
                continue
            if there.annotation(_OWNER) != owner and not force:
                origin = there.annotation(_OWNER) or there.annotation("faas-notebook")
                of = f", from {origin}" if isinstance(origin, str) else ""
                raise ChangedElsewhere(
                    f"{owner} contains an action named {name}, but {client.target.label} "
                    f"already has a different action with this name{of}.",
                    hint="Rename the action in the composition, or overwrite the one on the "
                    f"target: %faas deploy {owner} --force",
                )
        if full.package is not None and full.namespace == OWN_NAMESPACE:
            ensure_package(client, full.package, progress)
        progress(f"Deploying {name}, which is part of {owner}…")
        annotations = [
            *each["action"].get("annotations", ()),
            {"key": _CONTENT, "value": content},
            {"key": _OWNER, "value": owner},
        ]
        try:
            client.put_action(name, {**each["action"], "annotations": annotations})
        except ActionConflict as error:
            if error.is_name_of_another_kind:
                error.hint = (
                    "A package, a trigger or a rule has this name. In the composition, write "
                    f"{full.name}_2 instead of {full.name}."
                )
            raise


def _sha256(action: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(action, sort_keys=True).encode()).hexdigest()


# The conductor calls this action to continue in a new activation with a new time limit
# (shipped/conductor/conductor_main.py).
_ECHO = "/whisk.system/utils/echo"


def prepare(plan: DeployPlan, progress: Callable[[str], None], *, force: bool) -> str:
    """Deploy the actions that a composition includes and return a warning about missing actions.

    The warning is empty if no action is missing. For a function, which does not include actions,
    this has no effect. Raises CompositionError if the composition would call itself, and
    BundleError if it cannot run on the target. Raises ChangedElsewhere if an action to be replaced
    was not deployed by a composition, unless ``force`` is given.
    """
    from jupyter_faas.composer import called_actions, parse

    document = plan.composition
    if document is None:
        return ""
    name, namespace, label = plan.record.name, plan.connection.own_namespace(), plan.target.label
    node = parse(document["ast"])
    actions = TargetActions(plan.client, namespace)
    check_cycle(name, called_actions(node), actions.components, namespace)
    # The plan is checked before the first included action is sent, so that a refused deploy does
    # not change the target.
    plan.refuse()
    carried = document.get("actions") or []
    put_carried(carried, plan.client, name, progress, force=force)
    brought = [each["name"] for each in carried]
    missing = [each for each in called(node, actions, {}, brought) if each.state == "missing"]
    words = (missing_words(missing, label), _waiting_words(node, actions, label))
    return " ".join(filter(None, words))


def _waiting_words(node: Composition, actions: TargetActions, label: str) -> str:
    """Return a warning if the composition waits for branches and the echo action is missing.

    Otherwise return an empty string.
    """
    waits = [path for path, each in node.walk() if each.type in ("parallel", "par", "map")]
    if not waits or actions.state(_ECHO) != "missing":
        return ""
    return (
        f"{_ECHO} is missing on {label}, and root{waits[0]} needs it to wait for its branches. "
        "Ask the operator to install OpenWhisk's package /whisk.system/utils."
    )
