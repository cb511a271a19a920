"""What the first function needs, made ready while nobody waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from threading import Event, Thread

# In the order in which a notebook comes to need them: modules of ours, and what they are made of.
_MODULES = (
    "jupyter_faas.bundle",
    "packaging.specifiers",
    "packaging.requirements",
    "packaging.metadata",
    "jupyter_faas.capture.visitor",
    "jupyter_faas.workspace.packaging",
    "jupyter_faas.cost",
    "jupyter_faas.client",
    "jupyter_faas.workspace.models",
    "jupyter_faas.vendoring",
    "jupyter_faas.playground",
    "jupyter_faas.workspace.early",
    "jupyter_faas.workspace.rooms",
    "urllib3",
    "requests",
    "encodings.idna",
    "jupyter_faas.workspace.handover.verbs",
    "jupyter_faas.workspace.verbs",
    "jupyter_faas.workspace.deploys",
    "jupyter_faas.workspace.compositions",
    "jupyter_faas.workspace.kept_graphs",
    "jupyter_faas.workspace.sessions",
    "jupyter_faas.magics.table",
)
# Of front ends without our extension: what a card there is drawn with.
WIDGETS = "jupyter_faas.widgets.widget"
Step = Callable[[], object]


def _compile() -> None:
    from jupyter_faas.workspace.local import compile_action_main

    compile_action_main()


STEPS: tuple[Step, ...] = (*(partial(import_module, name) for name in _MODULES), _compile)


class WarmUp:
    """Takes its steps in a thread, one after the other, and begins none while a cell runs.

    An import holds the interpreter for some milliseconds: that must not slow down what the user
    does. What is not ready by the time that it is needed is made then, and a step that fails leaves
    its error to whoever needs it.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._nobody_waits = Event()
        self._over = Event()
        self._stopped = False
        self._thread = Thread(target=self._run, name="warm-up", daemon=True)

    def begin(self) -> None:
        """Begin when the cell that runs now has ended; returns at once."""
        self._thread.start()

    def pause(self, _: object = None) -> None:
        """A cell begins."""
        self._nobody_waits.clear()

    def go_on(self) -> None:
        """A cell has ended."""
        self._nobody_waits.set()

    def wait(self, limit_s: float) -> bool:
        """Whether all is ready, which is waited for, in a cell too."""
        self.go_on()
        return self._over.wait(limit_s)

    def stop(self) -> None:
        """Begin no further step."""
        self._stopped = True
        self.go_on()

    def close(self) -> None:
        """Stop, and wait for the step that has begun; a second time does nothing."""
        self.stop()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        for step in self._steps:
            self._nobody_waits.wait()
            if self._stopped:
                return
            try:
                step()
            except Exception:  # noqa: S112 - see above
                continue
        self._over.set()
