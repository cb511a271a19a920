"""The implementations of verbs in a notebook, which handles, cards and ``%faas`` call."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

from jupyter_faas.commands.functions import invoke_interruptibly, more_lines, removal_lines
from jupyter_faas.errors import ActivationFailed
from jupyter_faas.magics.calls import NotebookCalls
from jupyter_faas.magics.cards import warn_of_drift
from jupyter_faas.magics.composition_calls import (
    deploy_dependencies,
)
from jupyter_faas.magics.kept_inputs import replay_functions
from jupyter_faas.magics.packaged_cells import PackagedCell, PackagedFunction
from jupyter_faas.magics.progress import show_progress
from jupyter_faas.magics.rollout_verbs import RolloutVerbs
from jupyter_faas.widgets import (
    ActivationsView,
    ActivationView,
    DiffView,
    HistoryView,
    LocalRun,
    ReplayView,
    card_details,
)
from jupyter_faas.workspace.failures import failure_of
from jupyter_faas.workspace.naming import matching_functions, pick_function
from jupyter_faas.workspace.results import silent

if TYPE_CHECKING:
    from jupyter_faas.magics.progress import Progress
    from jupyter_faas.magics.session import NotebookSession
    from jupyter_faas.widgets.actions import Action
    from jupyter_faas.workspace import Deployment, Workspace


class NotebookVerbs(RolloutVerbs):
    """The operations on a notebook's functions, such as deploy, invoke and history.

    Handles call them directly. ``%faas`` calls some of them before or after it runs a verb of
    ``commands/table.py``.

    In an inert run (``JUPYTER_FAAS_INERT``) the notebook runs only to package its functions. No
    verb then sends anything to a target. ``invoke`` runs the function locally, and the other verbs
    print that they were skipped.
    """

    def __init__(self, session: NotebookSession) -> None:
        super().__init__(session)

    @property
    def calls(self) -> NotebookCalls:
        """The operations behind ``map``, ``spawn`` and ``ainvoke`` of handles."""
        return NotebookCalls(self._session, self)

    # Handles call these methods.

    def deploy_function(self, name: str, force: bool = False) -> Deployment | None:
        """Deploy a function, after packaging it again if captured values have changed.

        Returns None in an inert run.
        """
        function = self.find_local(name)
        display = self._session.new_progress_display()
        with show_progress(display) as progress:
            lines = self.deploy_dependencies(function, progress)
            deployment = self.deploy(function, progress, force)
        display.finish([*lines, *(more_lines(deployment) if deployment else ())])
        return deployment

    def show_inside(self, name: str, file: str | None) -> None:
        """Print the generated files, after the card's facts, or one file of the package."""
        insides = self._session.workspace.package_contents
        found = insides.show(name, package=self.find_local(name).package, path=file)
        facts = self.card_lines(name) if file is None else []
        print("\n".join([*facts, *found.lines()]))  # noqa: T201 a notebook's own output

    def card_lines(self, name: str) -> list[str]:
        """Return all facts of a card as text, or nothing if our extension shows the card.

        Other front ends show only a short text.
        """
        found = matching_functions(name, self._session.packages())
        if self._session.front_ends.listening or len(found) != 1:
            return []
        return [*card_details(self.find_local(found[0]).output.payload).splitlines(), ""]

    def earlier_package(self, name: str) -> list[str]:
        """Return a line that says why a shown package is not that of the cell as it is now.

        The list is empty if the cell was packaged in its last run in this kernel.
        """
        if matching_functions(name, self._session.functions):
            return []
        if matching_functions(name, self._session.failed_cells):
            why = f"The cell of {name} failed when it last ran."
        else:
            why = f"No cell has packaged {name} since the kernel started."
        return [f"{why} This is the latest package of {name} on this machine.", ""]

    def explain_inside(self, name: str) -> None:
        """Print why each name and requirement is in the package."""
        found = self._session.workspace.package_contents.explain(
            name, package=self.find_local(name).package
        )
        print("\n".join(found.lines()))  # noqa: T201 a notebook's own output

    def show_history(self, name: str) -> HistoryView | None:
        """Return the deploy history of a name, or None in an inert run."""
        if self._skipped(f"history {name}"):
            return None
        with self._progress() as progress:
            progress(f"Checking the deployed version of {name}…")
            found = self._session.workspace.deployments.history(name)
        return HistoryView(found)

    def show_diff(self, name: str, old: str | None, new: str | None) -> DiffView | None:
        """Return the changes that a deploy would make, or the differences between two versions.

        Returns None in an inert run.
        """
        from jupyter_faas.workspace.deployment.diff import diff

        if self._skipped(f"diff {name}"):
            return None
        with self._progress() as progress:
            function = self.find_local(name)
            if new is None:
                self.repackage_if_stale(function, progress)
            progress(f"Comparing {name}…")
            deploys = self._session.workspace.deployments
            found = diff(deploys, name, package=function.package, old=old, new=new)
        return DiffView(found)

    def roll_back(self, name: str, to: str | None, force: bool) -> Deployment | None:
        """Deploy an earlier version again. Returns None in an inert run."""
        if self._skipped(f"rollback {name}"):
            return None
        with self._progress() as progress:
            deploys = self._session.workspace.deployments
            deployment = deploys.rollback(name, to=to, force=force, progress=progress)
        self.after_deploy(deployment)
        return deployment

    def invoke_function(self, name: str, params: Mapping[str, Any]) -> ActivationView | LocalRun:
        """Run the action once, or the function itself in an inert run.

        A failed run is shown, and raises ActivationFailed.
        """
        if self._session.inert:
            return self.run_locally(name, params)
        with self._progress() as progress:
            progress(f"Invoking {name}…")
            view = self.invoke(name, params)
        warn_of_drift(self._session, view)
        if not view.ok:
            # The error alone would not show the logs.
            view.show(with_widget=self._session.with_widgets)
            raise failed(view)
        return view

    def remove_function(self, name: str) -> None:
        """Remove the action from the target."""
        if self._skipped(f"remove {name}"):
            return
        display = self._session.new_progress_display()
        with show_progress(display) as progress:
            progress(f"Removing {name}…")
            lines = removal_lines(name, self._session.workspace.remove(name))
        if lines:
            display.finish(lines)
        else:
            display.clear()
        self.after_remove(name, self._session.workspace.target_name)

    def list_activations(self, name: str, limit: int, whole: bool = False) -> ActivationsView:
        """Return the latest runs. With ``whole``, a session is one run, without its steps.

        The view is empty in an inert run.
        """
        if self._skipped(f"activations --name {name}"):
            return ActivationsView([])
        with self._progress() as progress:
            progress("Loading the latest activations…")
            workspace = self._session.workspace
            if whole:
                found = workspace.sessions.summaries(limit=limit, name=name)
            else:
                found = workspace.activations(limit=limit, name=name)
        return ActivationsView(found)

    def replay(
        self, name: str, last: int, deployed: bool, given: dict[str, Any]
    ) -> ReplayView | None:
        """Run the latest kept inputs again and compare the answers.

        Returns None in an inert run.
        """
        if self._skipped(f"replay {name}"):
            return None
        call = None
        if not deployed:
            call = replay_functions(self._session)[self.find_local(name).name]
        with self._progress() as progress:
            found = self._session.workspace.inputs.replay(
                name, last=last, given=given, call=call, progress=progress
            )
        return ReplayView(found)

    def describe(self, name: str) -> str:
        """Return the repr of a handle."""
        function = self._session.functions.get(name)
        if function is None:
            return f"<{name}: run its cell again>"
        # The check after each cell has a time budget and may be incomplete, but a repr must be
        # correct.
        self._session.check(function)
        return function.describe()

    # The buttons of a card's widget call this method.

    def card_actions(self, name: str) -> dict[str, Action]:
        """Return the callables for a card's buttons, which print nothing below the cell."""

        def deploy(_: Mapping[str, Any]) -> None:
            function = self.find_local(name)
            self.deploy_dependencies(function, silent)
            self.deploy(function, silent)

        def invoke(params: Mapping[str, Any]) -> dict[str, Any]:
            view = self.invoke(name, params)
            return {"event": "activation", "activation": dict(view.record)}

        return {"deploy": deploy, "invoke": invoke}

    # These methods are the steps of a deploy and of an invocation.

    def resolve(self, name: str) -> PackagedCell:
        """Return the function with this name, which may omit the OpenWhisk package.

        Raises InputError if no function or several functions match.
        """
        self.check_cell(name)
        return self._session.functions[pick_function(name, self._session.functions)]

    def repackage_any_if_stale(self, name: str, progress: Progress) -> None:
        """Package a function again if it is stale.

        Names that are not in this notebook are ignored.
        """
        names = matching_functions(name, self._session.functions)
        if len(names) == 1:
            self.repackage_if_stale(self._session.functions[names[0]], progress)

    def deploy_dependencies(
        self, function: PackagedCell, progress: Progress, workspace: Workspace | None = None
    ) -> list[str]:
        """Deploy the functions that a composition calls and the target does not have.

        Returns lines about these deploys.
        """
        if self._session.inert:
            return []
        # A new value may change which actions the composition calls.
        self.repackage_if_stale(function, progress)
        workspace = workspace or self._session.workspace
        return deploy_dependencies(self._session, self, function.packaged, progress, workspace)

    def deploy(
        self, function: PackagedCell, progress: Progress, force: bool = False
    ) -> Deployment | None:
        """Deploy a function with its current values. Returns None in an inert run."""
        self.repackage_if_stale(function, progress)
        if self._session.inert:
            self.skip(f"deploy {function.name}")
            return None
        deployment = self._session.workspace.deploy(
            function.package, force=force, progress=progress
        )
        self.after_deploy(deployment)
        return deployment

    def invoke(self, name: str, params: Mapping[str, Any]) -> ActivationView:
        """Run the action once and notify the front ends."""
        record = invoke_interruptibly(self._session.workspace, name, params).to_json()
        self._session.front_ends.send({"event": "activation", "id": record["id"]})
        return ActivationView.of(self._session.cells.with_failed_line(record))

    def run_locally(self, name: str, params: Mapping[str, Any]) -> LocalRun:
        """Run a function of this notebook locally, in place of its action.

        A composition is skipped, which returns an empty LocalRun.
        """
        function = self.find_local(name)
        if not isinstance(function, PackagedFunction):
            self.skip(f"invoke {name}")
            return LocalRun({}, 0)
        # An action ignores unknown parameters, and so does ``local.invoke``.
        function.local.check_names(params)
        begun = perf_counter()
        token = self._session.inside_a_function.set(True)
        try:
            # OpenWhisk merges an action's default parameters in the same way.
            result = function.local.invoke({**function.cell.options.parameters, **params})
        finally:
            self._session.inside_a_function.reset(token)
        return LocalRun(result, round((perf_counter() - begun) * 1000))


def failed(view: ActivationView) -> ActivationFailed:
    """Return the error for a failed run whose view is shown above the error.

    The view has the line, the traceback, the advice and the logs, so one line is enough here.
    """
    name, cause = view.record["name"], failure_of(view.record).headline
    return ActivationFailed(f"{name} failed: {cause} (activation {view.id[:8]}, shown above)")
