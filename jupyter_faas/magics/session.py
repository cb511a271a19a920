"""What one kernel holds: its workspace, its packaged functions, and who listens to them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from functools import cached_property
from importlib import import_module
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from jupyter_faas.magics.background import STEPS, WIDGETS, Background, WarmUp
from jupyter_faas.magics.cells.cell_log import CellLog
from jupyter_faas.magics.comm import TARGET, Answer, FrontEnds
from jupyter_faas.magics.drift import DriftWatch
from jupyter_faas.magics.packaged_cells import PackagedCell
from jupyter_faas.magics.progress import CellPlace, LinePlace, Place

if TYPE_CHECKING:
    from jupyter_faas.serialization import ConversionHelper
    from jupyter_faas.widgets import Output
    from jupyter_faas.workspace import Workspace
    from jupyter_faas.workspace.options import ActionOptions

INERT_VARIABLE = "JUPYTER_FAAS_INERT"


class NotebookSession:
    """Begins with ``%load_ext jupyter_faas``, ends with ``%unload_ext`` or the kernel.

    ``shell`` is IPython's; only half of its types are written, so they are not checked.
    """

    def __init__(
        self,
        shell: Any,
        environment: Mapping[str, str],
        *,
        clock_ms: Callable[[], int] = lambda: int(time.time() * 1000),
    ) -> None:
        self.shell = shell
        self.environment = environment
        self.inert = environment.get(INERT_VARIABLE, "") not in ("", "0")
        self.clock_ms = clock_ms
        self.functions: dict[str, PackagedCell] = {}
        # What this kernel knows to be deployed: (target, function's path) -> a card's ``deployed``.
        self.deployed: dict[tuple[str, str], dict[str, Any]] = {}
        # What ``%faas debug`` put into variables: a name of the user's own is not written over.
        self.debugged: dict[str, object] = {}
        self.inside_a_function: ContextVar[bool] = ContextVar("inside a function", default=False)
        self.background = Background(_log)
        self.unheard: SimpleQueue[Output] = SimpleQueue()
        self._later: asyncio.TimerHandle | None = None
        self._opening = Lock()
        self._workspace: Workspace | None = None
        self.drift: DriftWatch[PackagedCell] = DriftWatch(_fingerprint)
        self.front_ends = FrontEnds()
        self.cells = CellLog(shell, environment, clock_ms)
        self.warm_up = WarmUp((*STEPS, self.helper.becomes_warm, self._bring_widgets, self._reach))

    # Made when first needed

    @property
    def workspace(self) -> Workspace:
        """The workspace of this kernel's data folder; one, whichever thread needs it first."""
        with self._opening:
            if self._workspace is None:
                from jupyter_faas.workspace import Workspace

                self._workspace = Workspace.open()
            return self._workspace

    @cached_property
    def helper(self) -> ConversionHelper:
        """The process that converts models; it warms up while the user works."""
        from jupyter_faas.serialization import ConversionHelper

        return ConversionHelper()

    def workspace_at(self, target: str | None) -> Workspace:
        """The workspace, for one verb with another target when one is named."""
        if target is None:
            return self.workspace
        from jupyter_faas.workspace import Workspace

        return Workspace.open(self.workspace.data_dir, target)

    # Beginning and end

    def begin(self, operations: Mapping[str, Answer]) -> None:
        """Start the helper and the warm-up (which return at once), the comm and the look after
        each cell. ``operations`` answer the front ends, by name (comm_operations.py)."""
        self.front_ends.operations = operations
        self.helper.start()
        self.warm_up.begin()
        self.shell.events.register("pre_run_cell", self.warm_up.pause)
        self.shell.events.register("post_run_cell", self._after_cell)
        self.cells.begin()
        manager = self._comm_manager()
        if manager is not None:
            manager.register_target(TARGET, self.front_ends.open)

    def wait_until_warm(self, limit_s: float) -> None:
        """Return when what ``begin`` began in the background is over. Raises TimeoutError."""
        if not self.warm_up.wait(limit_s):
            raise TimeoutError(f"What %load_ext began is not over after {limit_s:g} s.")

    def close(self) -> None:
        """End everything that was begun; a second time does nothing."""
        if self._after_cell in self.shell.events.callbacks["post_run_cell"]:
            self.shell.events.unregister("post_run_cell", self._after_cell)
            self.shell.events.unregister("pre_run_cell", self.warm_up.pause)
            manager = self._comm_manager()
            if manager is not None:
                manager.unregister_target(TARGET, self.front_ends.open)
        if self._later is not None:
            self._later.cancel()
        self.cells.close()
        self.front_ends.close()
        self.warm_up.stop()
        self.background.close()
        self.helper.close()
        self.warm_up.close()
        with self._opening:
            if self._workspace is not None:
                self._workspace.close()

    def _comm_manager(self) -> Any:
        return getattr(getattr(self.shell, "kernel", None), "comm_manager", None)

    def begin_playground(self) -> None:
        """Start it for a deploy to come, in the background, where verbs reach a target at all."""
        if not self.inert:
            self.workspace.prestart_playground()

    def _bring_widgets(self) -> None:
        if self.with_widgets:
            import_module(WIDGETS)

    def _reach(self) -> None:
        """A playground that is up, and has said what it is; no other host is asked unasked."""
        if not self.inert:
            self.workspace.prestart_playground(wait=True)

    # Showing

    @property
    def has_kernel(self) -> bool:
        """Whether outputs can be updated and widgets drawn: not in a terminal."""
        return getattr(self.shell, "kernel", None) is not None

    @property
    def with_widgets(self) -> bool:
        """Whether displays get an ipywidget: not where our own extension draws them anyway."""
        return self.has_kernel and not self.inert and not self.front_ends.listening

    @property
    def measures(self) -> bool:
        """Whether cards are told after their cell how a cold start goes."""
        return self.has_kernel and not self.inert

    def new_place(self) -> Place:
        """Where the progress of the running cell's work goes."""
        return (CellPlace if self.has_kernel else LinePlace)(uuid4().hex)

    # What is packaged

    def add(self, function: PackagedCell) -> None:
        """Know a function, instead of an earlier one of its name."""
        self.forget(function.name)
        self.functions[function.name] = function
        self.drift.begin(function, function.watched_names(), self.shell.user_ns)
        self.tell_functions()

    def forget(self, name: str) -> None:
        """Know a function no longer: its cell runs anew, or failed."""
        known = self.functions.pop(name, None)
        if known is not None:
            self.drift.forget(known)

    def forget_before(self, options: ActionOptions, cell_id: str | None) -> None:
        """Know no longer what a cell that runs now packaged before, in whichever package."""
        self.forget(options.path)
        moved = [
            one.name
            for one in self.functions.values()
            if cell_id is not None and one.cell.id == cell_id and one.base_name == options.name
        ]
        for name in moved:
            self.forget(name)

    def packages(self) -> dict[str, str]:
        """The ids of the package records, by the functions' names."""
        return {name: one.package for name, one in self.functions.items()}

    def deployed_here(self, name: str) -> dict[str, Any] | None:
        """What this kernel knows the target in use to hold under a name."""
        return self.deployed.get((self.workspace.target_name, name))

    def look_at(self, function: PackagedCell) -> None:
        """Bring the function's ``stale`` up to date, whatever it takes."""
        if self.drift.look_at(function, self.shell.user_ns):
            self.tell_functions()

    def tell_functions(self) -> None:
        """Tell the front ends what is packaged here."""
        self.front_ends.send(self.functions_event())

    def functions_event(self) -> dict[str, object]:
        """``kernel_functions.json``."""
        functions = [one.to_json() for one in self.functions.values()]
        return {"event": "functions", "functions": functions}

    def _after_cell(self, result: object = None) -> None:
        self.cells.end_cell(result)
        self._repeat_unheard()
        if self.functions:
            self._look(list(self.functions.values()))
        self.warm_up.go_on()

    def _look(self, functions: Sequence[PackagedCell]) -> None:
        if self.drift.look(functions, self.shell.user_ns):
            self.tell_functions()
        missed = self.drift.missed
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if not missed:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # a terminal has no loop between its cells: the next cell looks
        # In this thread, where no cell changes what is looked at.
        self._later = loop.call_later(self.drift.wait_s(), self._look, missed)

    def _repeat_unheard(self) -> None:
        """Show again what changed between two cells.

        nbclient and the like hear only what is said while one of their cells runs.
        """
        while not self.unheard.empty():
            output = self.unheard.get()
            if not self.front_ends.listening:
                output.repeat()


def _fingerprint(names: Iterable[str], namespace: Mapping[str, object]) -> Mapping[str, str]:
    from jupyter_faas.capture import fingerprint

    found: Mapping[str, str] = fingerprint(names, namespace)
    return found


def _log(error: BaseException) -> None:
    logging.getLogger("jupyter_faas").warning("Background work failed", exc_info=error)
