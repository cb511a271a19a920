"""Progress messages on stderr, for work that takes more than a second."""

from __future__ import annotations

from contextlib import AbstractContextManager
from threading import Lock, Timer
from types import TracebackType
from typing import TextIO


class SlowProgress(AbstractContextManager["SlowProgress"]):
    """A progress callback that is silent for the first ``quiet_s`` seconds.

    It then prints the latest message and every later message. Work with very many messages, such as
    a batch, sends one per ``interval_s`` seconds, because each is a line.
    """

    interval_s = 2.0

    def __init__(self, stream: TextIO, quiet_s: float = 1.0) -> None:
        self._stream = stream
        self._lock = Lock()
        self._latest = ""
        self._loud = False
        self._timer = Timer(quiet_s, self._grow_loud)
        # A timer thread that is still waiting must not delay the end of the program.
        self._timer.daemon = True

    def __enter__(self) -> SlowProgress:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        # The timer may already have fired and be waiting for the lock. It must not print after the
        # result.
        with self._lock:
            self._loud = False
            self._latest = ""

    def __call__(self, message: str) -> None:
        with self._lock:
            self._latest = message
            if self._loud:
                self._show()

    def _grow_loud(self) -> None:
        with self._lock:
            self._loud = True
            self._show()

    def _show(self) -> None:
        if self._latest:
            self._stream.write(f"{self._latest}\n")
            self._stream.flush()
