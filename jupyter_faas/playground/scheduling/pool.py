"""The pool of one action revision: its workers, idle and busy, and the queue of waiting runs."""

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

# A run that only computes waits at most once, for the next request (see MemoryPeak).
_MAX_WAITS_PER_RUN = 1.5

Environment = Callable[[], Mapping[str, str]]


@dataclass(eq=False)
class Slot:
    """A worker of a pool. ``idle_since`` and ``busy_since`` are times of the monotonic clock."""

    worker: Worker
    pool: Pool
    idle_since: float = 0.0
    busy_since: float = 0.0
    ending: bool = False


class Lease(NamedTuple):
    """A worker for one run.

    ``started``: the outcome of the worker's start if this is its first run, else None.
    """

    slot: Slot
    started: Outcome | None = None

    @property
    def worker(self) -> Worker:
        return self.slot.worker


class StartFailed(Exception):
    """Raised when no worker could be started for a run.

    ``response`` is the response of the run, ``outcome`` that of the start, and ``runtime`` the
    worker's.
    """

    def __init__(self, response: ActivationResponse, outcome: Outcome, runtime: str = "") -> None:
        super().__init__(response.result)
        self.response = response
        self.outcome = outcome
        self.runtime = runtime


class Superseded(Exception):
    """Raised when the action was updated or deleted before its code was read."""


@dataclass(eq=False)
class Waiter:
    """A run in the queue.

    ``since`` is a time of the monotonic clock. ``environment`` returns the variables for a worker
    that is started for this run (``__OW_…``).
    """

    since: float
    environment: Environment
    lease: asyncio.Future[Lease]


@dataclass(eq=False)
class Pool:
    """The workers and the queue of one revision.

    ``slots`` are all workers: starting, running and idle. A retired pool keeps no idle worker.
    ``mean_run_s``: moving average of the run time; None before the first run has ended.
    ``cpu_bound``: whether the last runs used a processor all the time. ``recheck_timer``: when the
    queue is checked again.
    """

    plan: ResolvedAction
    slots: set[Slot] = field(default_factory=set)
    idle: list[Slot] = field(default_factory=list)
    waiting: deque[Waiter] = field(default_factory=deque)
    starting: int = 0
    retired: bool = False
    mean_run_s: float | None = None
    cpu_bound: bool = False
    recheck_timer: asyncio.TimerHandle | None = None

    @property
    def empty(self) -> bool:
        return not self.slots and not self.waiting

    def should_wait_for_busy(self, start_s: float) -> bool:
        """Return whether a running worker will likely be free before a new one has started.

        ``start_s``: how long a start takes. False once a run has waited that long.
        """
        running = len(self.slots) - self.starting
        if running <= 0 or self.mean_run_s is None:
            return False
        # The runs before this one in the queue get the workers that are starting.
        if time.monotonic() - self.waiting[self.starting].since >= start_s:
            return False
        # In about this time the running workers will have served the whole queue.
        return self.mean_run_s * len(self.waiting) / running < start_s

    def is_saturated(self, processors: int) -> bool:
        """Return whether one more running worker would only take processor time from the others."""
        return self.cpu_bound and len(self.slots) - self.starting - len(self.idle) >= processors

    def oldest_wait_s(self) -> float:
        """Return how long the first run in the queue has waited, in s; 0 if the queue is empty."""
        return time.monotonic() - self.waiting[0].since if self.waiting else 0.0

    def record_run(self, slot: Slot) -> None:
        """Update ``mean_run_s`` and ``cpu_bound`` after a run of the worker of ``slot``."""
        seconds, mean_run_s = time.monotonic() - slot.busy_since, self.mean_run_s
        if mean_run_s is None:
            self.mean_run_s = seconds
        else:
            # A run counts for at most twice the average, so that one slow run changes it little.
            self.mean_run_s = mean_run_s + 0.25 * (min(seconds, 2 * mean_run_s) - mean_run_s)
        pauses = slot.worker.memory.waits_per_run
        self.cpu_bound = pauses is not None and pauses < _MAX_WAITS_PER_RUN

    def take_idle(self) -> Slot | None:
        """Return the idle worker that ran last; None if no worker is idle.

        Its memory is in the processor's caches, and the others can expire.
        """
        # A worker that has ended while it was idle is skipped.
        while self.idle:
            slot = self.idle.pop()
            if slot.worker.alive:
                slot.busy_since = time.monotonic()
                return slot
        return None

    def next_waiter(self) -> Waiter | None:
        # A lease that is done was cancelled by its caller.
        while self.waiting:
            waiter = self.waiting.popleft()
            if not waiter.lease.done():
                return waiter
        return None
