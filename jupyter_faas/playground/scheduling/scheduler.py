"""Who gets a worker, when one is started, and which has to go."""

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
    """``budget_mb``: the memory limits of all workers together. ``idle_s``: how long one is kept.

    ``starts_at_once``: workers of one action that may be starting at a time; more would only
    slow each other down. ``start_s``: about how long a start takes; who can expect a worker that is
    at work before that waits for it. Short runs are then done by few workers, which stay in the
    caches of the processor, where one for each request would take turns with the others; for the
    same reason no more than ``processors`` are at work on runs that only compute, unless somebody
    has waited ``start_s`` for them.
    """

    budget_mb: int
    idle_s: float = 600.0
    starts_at_once: int = max(2, os.cpu_count() or 1)
    start_s: float = 0.02
    processors: int = (os.cpu_count() or 1) + 1


class Scheduler:
    """Workers grow with the runs in flight, up to the budget; a run without one waits its turn.

    Runs of one action are served in order. When room is needed the worker that has been idle
    longest goes, and an action without any worker comes before a busier one that asked later. An
    action larger than the budget runs alone.
    """

    def __init__(
        self,
        options: SchedulerOptions,
        new_worker: Callable[[], Worker],
        starter: Starter,
        on_forgotten: Callable[[int], None],
    ) -> None:
        """``on_forgotten`` is called for a retired revision when its last worker has gone."""
        self._options = options
        self._new_worker = new_worker
        self._starter = starter
        self._on_forgotten = on_forgotten
        self._pools: dict[WarmKey, Pool] = {}
        self._queued: set[Pool] = set()
        self._used_mb = 0
        self._leaving_mb = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle_timer: asyncio.TimerHandle | None = None

    def has_worker(self, plan: ResolvedAction) -> bool:
        pool = self._pools.get(plan.warm_key)
        return pool is not None and bool(pool.slots)

    def lease(
        self, plan: ResolvedAction, environment: Environment
    ) -> Lease | asyncio.Future[Lease]:
        """A worker, or the promise of one. Whoever gets it gives it back with ``release``.

        The promise may fail with StartFailed, Superseded or KindNotSupported.
        """
        pool = self._pools.get(plan.warm_key)
        if pool is None:
            pool = self._pools[plan.warm_key] = Pool(plan)
        if not pool.waiting and not pool.is_crowded(self._options.processors):
            slot = pool.take_idle()
            if slot is not None:
                return Lease(slot)
        promise: asyncio.Future[Lease] = asyncio.get_running_loop().create_future()
        pool.waiting.append(Waiter(time.monotonic(), environment, promise))
        self._queued.add(pool)
        self._grow(pool)
        return promise

    def release(self, slot: Slot, *, reusable: bool) -> None:
        pool = slot.pool
        pool.ran(slot)
        if not reusable or not slot.worker.alive or self._someone_starves(pool):
            self._discard(slot)
        else:
            self._offer(slot, None)

    def retire(self, revision: int) -> None:
        """The action was updated or deleted: what waits is served, nothing is kept for later."""
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
        """End every worker; returns when they are gone."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        for pool in self._pools.values():
            pool.waiting.clear()
            if pool.look is not None:
                pool.look.cancel()
        self._queued.clear()
        slots = [slot for pool in self._pools.values() for slot in pool.slots]
        await asyncio.gather(*(slot.worker.end() for slot in slots))

    # -- growing -------------------------------------------------------------------------------

    def _grow(self, pool: Pool) -> None:
        most = self._options.starts_at_once
        while len(pool.waiting) > pool.starting and pool.starting < most:
            if pool.idle or pool.is_served_sooner(self._options.start_s):
                self._look_again(pool)
                return
            # Whoever waits for room must not see others take it.
            if self._someone_starves(pool) or not self._make_room(pool.plan.memory_mb):
                return
            environment = pool.waiting[pool.starting].environment()
            pool.starting += 1
            self._used_mb += pool.plan.memory_mb
            slot = Slot(self._new_worker(), pool)
            pool.slots.add(slot)
            self._spawn(self._start(slot, environment))

    def _look_again(self, pool: Pool) -> None:
        def look() -> None:
            pool.look = None
            # Those at work were not as quick as it seemed.
            while pool.first_waits_s() >= self._options.start_s:
                slot = pool.take_idle()
                if slot is None:
                    break
                self._offer(slot, None)
            self._grow(pool)

        if pool.look is None:
            loop = asyncio.get_running_loop()
            pool.look = loop.call_later(self._options.start_s, look)

    def _make_room(self, wanted_mb: int) -> bool:
        """False when there is none yet; then ``_gone`` tries again."""
        if self._used_mb == 0 or self._used_mb + wanted_mb <= self._options.budget_mb:
            return True
        idle = (slot for pool in self._pools.values() for slot in pool.idle)
        for slot in sorted(idle, key=lambda each: each.idle_since):
            if self._used_mb - self._leaving_mb + wanted_mb <= self._options.budget_mb:
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
            if not isinstance(error, (FaasError, StartFailed, Superseded)):
                log.exception("A worker of %s could not be started.", pool.plan.path)
            pool.starting -= 1
            waiter = self._next_waiter(pool)
            if waiter is not None:
                waiter.lease.set_exception(error)
            await slot.worker.end()
            self._gone(slot)
        else:
            pool.starting -= 1
            slot.worker.termination.add_done_callback(lambda _: self._gone(slot))
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
            if self._queued:
                self._balance()

    def _next_waiter(self, pool: Pool) -> Waiter | None:
        waiter = pool.next_waiter()
        if not pool.waiting:
            self._queued.discard(pool)
        return waiter

    # -- shrinking -----------------------------------------------------------------------------

    def _discard(self, slot: Slot) -> None:
        if slot.leaving:
            return
        slot.leaving = True
        self._leaving_mb += slot.pool.plan.memory_mb
        if slot in slot.pool.idle:
            slot.pool.idle.remove(slot)
        self._spawn(slot.worker.end())

    def _gone(self, slot: Slot) -> None:
        pool = slot.pool
        if slot not in pool.slots:
            return
        pool.slots.remove(slot)
        if slot in pool.idle:
            pool.idle.remove(slot)
        self._used_mb -= pool.plan.memory_mb
        if slot.leaving:
            self._leaving_mb -= pool.plan.memory_mb
        self._drop_if_empty(pool)
        self._balance()

    def _drop_if_empty(self, pool: Pool) -> None:
        key = pool.plan.warm_key
        if not pool.empty or self._pools.get(key) is not pool:
            return
        del self._pools[key]
        revision = pool.plan.revision
        others = any(each.plan.revision == revision for each in self._pools.values())
        if pool.retired and not others:
            self._on_forgotten(revision)

    def _balance(self) -> None:
        """Room may have come free: those who have waited longest are first to use it."""
        for pool in sorted(self._queued, key=lambda each: each.waiting[0].since):
            self._grow(pool)

    def _someone_starves(self, busy: Pool) -> bool:
        """Whether another action has waited longer than this one's next run, without a worker."""
        mine = busy.waiting[0].since if busy.waiting else None
        return any(
            not pool.slots and (mine is None or pool.waiting[0].since < mine)
            for pool in self._queued
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
