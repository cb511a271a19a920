"""The verbs about versions beside a function, and what all verbs of a notebook need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

from jupyter_faas.commands.functions import deployed_lines, more_lines
from jupyter_faas.commands.history import alias_line
from jupyter_faas.errors import InputError
from jupyter_faas.magics.composition_calls import refresh_calls, show_action_state
from jupyter_faas.magics.function_packaging import repackage
from jupyter_faas.magics.packaged_cells import PackagedCell, card_deployed
from jupyter_faas.magics.progress import show_progress
from jupyter_faas.widgets import CanaryView, ShadowView
from jupyter_faas.workspace import text
from jupyter_faas.workspace.naming import matching_functions

if TYPE_CHECKING:
    from jupyter_faas.magics.progress import Progress
    from jupyter_faas.magics.session import NotebookSession
    from jupyter_faas.workspace import Deployment
    from jupyter_faas.workspace.rollouts.service import RolloutService


class RolloutVerbs:
    """The operations on versions of a notebook's functions. ``NotebookVerbs`` has all others."""

    def __init__(self, session: NotebookSession) -> None:
        self._session = session

    @property
    def _rollouts(self) -> RolloutService:
        return self._session.workspace.rollouts

    def set_alias(self, name: str, alias: str, version: str | None) -> None:
        """Name a version of a function, and print the name."""
        if self._skipped(f"alias {name} {alias}"):
            return
        with self._progress():
            done = self._session.workspace.aliases.set(name, alias, version)
        print(alias_line(name, done))  # noqa: T201 a notebook's own output

    def deploy_dev(self, name: str) -> None:
        """Deploy a function as ``NAME-dev``, and print the action and the time that it took."""
        if self._skipped(f"deploy {name}-dev"):
            return
        function, begun = self.find_local(name), perf_counter()
        display = self._session.new_progress_display()
        with show_progress(display) as progress:
            rollouts = self._session.workspace.rollouts
            done = rollouts.deploy_dev(function.package, progress=progress)
        first, *others = deployed_lines(done)
        took = text.duration(round((perf_counter() - begun) * 1000))
        display.finish((f"{first.removesuffix('.')} in {took}.", *others))
        self.after_deploy(done)

    def deploy_shadow(self, name: str) -> Deployment | None:
        """Deploy a function as ``NAME-shadow``. Returns None in an inert run."""

        def deploy(package: str, progress: Progress) -> Deployment:
            return self._rollouts.deploy_shadow(package, progress=progress)

        return self._deploy_beside(name, "shadow", deploy)

    def deploy_canary(self, name: str, percent: float, **options: Any) -> Deployment | None:
        """Deploy a function as ``NAME-canary``. Returns None in an inert run.

        ``options`` are those of ``RolloutService.deploy_canary``.
        """

        def deploy(package: str, progress: Progress) -> Deployment:
            return self._rollouts.deploy_canary(package, percent, **options, progress=progress)

        return self._deploy_beside(name, "canary", deploy)

    def _deploy_beside(
        self, name: str, role: str, deploy: Callable[[str, Progress], Deployment]
    ) -> Deployment | None:
        if self._skipped(f"deploy {name} --{role}"):
            return None
        function = self.find_local(name)
        display = self._session.new_progress_display()
        with show_progress(display) as progress:
            self.repackage_if_stale(function, progress)
            deployment = deploy(function.package, progress)
        display.finish(more_lines(deployment))
        self.after_deploy(deployment)
        return deployment

    def show_shadow(self, name: str) -> ShadowView | None:
        """Return the comparison of a function with its shadow, or None in an inert run."""
        if self._skipped(f"shadow {name}"):
            return None
        with self._progress() as progress:
            progress(f"Comparing {name} with its shadow…")
            return ShadowView(self._rollouts.shadow(name))

    def promote(self, name: str) -> Deployment | None:
        """Deploy the canary or the shadow of a function as the function.

        Returns None in an inert run.
        """
        if self._skipped(f"promote {name}"):
            return None
        with self._progress() as progress:
            deployment = self._rollouts.promote(name, progress=progress)
        self.after_deploy(deployment)
        return deployment

    def discard(self, name: str) -> None:
        """Remove the canary or the shadow of a function."""
        if not self._skipped(f"discard {name}"):
            with self._progress():
                done = self._rollouts.discard(name)
            if done.warning:
                self._session.new_progress_display().finish([done.warning])
            for removed in done.removed:
                self.after_remove(removed, self._session.workspace.target_name)

    def show_canary(self, name: str) -> CanaryView | None:
        """Return the figures of both versions of a function, or None in an inert run."""
        if self._skipped(f"canary {name}"):
            return None
        with self._progress() as progress:
            progress(f"Counting the calls to {name}…")
            return CanaryView(self._rollouts.canary(name))

    # All verbs of a notebook use these.

    def find_local(self, name: str) -> PackagedCell:
        """Return a function that was packaged in this notebook.

        Raises InputError if it is unknown.
        """
        functions = self._session.functions
        if name not in functions:
            self.check_cell(name)
            known = f" Packaged: {', '.join(sorted(functions))}." if functions else ""
            raise InputError(
                f"This notebook has no packaged function {name!r}.",
                hint=f"Run its %%function or %%composition cell first.{known}",
            )
        return functions[name]

    def check_cell(self, name: str) -> None:
        """Raise InputError if the cell of a function failed when it last ran."""
        session = self._session
        if matching_functions(name, session.functions):
            return
        for failed in matching_functions(name, session.failed_cells):
            raise InputError(
                f"{failed} was not packaged, because its cell failed when it last ran.",
                hint="Fix the error that the cell shows, and run the cell again.",
            )

    def repackage_if_stale(self, function: PackagedCell, progress: Progress) -> None:
        """Package a function again if a captured value has changed."""
        self._session.check(function)
        if function.stale:
            progress(f"{', '.join(function.stale)} changed: packaging {function.name} again…")
            repackage(self._session, function, progress)

    def after_deploy(self, deployment: Deployment) -> None:
        """Update the cards and the front ends after a deploy."""
        self._session.deployed[deployment.target, deployment.name] = card_deployed(deployment)
        function = self._session.functions.get(deployment.name)
        if function is not None:
            function.output.update(
                deployed=card_deployed(deployment),
                target={"name": deployment.target, "label": deployment.target_label},
            )
        # The cards of compositions show states only for the current target.
        if deployment.target == self._session.workspace.target_name:
            show_action_state(self._session, deployment.name, "deployed")
            if function is not None:
                refresh_calls(self._session, function)
        self._session.send_functions()

    def after_remove(self, name: str, target: str) -> None:
        """Update the cards and the front ends after a removal."""
        self._session.deployed.pop((target, name), None)
        function = self._session.functions.get(name)
        if function is not None:
            function.output.update(deployed=None)
        if target == self._session.workspace.target_name:
            show_action_state(self._session, name, "missing" if function is None else "notebook")
        self._session.send_functions()

    @contextmanager
    def _progress(self) -> Iterator[Progress]:
        """Show progress during the block, and clear it afterwards."""
        display = self._session.new_progress_display()
        with show_progress(display) as progress:
            yield progress
        display.clear()

    def _skipped(self, words: str) -> bool:
        """Return whether this is an inert run. If so, print that the verb was skipped."""
        if self._session.inert:
            self.skip(words)
        return self._session.inert

    def skip(self, words: str) -> None:
        """Print that a verb was skipped."""
        print(f"Skipped: {words} (this run only packages the functions)")  # noqa: T201 a notebook's own output
