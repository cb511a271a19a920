"""PlaygroundAutostart: a service that starts the playground before it is needed."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread

from jupyter_faas.errors import FaasError


class PlaygroundAutostart:
    """A service that starts the playground in a background thread unless it is running.
    ``runs`` returns whether the playground is running. ``start`` receives the file descriptor of
    the read end of a pipe. When the write end closes, at the latest when this process ends, the
    playground stops unless it has been used. Errors are ignored because a deploy that needs the
    playground starts it again and reports its errors.
    """

    def __init__(self, runs: Callable[[], bool], start: Callable[[int], object]) -> None:
        self._runs = runs
        self._start = start
        self._lock = Lock()
        self._thread: Thread | None = None
        # All attempts share one pipe, because an earlier playground may still be starting up.
        self._pipe: tuple[int, int] | None = None

    def begin(self) -> None:
        """Start the playground in the background unless an earlier start is still in progress."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                # A daemon thread does not delay the end of the process.
                self._thread = Thread(target=self._run, name="early playground", daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """Wait until a start that is in progress has finished."""
        with self._lock:
            # The thread is joined without the lock, so that ``begin`` never waits for a start.
            thread = self._thread
        if thread is not None:
            thread.join()

    def close(self) -> None:
        """Close the pipe, so that an unused playground stops. Further calls have no effect."""
        self.wait()
        # No start is in progress, so no other thread uses the pipe any more.
        pipe, self._pipe = self._pipe, None
        for end in pipe or ():
            os.close(end)

    def _run(self) -> None:
        with suppress(FaasError, OSError):
            if self._runs():
                return
            if self._pipe is None:
                self._pipe = os.pipe()
            self._start(self._pipe[0])
