"""Request timeouts that share one event loop timer, because nearly all of them are cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable


class Deadlines:
    """A table of timeouts with one event loop timer.

    Dropping a timeout does not reset the timer. If the timer then fires before any timeout is due,
    it is set again. So each request needs only a dictionary entry instead of its own timer.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._due: dict[Hashable, tuple[float, Callable[[], None]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0.0

    def add(self, key: Hashable, seconds: float, callback: Callable[[], None]) -> None:
        """Call ``callback`` after ``seconds``, unless ``key`` is dropped or added again first."""
        at = self._loop.time() + seconds
        self._due[key] = at, callback
        if self._timer is None or at < self._timer_due:
            self._set_timer(at)

    def drop(self, key: Hashable) -> None:
        """Cancel the timeout of ``key``. Do nothing if the timeout has already expired."""
        self._due.pop(key, None)

    def clear(self) -> None:
        """Cancel all timeouts."""
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due = at
        self._timer = self._loop.call_at(at, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        # The event loop may fire a timer early, by up to the resolution of its clock.
        now = max(self._loop.time(), self._timer_due)
        # Iterate over a copy, because callbacks add and drop timeouts.
        for key, entry in list(self._due.items()):
            # An earlier callback may have dropped or replaced this timeout.
            if entry[0] <= now and self._due.get(key) is entry:
                del self._due[key]
                self._call(entry[1])
        if self._due and self._timer is None:
            self._set_timer(min(at for at, _ in self._due.values()))

    def _call(self, callback: Callable[[], None]) -> None:
        try:
            callback()
        except Exception as error:
            # Report the error as asyncio does for timer callbacks, so that the remaining
            # callbacks still run.
            context = {"message": "What a deadline was for has failed.", "exception": error}
            self._loop.call_exception_handler(context)
