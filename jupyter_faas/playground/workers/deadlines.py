"""Timers that are set for every request and ring for hardly any."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable


class Deadlines:
    """One timer of the event loop for all of them: it is left alone when the first is dropped, and
    set again when it rings too early. A request then costs no timer, but an entry in a table.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._due: dict[Hashable, tuple[float, Callable[[], None]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0.0

    def add(self, key: Hashable, seconds: float, ring: Callable[[], None]) -> None:
        """Call ``ring`` then, unless ``key`` was dropped or added anew."""
        at = self._loop.time() + seconds
        self._due[key] = at, ring
        if self._timer is None or at < self._rings_at:
            self._ring_at(at)

    def drop(self, key: Hashable) -> None:
        """It may have rung."""
        self._due.pop(key, None)

    def clear(self) -> None:
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring_at(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = at
        self._timer = self._loop.call_at(at, self._ring)

    def _ring(self) -> None:
        self._timer = None
        # The loop's clock may be a millisecond behind what it was set by.
        now = max(self._loop.time(), self._rings_at)
        for key, entry in list(self._due.items()):
            # One that rang before it may have dropped it.
            if entry[0] <= now and self._due.get(key) is entry:
                del self._due[key]
                self._tell(entry[1])
        if self._due and self._timer is None:
            self._ring_at(min(at for at, _ in self._due.values()))

    def _tell(self, ring: Callable[[], None]) -> None:
        try:
            ring()
        except Exception as error:
            # As for any timer: the others ring all the same.
            context = {"message": "What a deadline was for has failed.", "exception": error}
            self._loop.call_exception_handler(context)
