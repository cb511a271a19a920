"""When calls may start."""

from __future__ import annotations

import asyncio
import time

import pytest

from jupyter_faas.workspace.batches.pace import Pace, Stopped
from tests.playground.helpers.loop import in_loop


class Clock:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


async def waits(starting: asyncio.Task[float]) -> bool:
    for _ in range(5):
        await asyncio.sleep(0)
    return not starting.done()


@in_loop
async def test_no_more_calls_run_than_allowed() -> None:
    pace = Pace(2)
    await pace.start()
    await pace.start()
    third = asyncio.create_task(pace.start())
    assert await waits(third)
    pace.end()
    await asyncio.wait_for(third, 10)


@in_loop
async def test_refusals_halve_the_number_and_answers_restore_it() -> None:
    clock = Clock()
    pace = Pace(8, now=clock)
    clock.s = 1
    starts = [await pace.start() for _ in range(8)]
    clock.s = 2
    for each in starts:
        pace.refused(each)
    # Eight refusals of the same moment are one.
    assert (pace.allowed, pace.refusals) == (4, 8)
    clock.s = 10
    for _ in range(60):
        await pace.start()
        pace.end()
    assert pace.allowed == 8


@in_loop
async def test_pauses_double_up_to_a_limit() -> None:
    clock = Clock()
    pace = Pace(1, now=clock)
    waits = []
    for _ in range(8):
        clock.s += 100
        pace.refused(await pace.start())
        waits.append(pace.waits_s)
    assert waits == [0.25, 0.5, 1, 2, 4, 8, 15, 15]


@in_loop
async def test_a_pause_ends_by_itself() -> None:
    pace = Pace(1)
    began = time.monotonic()
    pace.refused(await pace.start())
    await asyncio.wait_for(pace.start(), 10)
    assert time.monotonic() - began >= 0.25


@in_loop
async def test_calls_per_minute_are_limited() -> None:
    clock = Clock()
    pace = Pace(100, 60, now=clock)
    for _ in range(60):
        await pace.start()
        pace.end()
    late = asyncio.create_task(pace.start())
    assert await waits(late)
    clock.s = 60
    pace.end()  # wakes the call, which looks at the clock again
    await asyncio.wait_for(late, 10)


@in_loop
async def test_nothing_starts_after_a_stop() -> None:
    pace = Pace(1)
    await pace.start()
    second = asyncio.create_task(pace.start())
    assert await waits(second)
    pace.stop()
    for each in (second, pace.start()):
        with pytest.raises(Stopped):
            await asyncio.wait_for(each, 10)
