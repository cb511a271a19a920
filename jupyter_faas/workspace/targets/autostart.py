"""A playground that is started before anybody waits for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread

from jupyter_faas.errors import FaasError


class PlaygroundAutostart:
    """Starts the playground in a thread of its own, where none ``runs``.

    ``start`` is given the end to read of a pipe and starts a playground that ends when the other
    end closes, which is when this process does, unless it was used by then. What goes wrong is not
    told: whoever comes to need the playground starts it again, and hears of it.
    """

    def __init__(self, runs: Callable[[], bool], start: Callable[[int], object]) -> None:
        self._runs = runs
        self._start = start
        self._lock = Lock()
        self._thread: Thread | None = None
        # One for all that is ever started: a slow one may still be on its way when the next is.
        self._pipe: tuple[int, int] | None = None

    def begin(self) -> None:
        """Start it; returns at once. Does nothing while an earlier one is not over."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                # A daemon: the end of the process does not wait for it.
                self._thread = Thread(target=self._run, name="early playground", daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """Return when what was begun is over."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def close(self) -> None:
        """Nobody here wants the playground any more; a second time does nothing."""
        self.wait()
        pipe, self._pipe = self._pipe, None
        for end in pipe or ():
            os.close(end)

    def _run(self) -> None:
        if self._runs():
            return
        if self._pipe is None:
            self._pipe = os.pipe()
        with suppress(FaasError, OSError):
            self._start(self._pipe[0])
