"""``Pace``: when the next call of a batch may start, by the host's limits and its answers.

The number of calls at a time is halved when the host answers 429 or does not accept connections,
and grows again by one for each round of accepted calls. After such an answer no call starts for a
pause, which doubles from 0.25 s to 15 s while the host goes on refusing.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.25, 15.0
_MINUTE_S = 60.0


class Stopped(Exception):
    """Raised for a call that waits for its turn when the batch is stopped."""


class Pace:
    """Turns for the calls of a batch. Use it only in one event loop, except for the properties.

    ``most`` is the largest number of calls at a time. ``per_minute`` is the number of calls that
    the host accepts in a minute, or None.
    """

    def __init__(
        self,
        most: int,
        per_minute: int | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._per_minute = per_minute
        self._now = now
        self._allowed = float(most)
        self._running = 0
        self._starts: deque[float] = deque()
        self._resume = self._refused_at = float("-inf")
        self._pause_s = _FIRST_PAUSE_S
        self._stopped = False
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.refusals = 0

    @property
    def allowed(self) -> int:
        """The number of calls that may run at a time now."""
        return max(1, int(self._allowed))

    @property
    def waits_s(self) -> float:
        """The seconds until a call may start again, or 0."""
        return max(0.0, self._resume - self._now())

    async def start(self) -> float:
        """Wait for a turn, and return its time. Raises Stopped."""
        while True:
            if self._stopped:
                raise Stopped
            wait_s = self._wait_s()
            if wait_s is not None and wait_s <= 0:
                break
            await self._change(wait_s)
        self._running += 1
        moment = self._now()
        if self._per_minute is not None:
            self._starts.append(moment)
        return moment

    def end(self) -> None:
        """End a turn whose call the host accepted, or which failed for another reason."""
        self._running -= 1
        self._pause_s = _FIRST_PAUSE_S
        self._allowed = min(float(self._most), self._allowed + 1 / max(1.0, self._allowed))
        # A second one, because more calls may be allowed than before.
        self._wake(2)

    def refused(self, started: float) -> None:
        """End a turn that began at ``started``, and whose call the host did not accept."""
        self._running -= 1
        self.refusals += 1
        # Calls that were on their way at the last refusal say nothing new.
        if started > self._refused_at:
            self._refused_at = self._now()
            self._allowed = max(1.0, self._allowed / 2)
            self._resume = self._refused_at + self._pause_s
            self._pause_s = min(self._pause_s * 2, _LAST_PAUSE_S)
        # A second one, because more calls may be allowed than before.
        self._wake(2)

    def stop(self) -> None:
        """Let no further call start."""
        self._stopped = True
        self._wake(len(self._waiting))

    async def _change(self, wait_s: float | None) -> None:
        """Wait until another turn ends, or for that time."""
        loop = asyncio.get_running_loop()
        change: asyncio.Future[None] = loop.create_future()
        timer = None if wait_s is None else loop.call_later(wait_s, _settle, change)
        self._waiting.append(change)
        try:
            await change
        finally:
            if timer is not None:
                timer.cancel()

    def _wake(self, count: int) -> None:
        while count > 0 and self._waiting:
            change = self._waiting.popleft()
            # The time of some may have passed already.
            if not change.done():
                change.set_result(None)
                count -= 1

    def _wait_s(self) -> float | None:
        """Return the seconds until a turn is free, or None until another turn ends."""
        if self._running >= self.allowed:
            return None
        now = self._now()
        wait_s = self._resume - now
        if self._per_minute is not None:
            while self._starts and now - self._starts[0] >= _MINUTE_S:
                self._starts.popleft()
            if len(self._starts) >= self._per_minute:
                wait_s = max(wait_s, self._starts[0] + _MINUTE_S - now)
        return wait_s


def _settle(change: asyncio.Future[None]) -> None:
    if not change.done():
        change.set_result(None)
