"""The workers of one revision of an action, and the runs that wait for one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from jupyter_faas.playground.exchange import Outcome
from jupyter_faas.playground.plan import Plan
from jupyter_faas.playground.worker import Worker
from jupyter_faas.whisk import ActivationResponse

Environment = Callable[[], Mapping[str, str]]


@dataclass(eq=False)
class Slot:
    """A worker's place in the memory budget. ``idle_since`` is of the monotonic clock."""

    worker: Worker
    pool: Pool
    idle_since: float = 0.0
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
    """``slots`` counts those that start, run and idle. A retired pool keeps no worker idle."""

    plan: Plan
    slots: set[Slot] = field(default_factory=set)
    idle: list[Slot] = field(default_factory=list)
    waiting: deque[Waiter] = field(default_factory=deque)
    starting: int = 0
    retired: bool = False

    @property
    def empty(self) -> bool:
        return not self.slots and not self.waiting

    def take_idle(self) -> Slot | None:
        """The one that ran last: its memory is the warmest, and the others may go."""
        while self.idle:
            slot = self.idle.pop()
            if slot.worker.alive:
                return slot
        return None

    def next_waiter(self) -> Waiter | None:
        while self.waiting:
            waiter = self.waiting.popleft()
            if not waiter.lease.done():
                return waiter
        return None
