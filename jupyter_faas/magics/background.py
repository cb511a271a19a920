"""Work that goes on after a cell has ended, one piece at a time, and says so in that cell."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from queue import SimpleQueue
from threading import Lock, Thread

Work = Callable[[], object]


class Background:
    """A thread that begins with the first piece of work and ends with ``close``.

    One at a time, because what it does is measure: two measurements would slow each other.
    """

    def __init__(self, on_error: Callable[[BaseException], None]) -> None:
        self._on_error = on_error
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None
        self._closed = False

    def add(self, work: Work) -> None:
        """Do ``work`` soon. What it displays lands in the cell that is running now."""
        context = copy_context()
        with self._lock:
            if self._closed:
                return
            self._queue.put(lambda: context.run(work))
            if self._thread is None:
                self._thread = Thread(target=self._run, name="jupyter_faas background", daemon=True)
                self._thread.start()

    def close(self, wait_s: float = 2.0) -> None:
        """Drop what has not begun, and wait a while for what has."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
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
            except Exception as error:  # the top of a thread
                self._on_error(error)
