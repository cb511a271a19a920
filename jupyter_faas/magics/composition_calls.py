"""Deploy the actions that a notebook's compositions call, and show their states on cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from jupyter_faas.commands.functions import deployed_lines
from jupyter_faas.workspace.compositions.dependencies import calls, needed_by
from jupyter_faas.workspace.results import is_deployed

if TYPE_CHECKING:
    from jupyter_faas.magics.packaged_cells import PackagedCell
    from jupyter_faas.magics.progress import Progress
    from jupyter_faas.magics.session import NotebookSession
    from jupyter_faas.workspace import Deployment, Packaged, Workspace


class Deployer(Protocol):
    """The methods of NotebookVerbs that ``deploy_dependencies`` calls before and after a deploy."""

    def repackage_if_stale(self, function: PackagedCell, progress: Progress) -> None: ...

    def after_deploy(self, deployment: Deployment) -> None: ...


def deploy_dependencies(
    session: NotebookSession,
    verbs: Deployer,
    packaged: Packaged,
    progress: Progress,
    workspace: Workspace,
) -> list[str]:
    """Deploy the notebook's functions that a composition calls and the target does not have.

    Callees come first. Returns lines about these deploys, and about functions that have changed
    since their deploy. Raises CompositionError when compositions call each other in a circle.
    """
    name = packaged.record.name
    if not calls(packaged.card):
        return []
    progress(f"Finding the functions that {name} calls…")
    lines: list[str] = []
    absent = workspace.compositions.missing_actions(packaged.record.id, session.packages())
    for each in absent:
        if not each.package:
            continue  # another notebook's action, about which the composition's deploy warns
        function = session.functions[each.name]
        verbs.repackage_if_stale(function, progress)
        progress(f"Deploying {each.name}, which {name} calls…")
        deployment = workspace.deploy(function.package, progress=progress)
        verbs.after_deploy(deployment)
        lines += deployed_lines(deployment)
    lacked = {each.name for each in absent}
    cards = {each: one.packaged.card for each, one in session.functions.items()}
    # A function whose deployed version differs is not replaced automatically. A line reports it.
    for called in needed_by(name, {**cards, name: packaged.card}):
        deployed = session.deployed.get((workspace.target_name, called))
        if called in lacked or deployed is None:
            continue
        if not is_deployed(deployed, session.functions[called].packaged.bundle):
            lines.append(
                f"{called} in this notebook differs from the deployed version, which {name} "
                f"calls. To deploy the version in the notebook: %faas deploy {called}"
            )
    return lines


def show_action_state(
    session: NotebookSession, name: str, state: str, instead_of: str = ""
) -> None:
    """Show the new state of an action on the cards of the compositions that call it.

    With ``instead_of``, only cards that show that state now are changed.
    """
    for entry in session.functions.values():
        composition = entry.output.payload.get("composition")
        if composition is None:
            continue
        actions = [
            # An action that the composition includes is never missing, because a deploy creates it.
            {**one, "state": "notebook" if one.get("brought") and state == "missing" else state}
            if one["name"] == name and instead_of in ("", one["state"])
            else one
            for one in composition["actions"]
        ]
        if actions != composition["actions"]:
            entry.output.update(composition={**composition, "actions": actions})


def refresh_calls(session: NotebookSession, entry: PackagedCell) -> bool:
    """Update a composition's card with the state of the actions that it calls.

    Returns whether the card changed.
    """
    composition = entry.output.payload.get("composition")
    if composition is None:
        return False
    found = session.workspace.compositions.calls(entry.package, session.packages())
    actions = [one.to_json() for one in found]
    # If all states are "unknown", the target did not answer, so the earlier states are kept.
    if actions == composition["actions"] or all(one["state"] == "unknown" for one in actions):
        return False
    entry.output.update(composition={**composition, "actions": actions})
    return True
