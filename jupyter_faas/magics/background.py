"""Background work of a kernel: a queue for work after a cell, and the warm-up of imports."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from importlib import import_module
from queue import SimpleQueue
from threading import Event, Lock, Thread

Work = Callable[[], object]


class Background:
    """A worker thread that runs queued work one piece at a time, until ``close``.

    The queued work measures cold starts. Two measurements at once would slow each other down.
    """

    def __init__(self, on_error: Callable[[BaseException], None]) -> None:
        self._on_error = on_error
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None
        self._closed = False

    def add(self, work: Work) -> None:
        """Queue ``work``, whose output appears below the cell that is running now.

        After ``close`` the call has no effect.
        """
        # ipykernel uses a context variable to decide which cell an output belongs to.
        context = copy_context()
        with self._lock:
            if self._closed:
                return
            self._queue.put(lambda: context.run(work))
            # Start the thread only with the first work, because many notebooks never queue any.
            if self._thread is None:
                self._thread = Thread(target=self._run, name="jupyter_faas background", daemon=True)
                self._thread.start()

    def close(self, wait_s: float = 2.0) -> None:
        """Drop queued work and wait up to ``wait_s`` seconds for work that has begun."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        # None wakes the thread, which may be waiting for work.
        self._queue.put(None)
        if thread is not None:
            thread.join(wait_s)

    def _run(self) -> None:
        while True:
            work = self._queue.get()
            if work is None or self._closed:
                return
            try:
                work()
            except Exception as error:  # no caller of this thread could catch the error
                self._on_error(error)


# The modules that the first card of a notebook needs, in the order of their use.
_CARD_MODULES = (
    "jupyter_faas.bundle",
    "packaging.specifiers",
    "packaging.requirements",
    "packaging.metadata",
    "jupyter_faas.capture.analysis.visitor",
    "jupyter_faas.workspace.packaging.function",
    "jupyter_faas.cost",
    "jupyter_faas.client",
    "jupyter_faas.workspace.model_stores.service",
    "jupyter_faas.vendoring",
    "jupyter_faas.playground",
    "jupyter_faas.workspace.targets.playground",
    "jupyter_faas.workspace.targets.autostart",
    "jupyter_faas.workspace.cleanroom.manager",
)
# The modules that the first deploy needs.
_DEPLOY_MODULES = (
    "urllib3",
    "requests",
    "encodings.idna",
    "jupyter_faas.commands.handover",
    "jupyter_faas.commands.table",
    "jupyter_faas.workspace.deployment.service",
    "jupyter_faas.workspace.deployment.composition_service",
    "jupyter_faas.workspace.sessions.graphs",
    "jupyter_faas.workspace.sessions.service",
    "jupyter_faas.magics.faas_magic",
)
# The modules that a notebook's first model needs.
_MODEL_MODULES = (
    "jupyter_faas.serialization.sklearn.unsupported_models",
    "jupyter_faas.serialization.sklearn.row_generator",
    "jupyter_faas.serialization.sklearn.sample",
)
# The module that draws cards in front ends without our extension.
WIDGETS_MODULE = "jupyter_faas.widgets.widget"
Step = Callable[[], object]


def _compile() -> None:
    from jupyter_faas.workspace.local.function import compile_action_main

    compile_action_main()


def import_model_modules() -> None:
    """Import what packages models, if the notebook has imported scikit-learn.

    These modules import numpy, which other notebooks may not need.
    """
    if "sklearn" in sys.modules:
        for name in _MODEL_MODULES:
            import_module(name)


def _imports(names: Sequence[str]) -> tuple[Step, ...]:
    return tuple(partial(import_module, name) for name in names)


CARD_STEPS = (*_imports(_CARD_MODULES), _compile)
DEPLOY_STEPS = _imports(_DEPLOY_MODULES)


class WarmUp:
    """Runs import steps in a thread while no cell is running, or the cell is waiting.

    An import holds the interpreter lock for several milliseconds, which must not slow down the
    user's cells. Modules that are not imported in time are imported on first use. A step that fails
    is skipped, because the error appears again on first use.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._idle = Event()
        self._finished = Event()
        self._stopped = False
        self._thread = Thread(target=self._run, name="warm-up", daemon=True)

    def begin(self) -> None:
        """Start the thread, which runs its first step when the current cell has ended."""
        self._thread.start()

    @property
    def begun(self) -> bool:
        """Whether the thread was started."""
        return self._thread.ident is not None

    def pause(self) -> None:
        """Pause before the next step, because a cell is about to run."""
        self._idle.clear()

    def resume(self) -> None:
        """Continue with the steps, because the cell has ended."""
        self._idle.set()

    @contextmanager
    def while_waiting(self) -> Iterator[None]:
        """Continue with the steps in the ``with`` block, in which the running cell only waits."""
        was_idle = self._idle.is_set()
        self.resume()
        try:
            yield
        finally:
            if not was_idle:
                self.pause()

    def wait(self, limit_s: float) -> bool:
        """Wait up to ``limit_s`` seconds and return whether all steps have ended.

        The steps then run even while a cell is running.
        """
        self.resume()
        return self._finished.wait(limit_s)

    def stop(self) -> None:
        """Skip all further steps."""
        self._stopped = True
        # The thread may be waiting for the end of a cell.
        self.resume()

    def close(self) -> None:
        """Skip further steps and wait for the running step. A second call has no effect."""
        self.stop()
        if self.begun:
            self._thread.join()

    def _run(self) -> None:
        for step in self._steps:
            self._idle.wait()
            if self._stopped:
                return
            try:
                step()
            except Exception:  # noqa: S112 - the error appears on first use
                continue
        self._finished.set()
