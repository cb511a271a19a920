"""``Pace``: when the next call of a batch may start, by the host's limits and its answers.

The number of calls at a time is halved when the host answers 429 or does not accept connections,
and grows again by one for each round of accepted calls. After such an answer no call starts for a
pause, which doubles from 0.25 s to 15 s while the host goes on refusing.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Condition

_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.25, 15.0
_MINUTE_S = 60.0


class Stopped(Exception):
    """Raised in a thread that waits for its turn when the batch is stopped."""


class Pace:
    """Turns for the calls of a batch. Thread-safe.

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
        self._changed = Condition()
        self._allowed = float(most)
        self._running = 0
        self._starts: deque[float] = deque()
        self._resume = self._refused_at = float("-inf")
        self._pause_s = _FIRST_PAUSE_S
        self._stopped = False
        self.refusals = 0

    @property
    def allowed(self) -> int:
        """The number of calls that may run at a time now."""
        return max(1, int(self._allowed))

    @property
    def waits_s(self) -> float:
        """The seconds until a call may start again, or 0."""
        return max(0.0, self._resume - self._now())

    def start(self) -> float:
        """Wait for a turn, and return its time. Raises Stopped."""
        with self._changed:
            while True:
                if self._stopped:
                    raise Stopped
                wait_s = self._wait_s()
                if wait_s is not None and wait_s <= 0:
                    break
                self._changed.wait(wait_s)
            self._running += 1
            moment = self._now()
            if self._per_minute is not None:
                self._starts.append(moment)
            return moment

    def end(self) -> None:
        """End a turn whose call the host accepted, or which failed for another reason."""
        with self._changed:
            self._running -= 1
            self._pause_s = _FIRST_PAUSE_S
            self._allowed = min(float(self._most), self._allowed + 1 / max(1.0, self._allowed))
            # A second one, because more calls may be allowed than before.
            self._changed.notify(2)

    def refused(self, started: float) -> None:
        """End a turn that began at ``started``, and whose call the host did not accept."""
        with self._changed:
            self._running -= 1
            self.refusals += 1
            # Calls that were on their way at the last refusal say nothing new.
            if started > self._refused_at:
                self._refused_at = self._now()
                self._allowed = max(1.0, self._allowed / 2)
                self._resume = self._refused_at + self._pause_s
                self._pause_s = min(self._pause_s * 2, _LAST_PAUSE_S)
            # A second one, because more calls may be allowed than before.
            self._changed.notify(2)

    def stop(self) -> None:
        """Let no further call start."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

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
