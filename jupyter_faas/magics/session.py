"""The state of one kernel: its workspace, its packaged functions and its front ends.

extension.py describes how a cell becomes an entry of the registry. The session does not import the
magics that use it, so ``begin`` receives the operations of the comm. After each cell,
``_after_cell`` shows outputs that were updated between cells, and checks the registry for drift.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from jupyter_faas.magics.background import (
    CARD_STEPS,
    DEPLOY_STEPS,
    WIDGETS_MODULE,
    Background,
    WarmUp,
    import_model_modules,
)
from jupyter_faas.magics.cells.cell_log import CellLog
from jupyter_faas.magics.comm import TARGET, Answer, FrontEnds
from jupyter_faas.magics.drift import DriftWatch
from jupyter_faas.magics.packaged_cells import PackagedCell
from jupyter_faas.magics.progress import CellDisplay, ProgressDisplay, TerminalDisplay
from jupyter_faas.notebook_file import notebook_path
from jupyter_faas.serialization import ConversionHelper
from jupyter_faas.serialization.helper import model_libraries

if TYPE_CHECKING:
    from jupyter_faas.widgets import Output
    from jupyter_faas.workspace import Workspace
    from jupyter_faas.workspace.options import ActionOptions
    from jupyter_faas.workspace.targets.kernel_target import KernelTarget

INERT_VARIABLE = "JUPYTER_FAAS_INERT"


class NotebookSession:
    """The session of one kernel, from ``%load_ext`` to ``%unload_ext`` or the end of the kernel.

    ``shell`` is IPython's shell, typed as ``Any`` because IPython's type hints are incomplete.
    ``helper`` is the process that converts models. The session closes it.
    """

    def __init__(
        self,
        shell: Any,
        environment: Mapping[str, str],
        helper: ConversionHelper | None = None,
        *,
        clock_ms: Callable[[], int] = lambda: int(time.time() * 1000),
    ) -> None:
        self.shell = shell
        self.environment = environment
        self.inert = environment.get(INERT_VARIABLE, "") not in ("", "0")
        self.clock_ms = clock_ms
        self.functions: dict[str, PackagedCell] = {}
        # The names whose cell failed when it last ran, with the id of the cell.
        self.failed_cells: dict[str, str | None] = {}
        # The deployed state that this kernel saw last. Keys are (target, function's path), values
        # are a card's ``deployed``.
        self.deployed: dict[tuple[str, str], dict[str, Any]] = {}
        # ``%faas debug`` has set these variables, and may overwrite only these.
        self.debug_variables: dict[str, object] = {}
        # This is True while a packaged function runs. Handles then call the plain function, as
        # inside an action.
        self.inside_a_function: ContextVar[bool] = ContextVar("inside a function", default=False)
        self.background = Background(_log)
        # Outputs that a background thread updated. They are shown again after the next cell.
        self.late_outputs: SimpleQueue[Output] = SimpleQueue()
        self._drift_timer: asyncio.TimerHandle | None = None
        # The first cell and the warm-up thread may open the workspace at the same time.
        self._workspace_lock = Lock()
        self._workspace: Workspace | None = None
        self._kept_target: KernelTarget | None = None
        self.drift: DriftWatch[PackagedCell] = DriftWatch(_fingerprint)
        # The functions that the running cell has called, with the changed values that it was told.
        self._told_in_cell: dict[PackagedCell, tuple[str, ...]] = {}
        self.front_ends = FrontEnds()
        # Whether a magic chose the target while no front end was there to record it.
        self.unrecorded_target = False
        self.cells = CellLog(shell, environment, clock_ms)
        self.helper = helper or ConversionHelper()
        # While a cell waits for the helper, the modules that its card needs can be imported.
        self.helper.waiting = lambda: self.warm_up.while_waiting()
        self.warm_up = WarmUp(
            (
                *CARD_STEPS,
                self._import_widgets,
                *DEPLOY_STEPS,
                self.helper.wait_until_ready,
                # By now, the notebook's first cells have often imported scikit-learn.
                import_model_modules,
                self._reach_playground,
            )
        )
        # The same for models, if the helper starts only when a cell uses one of their libraries.
        self.model_warm_up = WarmUp((self.helper.wait_until_ready, import_model_modules))

    # These services are created on first use.

    @property
    def workspace(self) -> Workspace:
        """The workspace of this kernel's data directory, opened on first use. Thread-safe."""
        with self._workspace_lock:
            if self._workspace is None:
                from jupyter_faas.workspace import Workspace
                from jupyter_faas.workspace.targets.kernel_target import KernelTarget
                from jupyter_faas.workspace.targets.notebook_target import target_in_file

                # The file is read, because with "Run All" the cells arrive before the front end can
                # tell the target that the notebook records.
                path = notebook_path(self.shell, self.environment)
                opened = Workspace.of_notebook(target_in_file(path))
                kept = KernelTarget(opened.data_dir, _connection_file(self.shell))
                if path is None:
                    # The notebook was renamed after the kernel started first, or it has no file.
                    opened.target_registry.notebook = kept.read()
                kept.write(opened.target_registry.notebook)
                self._workspace, self._kept_target = opened, kept
                Workspace.notebook = self._workspace
            return self._workspace

    def workspace_at(self, target: str | None) -> Workspace:
        """Return the kernel's workspace, or a workspace for ``target`` if that is given."""
        if target is None:
            return self.workspace
        return self.workspace.at(target)

    @property
    def target(self) -> str | None:
        """The target of this notebook, or None if it follows the default."""
        return self.workspace.target_registry.notebook

    def set_target(self, name: str | None) -> None:
        """Set the target that the notebook records, as a front end says."""
        self.unrecorded_target = False
        if name != self.target:
            self.workspace.target_registry.notebook = name
            self._keep_for_restart()
            # Front ends of other notebooks may share this kernel, and so its target.
            self._send_target()

    def keep_target(self) -> bool:
        """Let the front ends record the target that a magic has chosen.

        Returns whether a front end is connected. Otherwise the first one to connect records it.
        """
        if not self.front_ends.listening:
            self.unrecorded_target = True
            return False
        self._keep_for_restart()
        self._send_target()
        return True

    def _keep_for_restart(self) -> None:
        if self._kept_target is not None:
            self._kept_target.write(self.target)

    def _send_target(self) -> None:
        self.front_ends.send({"event": "target", "name": self.target})

    # These methods start and stop the session.

    def begin(self, operations: Mapping[str, Answer]) -> None:
        """Start the warm-up, the comm, the hooks around cells and, for models, the helper.

        Returns at once. ``operations`` maps the names of the front ends' requests to the functions
        that answer them (comm_operations.py).
        """
        self.front_ends.operations = operations
        self.warm_up.begin()
        if self._without_helper and model_libraries.is_imported():
            self._start_helper()
        self.shell.events.register("pre_run_cell", self._before_cell)
        self.shell.events.register("post_run_cell", self._after_cell)
        self.cells.begin()
        manager = self._comm_manager()
        if manager is not None:
            manager.register_target(TARGET, self.front_ends.open)

    def wait_until_warm(self, limit_s: float) -> None:
        """Wait for the end of the warm-up. Raises TimeoutError after ``limit_s`` seconds."""
        end = time.monotonic() + limit_s
        if not all(each.wait(end - time.monotonic()) for each in self._warm_ups()):
            raise TimeoutError(f"Start-up did not finish within {limit_s:g} s.")

    def close(self) -> None:
        """Stop everything that ``begin`` started. A second call has no effect."""
        # IPython raises an error when an unknown callback is unregistered.
        if self._after_cell in self.shell.events.callbacks["post_run_cell"]:
            self.shell.events.unregister("post_run_cell", self._after_cell)
            self.shell.events.unregister("pre_run_cell", self._before_cell)
            manager = self._comm_manager()
            if manager is not None:
                manager.unregister_target(TARGET, self.front_ends.open)
        if self._drift_timer is not None:
            self._drift_timer.cancel()
        self.cells.close()
        self.front_ends.close()
        # The warm-up may be waiting for the helper, so it is told to stop first, and its thread is
        # joined after the helper has ended.
        for each in self._warm_ups():
            each.stop()
        self.background.close()
        self.helper.close()
        for each in self._warm_ups():
            each.close()
        with self._workspace_lock:
            if self._workspace is not None:
                type(self._workspace).notebook = None
                self._workspace.close()

    def _comm_manager(self) -> Any:
        return getattr(getattr(self.shell, "kernel", None), "comm_manager", None)

    def begin_playground(self) -> None:
        """Start the playground in the background for a possible deploy, unless the run is inert."""
        if not self.inert:
            self.workspace.playground.prestart()

    def _import_widgets(self) -> None:
        if self.with_widgets:
            import_module(WIDGETS_MODULE)

    def _reach_playground(self) -> None:
        """Contact the playground in advance if it is the current target.

        An inert run does not contact any target.
        """
        if not self.inert:
            self.workspace.playground.prestart(wait=True)

    # These members decide how outputs are displayed.

    @property
    def has_kernel(self) -> bool:
        """Whether outputs can be updated and widgets drawn. A terminal can do neither."""
        return getattr(self.shell, "kernel", None) is not None

    @property
    def with_widgets(self) -> bool:
        """Whether outputs include an ipywidget, for front ends without our extension."""
        return self.has_kernel and not self.inert and not self.front_ends.listening

    @property
    def measures(self) -> bool:
        """Whether a cold start is measured after a cell and shown on its card."""
        return self.has_kernel and not self.inert

    def new_progress_display(self) -> ProgressDisplay:
        """Return a display for the progress of the running cell."""
        return (CellDisplay if self.has_kernel else TerminalDisplay)(uuid4().hex)

    # These methods manage the registry of packaged functions.

    def add(self, function: PackagedCell) -> None:
        """Register a function. It replaces an earlier one with the same name."""
        self.forget(function.name)
        self.functions[function.name] = function
        self.failed_cells.pop(function.name, None)
        # The cell may have another name now.
        self.failed_cells = {
            name: id_
            for name, id_ in self.failed_cells.items()
            if id_ is None or id_ != function.cell.id
        }
        self.drift.begin(function, function.watched_names(), self.shell.user_ns)
        self.send_functions()

    def forget(self, name: str) -> None:
        """Remove a function from the registry. An unknown name is ignored."""
        entry = self.functions.pop(name, None)
        if entry is not None:
            self.drift.forget(entry)

    def forget_cell(self, options: ActionOptions, cell_id: str | None) -> None:
        """Remove the functions that this cell packaged earlier, in any OpenWhisk package."""
        self.forget(options.path)
        moved = [
            one.name
            for one in self.functions.values()
            if cell_id is not None and one.cell.id == cell_id and one.base_name == options.name
        ]
        for name in moved:
            self.forget(name)

    def note_failed_cell(self, cell_id: str | None, name: str | None = None) -> None:
        """Remove what a cell packaged earlier, because its last run failed, and tell front ends.

        ``name`` is None if the line of the cell is invalid. The cell is then known by its id.
        """
        earlier = [
            one.name for one in self.functions.values() if cell_id and one.cell.id == cell_id
        ]
        for each in earlier:
            self.forget(each)
        self.failed_cells |= dict.fromkeys(earlier if name is None else [*earlier, name], cell_id)
        self.send_functions()

    def packages(self) -> dict[str, str]:
        """Return the ids of the package records, by function name."""
        return {name: one.package for name, one in self.functions.items()}

    def names_in_cells(self) -> list[str]:
        """Return the names that a cell still defines, without those it had before it was renamed.

        Functions of cells without an id count as functions of separate cells.
        """
        # ``add`` appends, so the last name of a cell is the current one.
        newest = {one.cell.id or one: name for name, one in self.functions.items()}
        return list(newest.values())

    def deployed_here(self, name: str) -> dict[str, Any] | None:
        """Return the last known deployed state of a name on the current target, or None."""
        return self.deployed.get((self.workspace.target_name, name))

    def check(self, function: PackagedCell) -> None:
        """Update the function's ``stale`` without a time limit."""
        if self.drift.check(function, self.shell.user_ns):
            self.send_functions()

    def drift_to_tell(self, function: PackagedCell) -> tuple[str, ...]:
        """Return the values that changed since packaging, once for each change.

        The first call in a cell checks the values if that is cheap. Later calls check them only
        when they are due, so that a loop is not slowed down.
        """
        told = self._told_in_cell.get(function)
        if self.drift.check_if_cheap(function, self.shell.user_ns, again=told is not None):
            self.send_functions()
        self._told_in_cell.setdefault(function, ())
        # A counter that changes with each call of a loop is told once, too.
        if function.drifted == function.warned_of or function.stale == told:
            return ()
        function.warned_of = function.drifted
        self._told_in_cell[function] = function.stale
        return function.stale

    def send_functions(self) -> None:
        """Send the list of packaged functions to the front ends."""
        self.front_ends.send(self.functions_event())

    def functions_event(self) -> dict[str, object]:
        """Return the event that lists the functions, in the format of ``kernel_functions.json``."""
        functions = [one.to_json() for one in self.functions.values()]
        return {"event": "functions", "functions": functions}

    def _before_cell(self, info: Any) -> None:
        for each in self._warm_ups():
            each.pause()
        # The helper then starts while the cell imports the library itself.
        if self._without_helper and model_libraries.is_named_in(info.raw_cell or ""):
            self._start_helper()

    def _after_cell(self, result: object = None) -> None:
        self._told_in_cell.clear()
        self.cells.end_cell(result)
        self._show_late_outputs()
        if self.functions:
            self._check_drift(list(self.functions.values()))
        # Unpickling a model and importing a module of the user may import the library too.
        if self._without_helper and model_libraries.is_imported():
            self._start_helper()
        for each in self._warm_ups():
            each.resume()

    @property
    def _without_helper(self) -> bool:
        # Where the converters are not installed, the process is missing even after the first start.
        return self.helper.pid is None and not self.model_warm_up.begun

    def _start_helper(self) -> None:
        self.helper.start()
        self.model_warm_up.begin()

    def _warm_ups(self) -> list[WarmUp]:
        return [each for each in (self.warm_up, self.model_warm_up) if each.begun]

    def _check_drift(self, functions: Sequence[PackagedCell]) -> None:
        if self.drift.check_due(functions, self.shell.user_ns):
            self.send_functions()
        unchecked = self.drift.unchecked
        if self._drift_timer is not None:
            self._drift_timer.cancel()
            self._drift_timer = None
        if not unchecked:
            return
        try:
            # The user may not run another cell, so the remaining functions are checked between
            # cells.
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # without an event loop, as in a terminal, the next cell triggers the check
        # The event loop runs in this thread, so no cell changes the values during the check.
        self._drift_timer = loop.call_later(self.drift.wait_s(), self._check_drift, unchecked)

    def _show_late_outputs(self) -> None:
        """Publish outputs again if they changed between two cells.

        nbclient and similar clients record outputs only while a cell runs.
        """
        while not self.late_outputs.empty():
            output = self.late_outputs.get()
            if not self.front_ends.listening:
                output.repeat()


def _connection_file(shell: Any) -> Path | None:
    """Return the kernel's connection file, or None in a terminal."""
    try:
        return Path(shell.kernel.parent.abs_connection_file)
    except AttributeError:  # Kernels other than ipykernel's have other attributes.
        return None


def _fingerprint(names: Iterable[str], namespace: Mapping[str, object]) -> Mapping[str, str]:
    from jupyter_faas.capture import fingerprint

    found: Mapping[str, str] = fingerprint(names, namespace)
    return found


def _log(error: BaseException) -> None:
    logging.getLogger("jupyter_faas").warning("Background work failed", exc_info=error)
