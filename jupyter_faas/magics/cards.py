"""The cards below cells: show a new card, and update it after the cell has ended.

A new card replaces the progress output of its cell. Afterwards the kernel asks the target in the
background for the deployed action of that name, and measures a cold start.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import FaasError, listed
from jupyter_faas.magics.composition_calls import refresh_calls, show_action_state
from jupyter_faas.magics.packaged_cells import PackagedComposition, card_deployed
from jupyter_faas.magics.progress import Progress, ProgressDisplay, show_progress
from jupyter_faas.widgets import Output
from jupyter_faas.workspace.results import is_deployed

if TYPE_CHECKING:
    from jupyter_faas.magics.handles import Handle, Verbs
    from jupyter_faas.magics.packaged_cells import PackagedCell
    from jupyter_faas.magics.session import NotebookSession
    from jupyter_faas.widgets import ActivationView
    from jupyter_faas.workspace import Packaged, Workspace


@dataclass(frozen=True)
class NewCard:
    """A card in preparation, whose display shows the progress of packaging."""

    session: NotebookSession
    display: ProgressDisplay
    progress: Progress

    def output(self, packaged: Packaged, verbs: Verbs) -> Output:
        """Return the card of a package, with the last known state of the deployed action."""
        path = packaged.record.name
        return Output(
            {**packaged.card, "deployed": self.session.deployed_here(path)},
            display_id=self.display.display_id,
            with_widget=self.session.with_widgets,
            measuring=self.session.measures,
            updates=self.session.has_kernel,
            actions=verbs.card_actions(path),
        )

    def show(self, entry: PackagedCell, handle: Handle) -> None:
        """Show the card, register ``entry`` in the session, and bind the handle to its name."""
        session, name = self.session, entry.variable
        entry.output.show(replace=self.display.take_over())
        session.add(entry)
        show_action_state(session, entry.name, "notebook", instead_of="missing")
        # A name such as ``my-function`` is valid for an action but not for a variable.
        if name.isidentifier() and not keyword.iskeyword(name):
            session.shell.user_ns[name] = handle
        if session.measures:
            refresh_in_background(session, entry)


@contextmanager
def new_card(session: NotebookSession) -> Iterator[NewCard]:
    """Show the progress of the ``with`` block and yield a NewCard.

    Call ``output`` and ``show`` of the new card after the block.
    """
    # Packaging takes a while and a deploy often follows, so the playground starts meanwhile.
    session.begin_playground()
    display = session.new_progress_display()
    with show_progress(display) as progress:
        yield NewCard(session, display, progress)


def refresh_in_background(session: NotebookSession, function: PackagedCell) -> None:
    """Queue the update of a card's deployed state, and of its cold start or called actions."""
    package = function.package

    def work() -> None:
        if session.functions.get(function.name) is not function or function.package != package:
            return  # the cell was packaged again in the meantime
        refresh_deployed(session, function)
        if isinstance(function, PackagedComposition):
            # A composition runs only on a target, so there is no cold start to measure here.
            if refresh_calls(session, function):
                session.late_outputs.put(function.output)
            return
        forecast = measure_cold_start(session, package, function.output.payload["target"]["name"])
        if function.package == package:
            function.output.update(forecast=forecast)
            session.late_outputs.put(function.output)

    session.background.add(work)


def measure_cold_start(session: NotebookSession, package: str, target: str) -> dict[str, Any]:
    """Measure a cold start in a fresh process (about a second) and send it to the front ends.

    The forecast is for the target of the card, although the notebook may use another one by now.
    """
    known = target in session.workspace.target_registry.names()
    forecast = session.workspace.forecast(package, target if known else None).to_json()
    session.front_ends.send({"event": "forecast", "package": package, "forecast": forecast})
    return forecast


def refresh_deployed(session: NotebookSession, function: PackagedCell) -> dict[str, Any] | None:
    """Update the card with the action that the target has under the function's name.

    Returns what the card shows of it, or None if the action is not deployed or the target does not
    answer.
    """
    try:
        found = [one for one in session.workspace.functions() if one.name == function.name]
    except FaasError:
        return None  # the target does not answer, so the card stays as it is
    if not found:
        return None
    one = found[0]
    deployed = card_deployed(one)
    session.deployed[session.workspace.target_name, function.name] = deployed
    shown = function.output.payload
    # The function may have been deployed to another target in the meantime. Its card shows that
    # target.
    if shown["target"]["name"] == session.workspace.target_name and shown["deployed"] != deployed:
        function.output.update(deployed=deployed)
        session.late_outputs.put(function.output)
    return deployed


def warn_of_drift(
    session: NotebookSession, view: ActivationView, workspace: Workspace | None = None
) -> None:
    """Print a warning if the run used another version of the function than this notebook has.

    That is a changed cell, or a value that has changed since: a refitted model, another table.
    """
    function = session.functions.get(view.record["name"])
    if function is None or workspace not in (None, session.workspace):
        return
    deployed = session.deployed_here(function.name)
    # If the version that ran is the last one seen here, there is no need to ask the target.
    if deployed is None or deployed["version"] != view.record["version"]:
        deployed = refresh_deployed(session, function)
    # Another tool may have deployed the action, which then has no bundle.
    if deployed is None or deployed["bundle"] is None:
        return
    if not is_deployed(deployed, function.packaged.bundle):
        print(  # noqa: T201 a notebook's own output
            f"{function.name} in this notebook differs from the deployed version, which this run "
            f"used. To deploy the version in the notebook: %faas deploy {function.name}"
        )
    elif changed := session.drift_to_tell(function):
        have, plural = ("has", "") if len(changed) == 1 else ("have", "s")
        print(  # noqa: T201 a notebook's own output
            f"{listed(changed)} {have} changed since {function.name} was last "
            f"deployed, so this run used the earlier value{plural}. To deploy the "
            f"change: %faas deploy {function.name}"
        )
