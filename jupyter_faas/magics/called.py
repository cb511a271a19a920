"""What the notebook's compositions call: deployed before them, and told on their cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from jupyter_faas.errors import ActionNotFound
from jupyter_faas.workspace.deployed_lines import deployed_lines
from jupyter_faas.workspace.ordering import calls, needed_by

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
    known: PackagedCell,
    say: Progress,
    workspace: Workspace,
) -> list[str]:
    """Deploy the notebook's own functions that ``known`` needs and the target lacks, in order.

    Gives the lines that tell of it, also of those that are there otherwise than in the notebook.
    """
    if not calls(known.packaged.card):
        return []
    verbs.freshen(known, say)
    lines: list[str] = []
    cards = {name: one.packaged.card for name, one in session.functions.items()}
    for name in needed_by(known.name, cards):
        called = session.functions[name]
        bundle = _bundle_there(workspace, name)
        if bundle is None:
            verbs.freshen(called, say)
            say(f"Deploying {name}, which {known.name} calls…")
            deployment = workspace.deploy(called.package, progress=say)
            verbs.after_deploy(deployment)
            lines += deployed_lines(deployment)
        elif bundle != called.packaged.bundle:
            lines.append(
                f"{name} changed since deploy: {known.name} calls what is deployed. "
                f"Deploy it with: %faas deploy {name}"
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
