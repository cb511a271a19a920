"""The scheduler: which run gets which worker, and when workers are started and ended.

How a run gets its worker:

1. ``lease`` takes an idle worker from the pool of the action's revision (``pool.py``): a warm
   start. Otherwise the run joins the queue of the pool, and ``_grow`` decides whether to start one.
2. ``_grow`` does not start a worker if a running one will be free sooner, if enough workers are
   starting already, or if another action has waited longer. ``_make_room`` keeps the sum of all
   memory limits within the budget: it ends the workers that have been idle longest.
3. ``_start`` calls the starter (``starter.py``), which unpacks the code, finds the runtime and
   launches the process, forked from a zygote where possible (``zygote_pool.py``): a cold start.
4. ``_offer`` gives a started or released worker to the first run in the queue, or makes it idle.
   ``_expire`` ends workers that were idle for ``idle_s``.
5. ``retire`` is called when an action is updated or deleted. Its pool serves its queue, then ends.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.entities.resolved_action import ResolvedAction, WarmKey
from jupyter_faas.playground.scheduling.pool import (
    Environment,
    Lease,
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


@dataclass(frozen=True)
class SchedulerOptions:
    """Limits of the scheduler.

    ``budget_mb``: the largest sum of the memory limits of all workers. ``idle_s``: how long an idle
    worker is kept. ``max_concurrent_starts``: how many workers of one action may be starting at a
    time; more would only slow each other down. ``start_s``: about how long a start takes. A run
    waits for a running worker that will probably be free sooner. So a few workers do many short
    runs, and stay in the caches of the processor. For the same reason, at most ``processors``
    workers run an action that only computes, unless a run has waited ``start_s``.
    """

    budget_mb: int
    idle_s: float = 600.0
    max_concurrent_starts: int = max(2, os.cpu_count() or 1)
    start_s: float = 0.02
    processors: int = (os.cpu_count() or 1) + 1


class Scheduler:
    """Assigns workers to runs, within the memory budget.

    Runs of one action are served in order. An action that has no worker goes before a busy action
    whose runs arrived later. An action whose limit exceeds the whole budget runs alone.
    """

    def __init__(
        self,
        options: SchedulerOptions,
        new_worker: Callable[[], Worker],
        starter: Starter,
        on_forgotten: Callable[[int], None],
    ) -> None:
        """``on_forgotten`` is called with a retired revision when its last worker has ended."""
        self._options = options
        self._new_worker = new_worker
        self._starter = starter
        self._on_forgotten = on_forgotten
        self._pools: dict[WarmKey, Pool] = {}
        self._queues: set[Pool] = set()
        self._used_mb = 0
        self._ending_mb = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle_timer: asyncio.TimerHandle | None = None

    def has_worker(self, plan: ResolvedAction) -> bool:
        pool = self._pools.get(plan.warm_key)
        return pool is not None and bool(pool.slots)

    def lease(
        self, plan: ResolvedAction, environment: Environment
    ) -> Lease | asyncio.Future[Lease]:
        """Return a worker, or a future for one. The caller returns it with ``release``.

        The future may raise StartFailed, Superseded or KindNotSupported.
        """
        pool = self._pools.get(plan.warm_key)
        if pool is None:
            pool = self._pools[plan.warm_key] = Pool(plan)
        # A new run must not overtake the runs in the queue.
        if not pool.waiting and not pool.is_saturated(self._options.processors):
            slot = pool.take_idle()
            if slot is not None:
                return Lease(slot)
        future: asyncio.Future[Lease] = asyncio.get_running_loop().create_future()
        pool.waiting.append(Waiter(time.monotonic(), environment, future))
        self._queues.add(pool)
        self._grow(pool)
        return future

    def release(self, slot: Slot, *, reusable: bool) -> None:
        """Return a leased worker. One that is not ``reusable`` is ended."""
        pool = slot.pool
        pool.record_run(slot)
        if not reusable or not slot.worker.alive or (self._queues and self._another_starves(pool)):
            self._discard(slot)
        else:
            self._offer(slot, None)

    def retire(self, revision: int) -> None:
        """Serve the queue of an updated or deleted action, and end its workers after that."""
        pools = [pool for pool in self._pools.values() if pool.plan.revision == revision]
        if not pools:
            self._on_forgotten(revision)
        for pool in pools:
            pool.retired = True
            for slot in list(pool.idle):
                self._discard(slot)
        for pool in pools:
            self._drop_if_empty(pool)

    async def close(self) -> None:
        """End all workers, and wait until they have ended."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        for pool in self._pools.values():
            pool.waiting.clear()
            if pool.recheck_timer is not None:
                pool.recheck_timer.cancel()
        self._queues.clear()
        slots = [slot for pool in self._pools.values() for slot in pool.slots]
        await asyncio.gather(*(slot.worker.end() for slot in slots))

    # Starting workers

    def _grow(self, pool: Pool) -> None:
        max_starts = self._options.max_concurrent_starts
        while len(pool.waiting) > pool.starting and pool.starting < max_starts:
            # With idle workers, a run is in the queue only because the processors are saturated.
            if pool.idle or pool.should_wait_for_busy(self._options.start_s):
                self._recheck_later(pool)
                return
            # A worker started now would take the memory that another action waits for.
            if self._another_starves(pool) or not self._make_room(pool.plan.memory_mb):
                return
            # Earlier runs in the queue get the workers that are starting already.
            environment = pool.waiting[pool.starting].environment()
            pool.starting += 1
            self._used_mb += pool.plan.memory_mb
            slot = Slot(self._new_worker(), pool)
            pool.slots.add(slot)
            self._spawn(self._start(slot, environment))

    def _recheck_later(self, pool: Pool) -> None:
        def recheck() -> None:
            pool.recheck_timer = None
            # The running workers took longer than expected. Use idle ones in spite of saturation.
            while pool.oldest_wait_s() >= self._options.start_s:
                slot = pool.take_idle()
                if slot is None:
                    break
                self._offer(slot, None)
            self._grow(pool)

        if pool.recheck_timer is None:
            loop = asyncio.get_running_loop()
            pool.recheck_timer = loop.call_later(self._options.start_s, recheck)

    def _make_room(self, wanted_mb: int) -> bool:
        """Return whether the budget has room. If not, end idle workers to make some.

        The queues are served again when those have ended.
        """
        # With no other worker, an action may exceed the budget.
        if self._used_mb == 0 or self._used_mb + wanted_mb <= self._options.budget_mb:
            return True
        idle = (slot for pool in self._pools.values() for slot in pool.idle)
        for slot in sorted(idle, key=lambda each: each.idle_since):
            # The memory of ending workers will be free soon, so no more than needed are ended.
            if self._used_mb - self._ending_mb + wanted_mb <= self._options.budget_mb:
                break
            self._discard(slot)
        return False

    async def _start(self, slot: Slot, environment: Mapping[str, str]) -> None:
        pool = slot.pool
        try:
            outcome = await self._starter(slot.worker, pool.plan, environment)
            response = start_response(outcome, timeout_ms=pool.plan.action.limits.timeout)
            if response is not None:
                raise StartFailed(response, outcome, slot.worker.runtime)
        except Exception as error:
            # After any error, the first run must get an answer and the budget its memory back.
            if not isinstance(error, (FaasError, StartFailed, Superseded)):
                log.exception("A worker of %s could not be started.", pool.plan.path)
            pool.starting -= 1
            waiter = self._next_waiter(pool)
            if waiter is not None:
                waiter.lease.set_exception(error)
            await slot.worker.end()
            self._on_termination(slot)
        else:
            pool.starting -= 1
            # Only now: after a failed start, the handler above has called it already.
            slot.worker.termination.add_done_callback(lambda _: self._on_termination(slot))
            self._offer(slot, outcome)
            self._grow(pool)

    def _offer(self, slot: Slot, started: Outcome | None) -> None:
        pool = slot.pool
        waiter = self._next_waiter(pool)
        if waiter is not None:
            slot.busy_since = time.monotonic()
            waiter.lease.set_result(Lease(slot, started))
        elif pool.retired:
            self._discard(slot)
        else:
            slot.idle_since = time.monotonic()
            pool.idle.append(slot)
            if self._idle_timer is None:
                self._expire_in(self._options.idle_s)
            # The queue of another action may need the memory of this idle worker.
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
        self._ending_mb += slot.pool.plan.memory_mb
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
        self._used_mb -= pool.plan.memory_mb
        if slot.ending:
            self._ending_mb -= pool.plan.memory_mb
        self._drop_if_empty(pool)
        self._serve_queues()

    def _drop_if_empty(self, pool: Pool) -> None:
        key = pool.plan.warm_key
        if not pool.empty or self._pools.get(key) is not pool:
            return
        del self._pools[key]
        revision = pool.plan.revision
        others = any(each.plan.revision == revision for each in self._pools.values())
        if pool.retired and not others:
            self._on_forgotten(revision)

    def _serve_queues(self) -> None:
        """Start workers, if there is room, for the runs that have waited longest first."""
        for pool in sorted(self._queues, key=lambda each: each.waiting[0].since):
            self._grow(pool)

    def _another_starves(self, busy: Pool) -> bool:
        """Return whether an action without a worker has waited longer than ``busy``'s queue."""
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
