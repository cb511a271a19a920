"""Handles without a cell, for ``faas.function("iris")`` and ``composition("name", …)``.

Their runs and deploys are displayed like those of the notebook's own functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_faas.commands.functions import more_lines
from jupyter_faas.magics.cells.cell_log import notebook_file
from jupyter_faas.magics.composition_calls import deploy_dependencies
from jupyter_faas.magics.progress import show_progress
from jupyter_faas.workspace.compositions.files import root_of
from jupyter_faas.workspace.script import named_request

if TYPE_CHECKING:
    from jupyter_faas.composer import NamedComposition
    from jupyter_faas.magics.session import NotebookSession
    from jupyter_faas.magics.verbs import NotebookVerbs
    from jupyter_faas.widgets import ActivationsView, ActivationView, LocalRun
    from jupyter_faas.workspace import Deployment
    from jupyter_faas.workspace.handover.remote_function import RemoteFunction, Run


def remote_function(session: NotebookSession, verbs: NotebookVerbs, name: str) -> RemoteFunction:
    """Return a handle of a deployed function. Raises ActionNotFound if it is not deployed.

    In an inert run no request is sent to the target. The handle then accepts any parameters and
    skips each run.
    """
    handover = session.workspace.handover
    if session.inert:
        return handover.placeholder(name, lambda params: verbs.skip(f"invoke {name}"), verbs.calls)

    def run(params: Mapping[str, Any]) -> Run | None:
        return verbs.invoke_function(name, params)

    return handover.remote(name, run, verbs.calls)


class NotebookNamed:
    """The verbs of a named composition without a ``%%composition`` cell."""

    def __init__(
        self, session: NotebookSession, verbs: NotebookVerbs, named: NamedComposition
    ) -> None:
        self._session = session
        self._verbs = verbs
        self._named = named

    def deploy(self, *, force: bool) -> Deployment | None:
        """Package the composition with the notebook's current values and deploy it.

        The functions that the composition calls are deployed first. Returns None in an inert run.
        """
        session, name = self._session, self._named.name
        request = named_request(
            self._named,
            notebook=notebook_file(session.shell, session.environment),
            origins=session.cells.origins,
            notebook_functions=session.packages(),
        )
        first: list[str] = []
        deployment = None
        display = session.new_progress_display()
        with show_progress(display) as progress:
            progress(f"Packaging {name}…")
            packaged = session.workspace.package_composition(
                request, root_of(self._named), session.shell.user_ns, progress=progress
            )
            if not session.inert:
                first = deploy_dependencies(
                    session, self._verbs, packaged, progress, session.workspace
                )
                deployment = session.workspace.deploy(
                    packaged.record.id, force=force, progress=progress
                )
        # IPython prints the Deployment itself, because it is the cell's value.
        display.finish([*first, *(more_lines(deployment) if deployment else ())])
        if deployment is None:
            self._verbs.skip(f"deploy {name}")
        else:
            self._verbs.after_deploy(deployment)
        return deployment

    def invoke(self, params: Mapping[str, Any]) -> ActivationView | LocalRun | None:
        """Run the composition once. Returns None in an inert run.

        A failed run is shown, and raises ActivationFailed.
        """
        if self._session.inert:
            self._verbs.skip(f"invoke {self._named.name}")
            return None
        return self._verbs.invoke_function(self._named.name, params)

    def activations(self, limit: int) -> ActivationsView:
        """Return the latest runs, newest first, each as one row."""
        return self._verbs.list_activations(self._named.name, limit, whole=True)
