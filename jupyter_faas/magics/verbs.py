"""The verbs in a notebook: as handles, cards and ``%faas`` ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

from jupyter_faas.commands.functions import more_lines
from jupyter_faas.errors import InputError
from jupyter_faas.magics.cards import tell_drift
from jupyter_faas.magics.composition_calls import deploy_called, look_at_calls, tell_state
from jupyter_faas.magics.function_packaging import package_again
from jupyter_faas.magics.kept_inputs import callables
from jupyter_faas.magics.packaged_cells import PackagedCell, PackagedFunction, card_deployed
from jupyter_faas.magics.progress import progress_in
from jupyter_faas.widgets import (
    ActivationsView,
    ActivationView,
    DiffView,
    HistoryView,
    LocalRun,
    ReplayView,
)
from jupyter_faas.workspace.naming import functions_meant, pick_function
from jupyter_faas.workspace.results import silent
from jupyter_faas.workspace.script import run_failed

if TYPE_CHECKING:
    from jupyter_faas.errors import ActivationFailed
    from jupyter_faas.magics.progress import Progress
    from jupyter_faas.magics.session import NotebookSession
    from jupyter_faas.widgets.widget import Action
    from jupyter_faas.workspace import Deployment, Workspace


class NotebookVerbs:
    """What a handle does, and what ``%faas`` does before and after the verbs' own table.

    Where the notebook runs only for its packages (``JUPYTER_FAAS_INERT``), nothing reaches a
    target: invoke runs the function here, everything else says that it was skipped.
    """

    def __init__(self, session: NotebookSession) -> None:
        self._session = session

    # As a handle asks

    def deploy_function(self, name: str, force: bool = False) -> Deployment | None:
        """Deploy, packaged anew first when something captured has changed since."""
        function = self.known(name)
        place = self._session.new_place()
        with progress_in(place) as say:
            lines = self.deploy_called(function, say)
            deployment = self.deploy(function, say, force)
        place.finish([*lines, *(more_lines(deployment) if deployment else ())])
        return deployment

    def show_inside(self, name: str, file: str | None) -> None:
        """Print the generated files, or one file of the package."""
        insides = self._session.workspace.package_contents
        found = insides.show(name, package=self.known(name).package, path=file)
        print("\n".join(found.lines()))  # noqa: T201 a notebook's own output

    def explain_inside(self, name: str) -> None:
        """Print why each thing travels."""
        found = self._session.workspace.package_contents.explain(
            name, package=self.known(name).package
        )
        print("\n".join(found.lines()))  # noqa: T201 likewise

    def show_history(self, name: str) -> HistoryView | None:
        """What was deployed under its name. None where verbs are inert."""
        if self._session.inert:
            self.skip(f"history {name}")
            return None
        place = self._session.new_place()
        with progress_in(place) as say:
            say(f"Asking what is deployed as {name}…")
            found = self._session.workspace.deployments.history(name)
        place.clear()
        return HistoryView(found)

    def show_diff(self, name: str, old: str | None, new: str | None) -> DiffView | None:
        """What a deploy would change. None where verbs are inert."""
        from jupyter_faas.workspace.deployment.diff import diff

        if self._session.inert:
            self.skip(f"diff {name}")
            return None
        place = self._session.new_place()
        with progress_in(place) as say:
            function = self.known(name)
            if new is None:
                self.freshen(function, say)
            say(f"Comparing {name}…")
            deploys = self._session.workspace.deployments
            found = diff(deploys, name, package=function.package, old=old, new=new)
        place.clear()
        return DiffView(found)

    def roll_back(self, name: str, to: str | None, force: bool) -> Deployment | None:
        """Put an earlier version on the target again. None where verbs are inert."""
        if self._session.inert:
            self.skip(f"rollback {name}")
            return None
        place = self._session.new_place()
        with progress_in(place) as say:
            deploys = self._session.workspace.deployments
            deployment = deploys.rollback(name, to=to, force=force, progress=say)
        place.clear()
        self.after_deploy(deployment)
        return deployment

    def invoke_function(self, name: str, params: Mapping[str, Any]) -> ActivationView | LocalRun:
        """Run it once. A failed run is shown and raises ActivationFailed."""
        if self._session.inert:
            return self.run_here(name, params)
        place = self._session.new_place()
        with progress_in(place) as say:
            say(f"Invoking {name}…")
            view = self.invoke(name, params)
        place.clear()
        tell_drift(self._session, view)
        if not view.ok:
            view.show(with_widget=self._session.with_widgets)
            raise failed(view)
        return view

    def remove_function(self, name: str) -> None:
        """Take it off the target."""
        if self._session.inert:
            self.skip(f"remove {name}")
            return
        place = self._session.new_place()
        with progress_in(place) as say:
            say(f"Removing {name}…")
            warning = self._session.workspace.remove(name)
        if warning:
            place.finish([warning])
        else:
            place.clear()
        self.after_remove(name, self._session.workspace.target_name)

    def list_activations(self, name: str, limit: int, whole: bool = False) -> ActivationsView:
        """Its latest runs; ``whole`` leaves out the runs that others are made of."""
        if self._session.inert:
            self.skip(f"activations --name {name}")
            return ActivationsView([])
        place = self._session.new_place()
        with progress_in(place) as say:
            say("Asking for the latest activations…")
            workspace = self._session.workspace
            if whole:
                found = workspace.sessions.summaries(limit=limit, name=name)
            else:
                found = workspace.activations(limit=limit, name=name)
        place.clear()
        return ActivationsView(found)

    def replay(
        self, name: str, last: int, deployed: bool, given: dict[str, Any]
    ) -> ReplayView | None:
        """Its latest kept inputs, sent once more."""
        if self._session.inert:
            self.skip(f"replay {name}")
            return None
        call = None if deployed else callables(self._session)[name]
        place = self._session.new_place()
        with progress_in(place) as say:
            found = self._session.workspace.inputs.replay(
                name, last=last, given=given, call=call, progress=say
            )
        place.clear()
        return ReplayView(found)

    def describe(self, name: str) -> str:
        """A handle's repr."""
        function = self._session.functions.get(name)
        if function is None:
            return f"<{name}: run its cell again>"
        # The look after a cell gives up early where much is watched; who asks is told the truth.
        self._session.look_at(function)
        return function.describe()

    # As the buttons of a card's widget ask

    def card_actions(self, name: str) -> dict[str, Action]:
        """Deploy and invoke for a card, without anything in the cell's output."""

        def deploy(_: Mapping[str, Any]) -> None:
            function = self.known(name)
            self.deploy_called(function, silent)
            self.deploy(function, silent)

        def invoke(params: Mapping[str, Any]) -> dict[str, Any]:
            view = self.invoke(name, params)
            return {"event": "activation", "activation": dict(view.record)}

        return {"deploy": deploy, "invoke": invoke}

    # The steps

    def known(self, name: str) -> PackagedCell:
        """A function that was packaged here. Raises InputError."""
        functions = self._session.functions
        if name not in functions:
            here = f" Here: {', '.join(sorted(functions))}." if functions else ""
            raise InputError(
                f"This notebook has no packaged function {name!r}.",
                hint=f"Run its %%function or %%composition cell first.{here}",
            )
        return functions[name]

    def meant(self, name: str) -> PackagedCell:
        """The one that a person means, who may leave its package out. Raises InputError."""
        return self._session.functions[pick_function(name, self._session.functions)]

    def freshen(self, function: PackagedCell, say: Progress) -> None:
        """Package it anew when what it captured is no longer what was packaged."""
        self._session.look_at(function)
        if function.stale:
            say(f"{', '.join(function.stale)} changed: packaging {function.name} again…")
            package_again(self._session, function, say)

    def freshen_any(self, name: str, say: Progress) -> None:
        """Like ``freshen``, for a function that may be no one of this notebook."""
        meant = functions_meant(name, self._session.functions)
        if len(meant) == 1:
            self.freshen(self._session.functions[meant[0]], say)

    def deploy_called(
        self, function: PackagedCell, say: Progress, workspace: Workspace | None = None
    ) -> list[str]:
        """Deploy first what a composition calls and the target lacks; lines that tell of it."""
        if self._session.inert:
            return []
        self.freshen(function, say)
        workspace = workspace or self._session.workspace
        return deploy_called(self._session, self, function.packaged, say, workspace)

    def deploy(
        self, function: PackagedCell, say: Progress, force: bool = False
    ) -> Deployment | None:
        """Deploy it as it stands now. None where verbs are inert."""
        self.freshen(function, say)
        if self._session.inert:
            self.skip(f"deploy {function.name}")
            return None
        deployment = self._session.workspace.deploy(function.package, force=force, progress=say)
        self.after_deploy(deployment)
        return deployment

    def invoke(self, name: str, params: Mapping[str, Any]) -> ActivationView:
        """Run the action once; front ends hear of it."""
        record = self._session.workspace.invoke(name, params).to_json()
        self._session.front_ends.send({"event": "activation", "id": record["id"]})
        return ActivationView.of(record)

    def run_here(self, name: str, params: Mapping[str, Any]) -> LocalRun:
        """Run a function of this notebook in place of its action."""
        function = self.known(name)
        if not isinstance(function, PackagedFunction):
            self.skip(f"invoke {name}")
            return LocalRun({}, 0)
        begun = perf_counter()
        token = self._session.inside_a_function.set(True)
        try:
            result = function.local.invoke({**function.cell.options.parameters, **params})
        finally:
            self._session.inside_a_function.reset(token)
        return LocalRun(result, round((perf_counter() - begun) * 1000))

    def after_deploy(self, deployment: Deployment) -> None:
        """The card shows where it stands."""
        self._session.deployed[deployment.target, deployment.name] = card_deployed(deployment)
        function = self._session.functions.get(deployment.name)
        if function is not None:
            function.output.update(
                deployed=card_deployed(deployment),
                target={"name": deployment.target, "label": deployment.target_label},
            )
        if deployment.target == self._session.workspace.target_name:
            tell_state(self._session, deployment.name, "deployed")
            if function is not None:
                look_at_calls(self._session, function)
        self._session.tell_functions()

    def after_remove(self, name: str, target: str) -> None:
        """The card stands on that target no more."""
        self._session.deployed.pop((target, name), None)
        function = self._session.functions.get(name)
        if function is not None:
            function.output.update(deployed=None)
        if target == self._session.workspace.target_name:
            tell_state(self._session, name, "missing" if function is None else "notebook")
        self._session.tell_functions()

    def skip(self, words: str) -> None:
        """Say that a verb did nothing."""
        print(f"Skipped: {words} (this run only packages the functions)")  # noqa: T201 likewise


def failed(view: ActivationView) -> ActivationFailed:
    """One line on a failed run, for below its view."""
    if view.record.get("children"):
        where, printed = f"%faas session {view.id}", f"%faas logs {view.id}"
        return run_failed(view.record, f"Where: {where}\nWhat its steps printed: {printed}")
    return run_failed(view.record, "Its logs are above." if view.logs else "")
