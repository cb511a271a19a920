"""Request timeouts that share one event loop timer, because nearly all of them are cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

# A timer that fires later than this was not late because of load: the process was suspended.
_SUSPENDED_S = 1.0
# Time to read the results that arrived meanwhile.
_GRACE_S = 0.5


class Deadlines:
    """A table of timeouts with one event loop timer.

    Dropping a timeout does not reset the timer. If the timer then fires before any timeout is due,
    it is set again. So each request needs only a dictionary entry instead of its own timer.

    The time during which the process was suspended does not count. When it continues, timers fire
    before results are read, and would end runs that are complete.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._due: dict[Hashable, tuple[float, Callable[[], None]]] = {}
        self._excused: set[Hashable] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0.0

    def add(self, key: Hashable, seconds: float, callback: Callable[[], None]) -> None:
        """Call ``callback`` after ``seconds``, unless ``key`` is dropped or added again first."""
        at = self._loop.time() + seconds
        self._excused.discard(key)
        self._due[key] = at, callback
        if self._timer is None or at < self._timer_due:
            self._set_timer(at)

    def drop(self, key: Hashable) -> None:
        """Cancel the timeout of ``key``. Do nothing if the timeout has already expired."""
        self._due.pop(key, None)
        self._excused.discard(key)

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
        self._excuse(self._loop.time() - self._timer_due)
        # The event loop may fire a timer early, by up to the resolution of its clock.
        now = max(self._loop.time(), self._timer_due)
        # Iterate over a copy, because callbacks add and drop timeouts.
        for key, entry in list(self._due.items()):
            # An earlier callback may have dropped or replaced this timeout.
            if entry[0] <= now and self._due.get(key) is entry:
                self.drop(key)
                self._call(entry[1])
        if self._due and self._timer is None:
            self._set_timer(min(at for at, _ in self._due.values()))

    def _excuse(self, late_s: float) -> None:
        """Extend each timeout once, if the timer was so late that the process was suspended."""
        if late_s <= _SUSPENDED_S:
            return
        for key, (at, callback) in self._due.items():
            if key not in self._excused:
                self._excused.add(key)
                self._due[key] = at + late_s + _GRACE_S, callback

    def _call(self, callback: Callable[[], None]) -> None:
        try:
            callback()
        except Exception as error:
            # Report the error as asyncio does for timer callbacks, so that the remaining
            # callbacks still run.
            context = {"message": "The callback of a deadline failed.", "exception": error}
            self._loop.call_exception_handler(context)
