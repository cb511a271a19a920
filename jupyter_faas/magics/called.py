"""What the notebook's compositions call: deployed before them, and told on their cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_faas.errors import ActionNotFound
from jupyter_faas.workspace.deployed_lines import deployed_lines
from jupyter_faas.workspace.ordering import needed_by

if TYPE_CHECKING:
    from jupyter_faas.magics.packaged import PackagedCell
    from jupyter_faas.magics.progress import Progress
    from jupyter_faas.magics.session import NotebookSession
    from jupyter_faas.workspace import Deployment, Workspace


class Deployer(Protocol):
    """What the verbs do before and after a deploy."""

    def freshen(self, function: PackagedCell, say: Progress) -> None: ...

    def after_deploy(self, deployment: Deployment) -> None: ...


def deploy_called(
    session: NotebookSession,
    verbs: Deployer,
    card: Mapping[str, Any],
    say: Progress,
    workspace: Workspace,
) -> list[str]:
    """Deploy the notebook's own functions that a card's composition needs and the target lacks.

    Gives the lines that tell of it, also of those that are there otherwise than in the notebook.
    """
    name = card["name"]
    cards = {each: one.packaged.card for each, one in session.functions.items()}
    lines: list[str] = []
    for called in needed_by(name, {**cards, name: card}):
        function = session.functions[called]
        bundle = _bundle_there(workspace, called)
        if bundle is None:
            verbs.freshen(function, say)
            say(f"Deploying {called}, which {name} calls…")
            deployment = workspace.deploy(function.package, progress=say)
            verbs.after_deploy(deployment)
            lines += deployed_lines(deployment)
        elif bundle != function.packaged.bundle:
            lines.append(
                f"{called} changed since deploy: {name} calls what is deployed. "
                f"Deploy it with: %faas deploy {called}"
            )
    return lines


def tell_state(session: NotebookSession, name: str, state: str, instead_of: str = "") -> None:
    """Show on the cards of compositions what has become of an action that they call.

    Where ``instead_of`` is given, only on those that show this state.
    """
    for known in session.functions.values():
        composition = known.output.payload.get("composition")
        if composition is None:
            continue
        actions = [
            {**one, "state": state}
            if one["name"] == name and instead_of in ("", one["state"])
            else one
            for one in composition["actions"]
        ]
        if actions != composition["actions"]:
            known.output.update(composition={**composition, "actions": actions})


def _bundle_there(workspace: Workspace, name: str) -> str | None:
    """The sha256 of what the target has under a name (empty for what is not ours), else None."""
    try:
        return workspace.function(name).bundle or ""
    except ActionNotFound:
        return None
