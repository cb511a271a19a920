"""One timer, set to a time of day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

# The loop's clock stands still while the machine sleeps, and does not follow when the time is
# set: something that waits for long looks at the time this often. Nothing looks without an alarm.
LONGEST_S = 60.0


class Handle(Protocol):
    def cancel(self) -> None: ...


CallLater = Callable[[float, Callable[[], None]], Handle]


class Timer:
    """Calls ``ring`` when it is time, once for each ``set``.

    ``now_ms`` is epoch ms; ``call_later`` takes seconds, and is the running loop's by default.
    """

    def __init__(self, now_ms: Callable[[], int], call_later: CallLater | None = None) -> None:
        self.now_ms = now_ms
        self._call_later = call_later or _in_loop
        self._handle: Handle | None = None

    def set(self, due: int | None, ring: Callable[[], None]) -> None:
        """In place of what was set before. ``due`` is epoch ms; None: not at all."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if due is not None:
            self._wait(due, ring)

    def _wait(self, due: int, ring: Callable[[], None]) -> None:
        left_s = max(0.0, (due - self.now_ms()) / 1000)
        self._handle = self._call_later(min(left_s, LONGEST_S), lambda: self._look(due, ring))

    def _look(self, due: int, ring: Callable[[], None]) -> None:
        self._handle = None
        if self.now_ms() < due:
            self._wait(due, ring)
        else:
            ring()


def _in_loop(seconds: float, function: Callable[[], None]) -> Handle:
    return asyncio.get_running_loop().call_later(seconds, function)
