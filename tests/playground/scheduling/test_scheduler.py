"""Who gets a worker and when; the workers here are no processes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from jupyter_faas.errors import KindNotSupported
from jupyter_faas.playground.entities.actions import DeployedAction
from jupyter_faas.playground.entities.resolved_action import ResolvedAction, resolve_action
from jupyter_faas.playground.scheduling.pool import Lease, StartFailed
from jupyter_faas.playground.scheduling.scheduler import Scheduler, SchedulerOptions
from jupyter_faas.playground.workers.exchange import Outcome, OutcomeStatus
from jupyter_faas.playground.workers.worker import Worker
from jupyter_faas.whisk import Action, ActionLimits, Exec
from tests.playground.helpers.loop import eventually, in_loop

STARTED = Outcome(OutcomeStatus.ANSWERED, b'{"ok":true}', 11, 0.01, ())
ACTION = Action("guest", "a", "0.0.1", False, Exec("python:3.11"), (), (), ActionLimits(), 0)


def plan(revision: int, memory: int = 256, caller: str = "guest") -> ResolvedAction:
    deployed = DeployedAction(replace(ACTION, limits=ActionLimits(memory=memory)), revision)
    return resolve_action(deployed, caller_namespace=caller)


class PretendWorker(Worker):
    """A worker without processes; ``end`` is all there is to it."""

    def __init__(self) -> None:
        super().__init__(1)
        self.well = True
        self.memory.waits_per_run = 1.0  # for the next request
        self.preempting = True

    def set_preempting(self, preempting: bool) -> None:
        self.preempting = preempting

    @property
    def alive(self) -> bool:
        return self.well and not self.termination.done()

    async def end(self) -> None:
        self.well = False
        if not self.termination.done():
            self.termination.set_result(None)


class House:
    """A scheduler, and what its workers were started for. Starts wait for ``gate``."""

    def __init__(
        self,
        budget_mb: int = 10_000,
        idle_s: float = 600,
        max_concurrent_starts: int = 2,
        **more: Any,
    ) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.started: list[int] = []
        self.forgotten: list[int] = []
        self.rests: list[int] = []
        self.failure: Exception | None = None
        self.outcome = STARTED
        self.workers: list[PretendWorker] = []
        self.scheduler = Scheduler(
            SchedulerOptions(budget_mb, idle_s, max_concurrent_starts, **more),
            self._new_worker,
            self._start,
            self.forgotten.append,
            lambda: self.rests.append(self.alive),
        )

    def _new_worker(self) -> Worker:
        worker = PretendWorker()
        self.workers.append(worker)
        return worker

    async def _start(
        self, worker: Worker, of: ResolvedAction, environment: Mapping[str, str]
    ) -> Outcome:
        self.started.append(of.revision)
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return self.outcome

    def ask(self, of: ResolvedAction) -> asyncio.Future[Lease]:
        future: asyncio.Future[Lease] = asyncio.get_running_loop().create_future()

        def on_lease(found: Lease | Exception) -> None:
            if isinstance(found, Lease):
                future.set_result(found)
            else:
                future.set_exception(found)

        lease = self.scheduler.lease(of, dict, on_lease)
        if lease is not None:
            on_lease(lease)
        return future

    @property
    def alive(self) -> int:
        return sum(worker.alive for worker in self.workers)


@in_loop
async def test_worker_is_kept_warm() -> None:
    house = House()
    first = await house.ask(plan(1))
    assert first.started is STARTED
    house.scheduler.release(first.slot, reusable=True)
    second = await house.ask(plan(1))
    assert second.worker is first.worker
    assert second.started is None
    assert house.started == [1]


@in_loop
async def test_worker_that_failed_is_not_used_again() -> None:
    house = House()
    first = await house.ask(plan(1))
    house.scheduler.release(first.slot, reusable=False)
    second = await house.ask(plan(1))
    assert second.worker is not first.worker
    await eventually(first.worker.termination.done)


@in_loop
async def test_worker_that_ended_meanwhile_is_not_used() -> None:
    house = House()
    first = await house.ask(plan(1))
    house.scheduler.release(first.slot, reusable=True)
    await first.worker.end()
    assert (await house.ask(plan(1))).worker is not first.worker


@in_loop
async def test_each_revision_has_its_own_workers() -> None:
    house = House()
    first = await house.ask(plan(1))
    house.scheduler.release(first.slot, reusable=True)
    assert (await house.ask(plan(2))).worker is not first.worker


@in_loop
async def test_workers_grow_with_the_runs_in_flight() -> None:
    house = House()
    leases = await asyncio.gather(*(house.ask(plan(1)) for _ in range(5)))
    assert len({lease.worker for lease in leases}) == 5


@in_loop
async def test_short_runs_wait_for_a_worker_that_is_at_work() -> None:
    house = House(start_s=30)
    first = await house.ask(plan(1))
    house.scheduler.release(first.slot, reusable=True)
    lease = await house.ask(plan(1))
    waiting = [house.ask(plan(1)) for _ in range(3)]
    for each in waiting:
        house.scheduler.release(lease.slot, reusable=True)
        lease = await each
    assert len(house.workers) == 1


@in_loop
async def test_who_waits_in_vain_gets_a_worker_of_its_own() -> None:
    house = House(start_s=0.02)
    first = await house.ask(plan(1))
    house.scheduler.release(first.slot, reusable=True)
    busy = await house.ask(plan(1))
    assert (await house.ask(plan(1))).worker is not busy.worker


@in_loop
async def test_nobody_waits_for_runs_that_take_long() -> None:
    house = House(start_s=30)
    first = await house.ask(plan(1))
    first.slot.busy_since -= 100
    house.scheduler.release(first.slot, reusable=True)
    busy = await house.ask(plan(1))
    assert (await house.ask(plan(1))).worker is not busy.worker


@in_loop
async def test_short_runs_take_turns_on_as_many_workers_as_processors() -> None:
    house = House(start_s=30, processors=1)
    for lease in await asyncio.gather(*(house.ask(plan(1)) for _ in range(3))):
        house.scheduler.release(lease.slot, reusable=True)
    lease = await house.ask(plan(1))
    one = lease.worker
    waiting = [house.ask(plan(1)) for _ in range(3)]
    for each in waiting:
        assert not each.done()
        house.scheduler.release(lease.slot, reusable=True)
        lease = await each
        assert lease.worker is one


@in_loop
async def test_a_queue_that_lasts_gets_as_many_workers_as_processors() -> None:
    house = House(start_s=30, processors=3, lasting_queue_s=0.05)
    first = await house.ask(plan(1))
    house.scheduler.release(first.slot, reusable=True)
    leases = deque([await house.ask(plan(1))])
    waiting = deque(house.ask(plan(1)) for _ in range(8))
    last_start, counts, rounds = time.monotonic(), [1], 0
    while len(counts) < 3 or rounds < 200:
        rounds += 1
        # As clients do that always have a request on its way.
        waiting.append(house.ask(plan(1)))
        house.scheduler.release(leases.popleft().slot, reusable=True)
        await asyncio.sleep(0.001)
        while waiting[0].done():
            leases.append(waiting.popleft().result())
        if len(house.workers) > counts[-1]:
            now = time.monotonic()
            assert now - last_start >= 0.04
            last_start = now
            counts.append(len(house.workers))
    assert counts == [1, 2, 3]


@in_loop
async def test_runs_that_wait_for_something_get_workers_of_their_own() -> None:
    house = House(start_s=30, processors=1)
    for lease in await asyncio.gather(*(house.ask(plan(1)) for _ in range(3))):
        lease.worker.memory.waits_per_run = 2.0
        house.scheduler.release(lease.slot, reusable=True)
    leases = await asyncio.gather(*(house.ask(plan(1)) for _ in range(3)))
    assert len({lease.worker for lease in leases}) == 3


@in_loop
async def test_who_takes_turns_in_vain_gets_an_idle_worker() -> None:
    house = House(start_s=0.02, processors=1)
    for lease in await asyncio.gather(*(house.ask(plan(1)) for _ in range(2))):
        house.scheduler.release(lease.slot, reusable=True)
    busy = await house.ask(plan(1))
    assert (await house.ask(plan(1))).worker is not busy.worker
    assert len(house.workers) == 2


@in_loop
async def test_few_are_started_at_once() -> None:
    house = House(max_concurrent_starts=2)
    house.gate.clear()
    waiting = [house.ask(plan(1)) for _ in range(5)]
    await asyncio.sleep(0)
    assert len(house.started) == 2
    house.gate.set()
    await asyncio.gather(*waiting)


@in_loop
async def test_runs_are_served_in_order() -> None:
    house = House(budget_mb=256)
    lease = await house.ask(plan(1))
    waiting = [house.ask(plan(1)) for _ in range(3)]
    for number, each in enumerate(waiting):
        house.scheduler.release(lease.slot, reusable=True)
        assert [other.done() for other in waiting] == [True] * (number + 1) + [False] * (2 - number)
        lease = await each
    assert house.started == [1]


@in_loop
async def test_budget_is_kept() -> None:
    house = House(budget_mb=1000)
    waiting = [house.ask(plan(1)) for _ in range(5)]
    await eventually(lambda: sum(each.done() for each in waiting) == 3)
    await asyncio.sleep(0.01)
    assert house.alive == 3
    house.scheduler.release(waiting[0].result().slot, reusable=True)
    await waiting[3]
    assert not waiting[4].done()


@in_loop
async def test_longest_idle_worker_makes_room() -> None:
    house = House(budget_mb=600)
    first, second = await house.ask(plan(1)), await house.ask(plan(2))
    house.scheduler.release(first.slot, reusable=True)
    house.scheduler.release(second.slot, reusable=True)
    await house.ask(plan(3))
    assert not first.worker.alive
    assert second.worker.alive


@in_loop
async def test_busy_worker_makes_room_for_an_action_that_has_none() -> None:
    house = House(budget_mb=256)
    lease = await house.ask(plan(1))
    other = house.ask(plan(2))
    more = house.ask(plan(1))
    house.scheduler.release(lease.slot, reusable=True)
    served = await other
    assert not more.done()
    house.scheduler.release(served.slot, reusable=True)
    await more


@in_loop
async def test_action_larger_than_the_budget_runs_alone() -> None:
    house = House(budget_mb=512)
    small = await house.ask(plan(1))
    large = house.ask(plan(2, memory=4096))
    # Those who come later must not take the room that it waits for.
    later = house.ask(plan(3))
    await asyncio.sleep(0.01)
    assert not large.done()
    assert not later.done()
    house.scheduler.release(small.slot, reusable=True)
    lease = await large
    assert house.alive == 1
    house.scheduler.release(lease.slot, reusable=True)
    await later


@in_loop
async def test_idle_workers_leave() -> None:
    house = House(idle_s=0.02)
    lease = await house.ask(plan(1))
    house.scheduler.release(lease.slot, reusable=True)
    await eventually(lambda: not house.scheduler.has_worker(plan(1)))
    assert lease.worker.termination.done()


@in_loop
async def test_rest_begins_when_the_last_worker_has_ended() -> None:
    house = House(rest_s=0.0)
    first, last = await house.ask(plan(1)), await house.ask(plan(2))
    for lease in (first, last):
        assert house.rests == []
        house.scheduler.release(lease.slot, reusable=False)
        await eventually(lease.worker.termination.done)
    await eventually(lambda: house.rests == [0])


@in_loop
async def test_retired_revision_keeps_no_worker() -> None:
    house = House()
    idle, busy = await house.ask(plan(1)), await house.ask(plan(1))
    house.scheduler.release(idle.slot, reusable=True)
    house.scheduler.retire(1)
    await eventually(idle.worker.termination.done)
    assert busy.worker.alive
    assert house.forgotten == []
    house.scheduler.release(busy.slot, reusable=True)
    await eventually(lambda: house.forgotten == [1])
    assert busy.worker.termination.done()


@in_loop
async def test_namespaces_share_no_worker() -> None:
    house = House()
    first = await house.ask(plan(1))
    house.scheduler.release(first.slot, reusable=True)
    second = await house.ask(plan(1, caller="other"))
    assert second.worker is not first.worker
    house.scheduler.release(second.slot, reusable=True)
    house.scheduler.retire(1)
    await eventually(lambda: house.forgotten == [1])
    assert house.alive == 0


@in_loop
async def test_retired_revision_still_serves_those_who_wait() -> None:
    house = House(budget_mb=256)
    lease = await house.ask(plan(1))
    waiting = house.ask(plan(1))
    house.scheduler.retire(1)
    house.scheduler.release(lease.slot, reusable=True)
    house.scheduler.release((await waiting).slot, reusable=True)
    await eventually(lambda: house.forgotten == [1])


@in_loop
async def test_retired_revision_without_workers_is_forgotten_at_once() -> None:
    house = House()
    house.scheduler.retire(5)
    assert house.forgotten == [5]


@in_loop
async def test_start_that_fails_fails_one_run() -> None:
    house = House()
    house.outcome = Outcome(OutcomeStatus.EXITED, b"", 0, 0.1, ("a line",))
    with pytest.raises(StartFailed) as error:
        await house.ask(plan(1))
    assert error.value.outcome is house.outcome
    assert error.value.response.status_code == 2
    house.outcome = STARTED
    assert (await house.ask(plan(1))).started is STARTED


@in_loop
async def test_start_that_fails_gives_its_room_back() -> None:
    house = House(budget_mb=256)
    house.failure = KindNotSupported("no such thing here")
    for _ in range(3):
        with pytest.raises(KindNotSupported, match="no such thing here"):
            await house.ask(plan(1))
    house.failure = None
    await house.ask(plan(2))


@in_loop
async def test_close_ends_everything() -> None:
    house = House()
    leases = [await house.ask(plan(1)), await house.ask(plan(2))]
    house.scheduler.release(leases[0].slot, reusable=True)
    await house.scheduler.close()
    assert house.alive == 0


@in_loop
async def test_number_of_workers_is_limited() -> None:
    house = House(max_workers=2)
    first, second = await house.ask(plan(1)), await house.ask(plan(2))
    third = house.ask(plan(3))
    await asyncio.sleep(0)
    assert not third.done()
    house.scheduler.release(first.slot, reusable=True)
    lease = await third
    assert house.started == [1, 2, 3]
    assert house.alive == 2
    house.scheduler.release(second.slot, reusable=True)
    house.scheduler.release(lease.slot, reusable=True)


@in_loop
async def test_workers_interrupt_others_only_while_no_run_waits() -> None:
    house = House(256)
    lease = await house.ask(plan(1))
    (worker,) = house.workers
    assert isinstance(worker, PretendWorker)
    waiting = [house.ask(plan(1)) for _ in range(3)]
    assert worker.preempting
    for each in waiting:
        house.scheduler.release(lease.slot, reusable=True)
        lease = await each
        assert not worker.preempting
    house.scheduler.release(lease.slot, reusable=True)
    for _ in range(49):
        house.scheduler.release((await house.ask(plan(1))).slot, reusable=True)
        assert not worker.preempting
    house.scheduler.release((await house.ask(plan(1))).slot, reusable=True)
    assert worker.preempting
