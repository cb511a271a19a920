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

# A run that only computes waits once, for the next request, or not at all. See MemoryPeak.
_MAX_WAITS_PER_RUN = 1.5

Environment = Callable[[], Mapping[str, str]]


@dataclass(eq=False)
class Slot:
    """A worker and its share of the memory budget. Both times are of the monotonic clock."""

    worker: Worker
    pool: Pool
    idle_since: float = 0.0
    busy_since: float = 0.0
    ending: bool = False


class Lease(NamedTuple):
    """A worker for one run. ``started``: the outcome of its start if it started for this run."""

    slot: Slot
    started: Outcome | None = None

    @property
    def worker(self) -> Worker:
        return self.slot.worker


class StartFailed(Exception):
    """Raised when no worker could be started for a run.

    ``response`` is the response of the run, ``outcome`` how the start ended, ``runtime`` that of
    the worker.
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
    """A run in the queue. ``environment`` returns the variables for a start (``__OW_…``)."""

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
        """Whether a running worker will likely be free before a new one is started (``start_s``).

        False once the first run in the queue has waited that long.
        """
        running = len(self.slots) - self.starting
        if running <= 0 or self.mean_run_s is None:
            return False
        if time.monotonic() - self.waiting[self.starting].since >= start_s:
            return False
        return self.mean_run_s * len(self.waiting) / running < start_s

    def is_saturated(self, processors: int) -> bool:
        """Whether one more running worker would only share the processors with the others."""
        return self.cpu_bound and len(self.slots) - self.starting - len(self.idle) >= processors

    def oldest_wait_s(self) -> float:
        """How long the first run in the queue has waited; 0 if the queue is empty."""
        return time.monotonic() - self.waiting[0].since if self.waiting else 0.0

    def record_run(self, slot: Slot) -> None:
        """Update the averages after a run of that worker."""
        seconds, mean_run_s = time.monotonic() - slot.busy_since, self.mean_run_s
        if mean_run_s is None:
            self.mean_run_s = seconds
        else:
            # Capped at twice the average, so that one slow run does not change it much.
            self.mean_run_s = mean_run_s + 0.25 * (min(seconds, 2 * mean_run_s) - mean_run_s)
        pauses = slot.worker.memory.waits_per_run
        self.cpu_bound = pauses is not None and pauses < _MAX_WAITS_PER_RUN

    def take_idle(self) -> Slot | None:
        """Return the idle worker that ran last: its memory is warm, and the others can expire."""
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
