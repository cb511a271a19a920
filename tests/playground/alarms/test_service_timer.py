from __future__ import annotations

import pytest

from jupyter_faas.playground.alarms.service import MAX_WAIT_S, WallClockTimer
from tests.playground.alarms.helpers.clock import MINUTE, NOON, Clock
from tests.playground.helpers.loop import in_loop


@in_loop
async def test_rings_when_it_is_due() -> None:
    clock, rung = Clock(), list[int]()
    timer = WallClockTimer(clock.now_ms, clock.call_later)
    timer.set(NOON + 1500, lambda: rung.append(clock.now))
    assert clock.waits == [1.5]
    await clock.pass_to(NOON + MINUTE)
    assert rung == [NOON + 1500]


@in_loop
async def test_rings_at_once_when_it_is_late() -> None:
    clock, rung = Clock(), list[int]()
    timer = WallClockTimer(clock.now_ms, clock.call_later)
    timer.set(NOON - MINUTE, lambda: rung.append(clock.now))
    await clock.pass_to(NOON)
    assert rung == [NOON]


@in_loop
async def test_last_setting_counts() -> None:
    clock, rung = Clock(), list[str]()
    timer = WallClockTimer(clock.now_ms, clock.call_later)
    timer.set(NOON + 1, lambda: rung.append("first"))
    timer.set(NOON + 2, lambda: rung.append("second"))
    await clock.pass_to(NOON + MINUTE)
    assert rung == ["second"]
    timer.set(NOON + 2 * MINUTE, lambda: rung.append("third"))
    timer.set(None, lambda: rung.append("never"))
    assert clock.waiting == []


@pytest.mark.parametrize("set_back", [False, True])
@in_loop
async def test_long_wait_follows_the_time_of_day(set_back: bool) -> None:
    clock, rung = Clock(), list[int]()
    timer = WallClockTimer(clock.now_ms, clock.call_later)
    due = NOON + 60 * MINUTE
    timer.set(due, lambda: rung.append(clock.now))
    assert clock.waits == [MAX_WAIT_S]
    if set_back:
        # The wait ends, but an hour of the clock was taken back meanwhile.
        clock.now -= 60 * MINUTE
        await clock.pass_to(due - 1)
        assert rung == []
        await clock.pass_to(due + MINUTE)
        assert rung == [due]
    else:
        await clock.sleep_to(due + MINUTE)
        assert rung == [due + MINUTE]
