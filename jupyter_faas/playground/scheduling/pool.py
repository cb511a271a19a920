"""The workers of one revision of an action, and the runs that wait for one."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from jupyter_faas.playground.entities.resolved_action import ResolvedAction
from jupyter_faas.playground.workers.exchange import Outcome
from jupyter_faas.playground.workers.worker import Worker
from jupyter_faas.whisk import ActivationResponse

# A run that waits for nothing pauses once, for the next request, or not at all.
_FEW_PAUSES = 1.5

Environment = Callable[[], Mapping[str, str]]


@dataclass(eq=False)
class Slot:
    """A worker's place in the memory budget. Both times are of the monotonic clock."""

    worker: Worker
    pool: Pool
    idle_since: float = 0.0
    busy_since: float = 0.0
    leaving: bool = False


class Lease(NamedTuple):
    """A worker for one run; ``started`` says how it started, when it did so for this run."""

    slot: Slot
    started: Outcome | None = None

    @property
    def worker(self) -> Worker:
        return self.slot.worker


class StartFailed(Exception):
    """Raised when no worker could be started for a run: the run's response, and why.

    ``runtime`` is the worker's (see there).
    """

    def __init__(self, response: ActivationResponse, outcome: Outcome, runtime: str = "") -> None:
        super().__init__(response.result)
        self.response = response
        self.outcome = outcome
        self.runtime = runtime


class Superseded(Exception):
    """Raised when the action was updated or deleted before its code was at hand."""


@dataclass(eq=False)
class Waiter:
    """A run in the queue. ``environment`` gives what its start would find there (``__OW_…``)."""

    since: float
    environment: Environment
    lease: asyncio.Future[Lease]


@dataclass(eq=False)
class Pool:
    """``slots`` counts those that start, run and idle. A retired pool keeps no worker idle.

    ``pace_s``: how long runs took of late; None before the first has ended. ``computes``: whether
    they had a processor all the time, or wanted one. ``look``: when those who wait are looked at
    again.
    """

    plan: ResolvedAction
    slots: set[Slot] = field(default_factory=set)
    idle: list[Slot] = field(default_factory=list)
    waiting: deque[Waiter] = field(default_factory=deque)
    starting: int = 0
    retired: bool = False
    pace_s: float | None = None
    computes: bool = False
    look: asyncio.TimerHandle | None = None

    @property
    def empty(self) -> bool:
        return not self.slots and not self.waiting

    def is_served_sooner(self, start_s: float) -> bool:
        """Whether those who wait can expect a worker that is at work before one that would have to
        be started, which takes ``start_s``; not after they have waited so long in vain."""
        at_work = len(self.slots) - self.starting
        if at_work <= 0 or self.pace_s is None:
            return False
        if time.monotonic() - self.waiting[self.starting].since >= start_s:
            return False
        return self.pace_s * len(self.waiting) / at_work < start_s

    def is_crowded(self, processors: int) -> bool:
        """Whether one more at work would only take turns with those that are."""
        return self.computes and len(self.slots) - self.starting - len(self.idle) >= processors

    def first_waits_s(self) -> float:
        """How long the first of those who wait has waited; 0 when nobody does."""
        return time.monotonic() - self.waiting[0].since if self.waiting else 0.0

    def ran(self, slot: Slot) -> None:
        """A run of that worker has ended."""
        seconds, pace_s = time.monotonic() - slot.busy_since, self.pace_s
        if pace_s is None:
            self.pace_s = seconds
        else:
            # One that was held up says little of the others.
            self.pace_s = pace_s + 0.25 * (min(seconds, 2 * pace_s) - pace_s)
        pauses = slot.worker.memory.waits_per_run
        self.computes = pauses is not None and pauses < _FEW_PAUSES

    def take_idle(self) -> Slot | None:
        """The one that ran last: its memory is the warmest, and the others may go."""
        while self.idle:
            slot = self.idle.pop()
            if slot.worker.alive:
                slot.busy_since = time.monotonic()
                return slot
        return None

    def next_waiter(self) -> Waiter | None:
        while self.waiting:
            waiter = self.waiting.popleft()
            if not waiter.lease.done():
                return waiter
        return None
