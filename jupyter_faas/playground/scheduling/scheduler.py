"""The scheduler: which run gets which worker, and when workers are started and ended.

A run gets its worker in these steps:

1. For a warm start, ``lease`` takes an idle worker from the pool of the action's revision
   (``pool.py``). If there is none, the run joins the pool's queue, and ``_grow`` decides whether to
   start a worker.
2. ``_grow`` does not start a worker if a running worker will be free sooner (unless the queue
   lasts), if enough workers are already starting, or if another action has waited longer.
   ``_make_room`` keeps the sum of all memory limits within the budget by ending the workers that
   have been idle longest.
3. For a cold start, ``_start`` calls the starter (``starter.py``). The starter unpacks the code,
   finds the runtime and launches the process, which is forked from a zygote if possible
   (``zygote_pool.py``).
4. ``_offer`` gives a started or released worker to the first run in the queue. If the queue is
   empty, the worker becomes idle. ``_expire`` ends workers that have been idle for ``idle_s``.
5. When an action is updated or deleted, ``retire`` marks its pools as retired. A retired pool
   serves the rest of its queue and then ends.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from jupyter_faas.errors import FaasError, PlaygroundError
from jupyter_faas.playground.entities.resolved_action import ResolvedAction, WarmKey
from jupyter_faas.playground.errors import NOT_CALLED
from jupyter_faas.playground.scheduling.pool import (
    Environment,
    Lease,
    OnLease,
    Pool,
    Slot,
    StartFailed,
    Superseded,
    Waiter,
)
from jupyter_faas.playground.workers.exchange import Outcome
from jupyter_faas.playground.workers.responses import start_response
from jupyter_faas.playground.workers.worker import Worker

log = logging.getLogger(__name__)

Starter = Callable[[Worker, ResolvedAction, Mapping[str, str]], Awaitable[Outcome]]


class SchedulerOptions(NamedTuple):
    """Limits of the scheduler.

    ``budget_mb``: the maximum sum of the memory limits of all workers.
    ``idle_s``: how long an idle worker is kept.
    ``max_concurrent_starts``: how many workers of one action may start at the same time. More
    would only slow each other down.
    ``start_s``: the approximate duration of a start. A run waits for a running worker that will
    probably be free sooner. So a few workers handle many short runs and stay in the CPU caches.
    ``processors``: how many workers may run an action that only computes, unless a run has waited
    for ``start_s``.
    ``lasting_queue_s``: a queue that was never empty for this time gets another worker, until there
    are as many as ``processors``.
    ``max_workers``: the maximum number of workers, because each needs some file descriptors.
    ``rest_s``: how long there must be no worker before ``on_rest`` is called.
    """

    budget_mb: int
    idle_s: float = 600.0
    max_concurrent_starts: int = max(2, os.cpu_count() or 1)
    start_s: float = 0.02
    processors: int = (os.cpu_count() or 1) + 1
    lasting_queue_s: float = 0.2
    max_workers: int = 10_000
    rest_s: float = 1.0


class Scheduler:
    """Assigns workers to runs within the memory budget.

    Runs of one action are served in order. An action without workers takes precedence over a busy
    action whose runs arrived later. An action whose limit exceeds the whole budget can run only
    while there are no other workers.
    """

    def __init__(
        self,
        options: SchedulerOptions,
        new_worker: Callable[[], Worker],
        starter: Starter,
        on_forgotten: Callable[[int], None],
        on_rest: Callable[[], None],
    ) -> None:
        """Create a scheduler without workers.

        ``new_worker``: creates a worker without starting it.
        ``starter``: starts a worker for an action.
        ``on_forgotten``: called with a retired revision when its last worker has ended.
        ``on_rest``: called when the last worker has ended and no other one has started since.
        """
        self._options = options
        self._new_worker = new_worker
        self._starter = starter
        self._on_forgotten = on_forgotten
        self._on_rest = on_rest
        self._pools: dict[WarmKey, Pool] = {}
        self._queues: set[Pool] = set()
        self._used_mb = 0
        self._ending_mb = 0
        self._workers = 0
        self._ending = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle_timer: asyncio.TimerHandle | None = None
        self._rest_timer: asyncio.TimerHandle | None = None

    def has_worker(self, resolved: ResolvedAction) -> bool:
        """Return whether the action has a worker, even if it is busy or still starting."""
        pool = self._pools.get(resolved.warm_key)
        return pool is not None and bool(pool.slots)

    def lease(
        self, resolved: ResolvedAction, environment: Environment, on_lease: OnLease
    ) -> Lease | None:
        """Return a lease of an idle worker. If there is none, return None and call ``on_lease``.

        ``on_lease`` is called once after this method has returned, with a lease or an error:
        StartFailed, Superseded, KindNotSupported or PlaygroundError. It must not raise. The caller
        must call ``release`` after the run.
        """
        pool = self._pools.get(resolved.warm_key)
        if pool is None:
            pool = self._pools[resolved.warm_key] = Pool(resolved)
        # A new run must not get a worker before the runs in the queue.
        if not pool.waiting and not pool.is_saturated(self._options.processors):
            slot = pool.take_idle()
            if slot is not None:
                slot.count_run(waited=False)
                return Lease(slot)
        pool.join_queue(Waiter(time.monotonic(), environment, on_lease))
        self._queues.add(pool)
        self._grow(pool)
        return None

    def is_wanted(self, slot: Slot) -> bool:
        """Return whether a run waits for the leased worker."""
        return bool(slot.pool.waiting)

    def release(self, slot: Slot, *, reusable: bool) -> None:
        """Return a leased worker to the scheduler.

        End the worker if it is not ``reusable`` or if another action needs its memory.
        """
        pool = slot.pool
        pool.record_run(slot)
        if not reusable or not slot.worker.alive or (self._queues and self._another_starves(pool)):
            self._discard(slot)
        else:
            self._offer(slot, None)

    def retire(self, revision: int) -> None:
        """End the idle workers of an updated or deleted action, and the others after their runs.

        The runs that are already in the queue are still served.
        """
        pools = [pool for pool in self._pools.values() if pool.resolved.revision == revision]
        if not pools:
            self._on_forgotten(revision)
        for pool in pools:
            pool.retired = True
            for slot in list(pool.idle):
                self._discard(slot)
        for pool in pools:
            self._drop_if_empty(pool)

    async def close(self) -> None:
        """End all workers, and wait until they have ended.

        Runs that wait for a worker get PlaygroundError.
        """
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        for pool in self._pools.values():
            while (waiter := pool.next_waiter()) is not None:
                _fail(waiter, PlaygroundError(NOT_CALLED))
            if pool.recheck_timer is not None:
                pool.recheck_timer.cancel()
        self._queues.clear()
        slots = [slot for pool in self._pools.values() for slot in pool.slots]
        await asyncio.gather(*(slot.worker.end() for slot in slots))

    # Starting workers

    def _grow(self, pool: Pool) -> None:
        max_starts = self._options.max_concurrent_starts
        while len(pool.waiting) > pool.starting and pool.starting < max_starts:
            # If workers are idle, the run is waiting only because the processors are saturated.
            may_wait = pool.should_wait_for_busy(self._options.start_s)
            if pool.idle or (may_wait and not self._queue_lasts(pool)):
                if pool.recheck_timer is None:
                    self._recheck_later(pool)
                return
            # A worker started now would take memory that another action is waiting for.
            if self._another_starves(pool) or not self._make_room(pool.resolved.memory_mb):
                return
            # Earlier runs in the queue get the workers that are starting already.
            environment = pool.waiting[pool.starting].environment()
            pool.starting += 1
            pool.queued_since = time.monotonic()
            self._used_mb += pool.resolved.memory_mb
            self._workers += 1
            slot = Slot(self._new_worker(), pool)
            pool.slots.add(slot)
            self._spawn(self._start(slot, environment))

    def _queue_lasts(self, pool: Pool) -> bool:
        """Return whether a queue needs more workers although each of its runs waits only briefly.

        With 16 connections and 2 processors, 3 workers instead of 1 gave 1.4 times as many
        responses per second, because the playground and the worker no longer wait for each other.
        """
        lasting_s = time.monotonic() - pool.queued_since
        few = len(pool.slots) < self._options.processors
        return few and lasting_s >= self._options.lasting_queue_s

    def _recheck_later(self, pool: Pool) -> None:
        def recheck() -> None:
            pool.recheck_timer = None
            # The running workers took longer than expected, so use idle workers even if the
            # processors are saturated.
            while pool.oldest_wait_s() >= self._options.start_s:
                slot = pool.take_idle()
                if slot is None:
                    break
                self._offer(slot, None)
            self._grow(pool)

        loop = asyncio.get_running_loop()
        pool.recheck_timer = loop.call_later(self._options.start_s, recheck)

    def _make_room(self, wanted_mb: int) -> bool:
        """Return whether a worker with a limit of ``wanted_mb`` fits into the limits.

        If not, end idle workers. The queues are served again when these workers have ended.
        """
        if self._fits(wanted_mb, self._used_mb, self._workers):
            return True
        idle = (slot for pool in self._pools.values() for slot in pool.idle)
        for slot in sorted(idle, key=lambda each: each.idle_since):
            # The memory of ending workers will soon be free, so end only as many as needed.
            left_mb, left = self._used_mb - self._ending_mb, self._workers - self._ending
            if self._fits(wanted_mb, left_mb, left):
                break
            self._discard(slot)
        return False

    def _fits(self, wanted_mb: int, used_mb: int, workers: int) -> bool:
        # If there are no other workers, an action may exceed the budget.
        return workers == 0 or (
            used_mb + wanted_mb <= self._options.budget_mb and workers < self._options.max_workers
        )

    async def _start(self, slot: Slot, environment: Mapping[str, str]) -> None:
        pool = slot.pool
        try:
            outcome = await self._starter(slot.worker, pool.resolved, environment)
            response = start_response(outcome, timeout_ms=pool.resolved.action.limits.timeout)
            if response is not None:
                raise StartFailed(response, outcome, slot.worker.runtime)
        except Exception as error:
            # After any error, the first run must get a response, and the worker's memory must
            # return to the budget.
            if not isinstance(error, (FaasError, StartFailed, Superseded)):
                log.exception("A worker of %s could not be started.", pool.resolved.path)
            pool.starting -= 1
            waiter = self._next_waiter(pool)
            if waiter is not None:
                _fail(waiter, error)
            await slot.worker.end()
            self._on_termination(slot)
        else:
            pool.starting -= 1
            # The callback is added only after a successful start. After a failed start, the code
            # above calls ``_on_termination`` itself.
            slot.worker.termination.add_done_callback(lambda _: self._on_termination(slot))
            self._offer(slot, outcome)
            self._grow(pool)

    def _offer(self, slot: Slot, started: Outcome | None) -> None:
        pool = slot.pool
        waiter = self._next_waiter(pool)
        if waiter is not None:
            slot.busy_since = time.monotonic()
            slot.count_run(waited=started is None)
            waiter.on_lease(Lease(slot, started))
        elif pool.retired:
            self._discard(slot)
        else:
            slot.idle_since = time.monotonic()
            pool.idle.append(slot)
            if self._idle_timer is None:
                self._expire_in(self._options.idle_s)
            # Another action may be waiting for the memory of this idle worker.
            if self._queues:
                self._serve_queues()

    def _next_waiter(self, pool: Pool) -> Waiter | None:
        waiter = pool.next_waiter()
        if not pool.waiting:
            self._queues.discard(pool)
        return waiter

    # Ending workers

    def _discard(self, slot: Slot) -> None:
        if slot.ending:
            return
        slot.ending = True
        self._ending_mb += slot.pool.resolved.memory_mb
        self._ending += 1
        if slot in slot.pool.idle:
            slot.pool.idle.remove(slot)
        self._spawn(slot.worker.end())

    def _on_termination(self, slot: Slot) -> None:
        pool = slot.pool
        if slot not in pool.slots:
            return
        pool.slots.remove(slot)
        if slot in pool.idle:
            pool.idle.remove(slot)
        self._used_mb -= pool.resolved.memory_mb
        self._workers -= 1
        if slot.ending:
            self._ending_mb -= pool.resolved.memory_mb
            self._ending -= 1
        self._drop_if_empty(pool)
        self._serve_queues()
        if self._workers == 0:
            self._rest_soon()

    def _rest_soon(self) -> None:
        def rest() -> None:
            self._rest_timer = None
            if self._workers == 0:
                self._on_rest()

        # Later, because an activation may have ended with its worker, and its response is waiting.
        if self._rest_timer is not None:
            self._rest_timer.cancel()
        self._rest_timer = asyncio.get_running_loop().call_later(self._options.rest_s, rest)

    def _drop_if_empty(self, pool: Pool) -> None:
        key = pool.resolved.warm_key
        if not pool.empty or self._pools.get(key) is not pool:
            return
        del self._pools[key]
        revision = pool.resolved.revision
        others = any(each.resolved.revision == revision for each in self._pools.values())
        if pool.retired and not others:
            self._on_forgotten(revision)

    def _serve_queues(self) -> None:
        """Start workers where possible, first for the queues that have waited longest."""
        for pool in sorted(self._queues, key=lambda each: each.waiting[0].since):
            self._grow(pool)

    def _another_starves(self, busy: Pool) -> bool:
        """Return whether another action without workers has waited longer than ``busy``.

        If the queue of ``busy`` is empty, any other waiting action without workers counts.
        """
        mine = busy.waiting[0].since if busy.waiting else None
        return any(
            not pool.slots and (mine is None or pool.waiting[0].since < mine)
            for pool in self._queues
            if pool is not busy
        )

    def _expire_in(self, seconds: float) -> None:
        self._idle_timer = asyncio.get_running_loop().call_later(seconds, self._expire)

    def _expire(self) -> None:
        self._idle_timer = None
        now, oldest = time.monotonic(), None
        for slot in [slot for pool in self._pools.values() for slot in pool.idle]:
            if now - slot.idle_since >= self._options.idle_s:
                self._discard(slot)
            else:
                oldest = min(slot.idle_since, oldest or slot.idle_since)
        if oldest is not None:
            self._expire_in(self._options.idle_s - (now - oldest))

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _fail(waiter: Waiter, error: Exception) -> None:
    # What the callback does next must find the scheduler in a consistent state.
    asyncio.get_running_loop().call_soon(waiter.on_lease, error)
