"""What a composition needs on a target, before it is put there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jupyter_faas.bundle import composition_of
from jupyter_faas.workspace.called import CalledAction, TargetActions, called
from jupyter_faas.workspace.carried import put_carried
from jupyter_faas.workspace.circles import check_circle
from jupyter_faas.workspace.deploy import refuse
from jupyter_faas.workspace.preflight import Place, preflight

if TYPE_CHECKING:
    from jupyter_faas.bundle import Bundle, PackageRecord
    from jupyter_faas.composer import Composition
    from jupyter_faas.workspace.connection import Connection

# The conductor goes on from there with a new time limit (shipped/conductor_main.py).
_ECHO = "/whisk.system/utils/echo"


def prepare(
    record: PackageRecord,
    bundle: Bundle,
    connection: Connection,
    progress: Callable[[str], None],
    *,
    force: bool,
) -> str:
    """Put what the composition brings along, and give a warning of the actions that are missing.

    Nothing for a function. Raises CompositionError when it would call itself, BundleError when it
    cannot run there, ChangedElsewhere over an action that it would replace, unless ``force``.
    """
    from jupyter_faas.composer import called_actions, parse

    document = composition_of(bundle)
    if document is None:
        return ""
    target = connection.client.target
    node = parse(document["ast"])
    actions = TargetActions(connection.client, connection.own_namespace())
    check_circle(record.name, called_actions(node), actions.components, connection.own_namespace())
    info = connection.host_info()
    refuse(preflight(record, bundle, Place(target.name, target.label, info, target.profile)))
    carried = document.get("actions") or []
    put_carried(carried, connection.client, record.name, progress, force=force)
    brought = [each["name"] for each in carried]
    missing = [each for each in called(node, actions, {}, brought) if each.state == "missing"]
    words = (missing_words(missing, target.label), _waiting_words(node, actions, target.label))
    return " ".join(filter(None, words))


def _waiting_words(node: Composition, actions: TargetActions, label: str) -> str:
    """A sentence where it waits for branches, and what it then hands over through is missing."""
    waits = [path for path, each in node.walk() if each.type in ("parallel", "par", "map")]
    if not waits or actions.state(_ECHO) != "missing":
        return ""
    return (
        f"{_ECHO} is not on {label}, and root{waits[0]} waits for its branches through it: have "
        "the system's package of utilities installed there."
    )


def missing_words(missing: list[CalledAction], label: str) -> str:
    """A sentence on what is not there, or nothing."""
    if not missing:
        return ""
    names = " and ".join(f"{each.name} (at {each.where})" for each in missing)
    them, are = ("it", "is") if len(missing) == 1 else ("them", "are")
    return (
        f"{names} {are} not on {label}: the composition fails where it calls {them}, until you "
        f"deploy {them}."
    )
