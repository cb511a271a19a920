"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

# 2026-11-25T12:00:00Z
NOON = 1_795_608_000_000
SECOND = 1000
MINUTE = 60 * SECOND


class Waiting:
    def __init__(self, when: int, function: Callable[[], None]) -> None:
        self.when = when
        self.function = function
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """``now`` is epoch ms; ``waits`` every wait so far, in seconds. Made inside the test's loop."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now
        self.waits: list[float] = []
        self._waiting: list[Waiting] = []
        self._tests_own = asyncio.all_tasks()

    def now_ms(self) -> int:
        return self.now

    def call_later(self, seconds: float, function: Callable[[], None]) -> Waiting:
        self.waits.append(seconds)
        waiting = Waiting(self.now + round(seconds * 1000), function)
        self._waiting.append(waiting)
        return waiting

    @property
    def waiting(self) -> list[Waiting]:
        return [each for each in self._waiting if not each.cancelled]

    async def pass_to(self, moment: int, *, settle: bool = True) -> None:
        """Let time pass, and whatever is due on the way happen when it is, to its end."""
        while True:
            due = [each for each in self.waiting if each.when <= moment]
            if not due:
                break
            first = min(due, key=lambda each: each.when)
            self.now = max(self.now, first.when)
            await self._ring(first, settle)
        self.now = moment

    def set_back(self, milliseconds: int) -> None:
        """The time of day changes, and what waits goes on waiting for as long as before."""
        self.now -= milliseconds
        for each in self._waiting:
            each.when -= milliseconds

    async def sleep_to(self, moment: int) -> None:
        """What the machine sleeps through happens when it wakes."""
        self.now = moment
        for each in self.waiting:
            if each.when <= moment:
                await self._ring(each, True)

    async def _ring(self, waiting: Waiting, settle: bool) -> None:
        self._waiting.remove(waiting)
        waiting.function()
        if settle:
            await self.settle()

    async def settle(self) -> None:
        """Until everything that was begun has ended."""
        while begun := asyncio.all_tasks() - self._tests_own:
            await asyncio.wait(begun)
