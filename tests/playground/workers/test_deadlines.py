from __future__ import annotations

import asyncio
import time

from jupyter_faas.playground.workers.deadlines import Deadlines
from tests.playground.helpers.loop import eventually, in_loop


@in_loop
async def test_rings_in_time_and_once() -> None:
    rung: list[tuple[str, float]] = []
    began = time.monotonic()

    def ring(name: str) -> None:
        rung.append((name, time.monotonic() - began))

    deadlines = Deadlines()
    deadlines.add("b", 0.1, lambda: ring("b"))
    deadlines.add("a", 0.05, lambda: ring("a"))
    await eventually(lambda: len(rung) == 2)
    assert [name for name, _ in rung] == ["a", "b"]
    assert rung[0][1] >= 0.049
    assert rung[1][1] >= 0.099


@in_loop
async def test_dropped_in_time() -> None:
    rung: list[str] = []
    deadlines = Deadlines()
    deadlines.add("a", 0.03, lambda: rung.append("a"))
    deadlines.drop("a")
    deadlines.add("b", 0.06, lambda: rung.append("b"))
    await eventually(lambda: bool(rung))
    assert rung == ["b"]


@in_loop
async def test_added_anew_counts_from_then() -> None:
    rung: list[float] = []
    began = time.monotonic()
    deadlines = Deadlines()
    deadlines.add("a", 0.02, lambda: rung.append(0.0))
    deadlines.add("a", 0.08, lambda: rung.append(time.monotonic() - began))
    await eventually(lambda: bool(rung))
    assert rung[0] >= 0.079


@in_loop
async def test_what_rings_may_add_and_drop() -> None:
    rung: list[str] = []
    deadlines = Deadlines()

    def first() -> None:
        rung.append("first")
        deadlines.drop("second")
        deadlines.add("third", 0.01, lambda: rung.append("third"))

    deadlines.add("first", 0.02, first)
    deadlines.add("second", 0.05, lambda: rung.append("second"))
    await eventually(lambda: "third" in rung)
    assert rung == ["first", "third"]


@in_loop
async def test_nothing_rings_after_clear() -> None:
    rung: list[str] = []
    deadlines, other = Deadlines(), Deadlines()
    deadlines.add("a", 0.01, lambda: rung.append("a"))
    other.add("b", 0.03, lambda: rung.append("b"))
    deadlines.clear()
    await eventually(lambda: "b" in rung)
    assert rung == ["b"]


@in_loop
async def test_one_that_fails_keeps_no_other_from_ringing() -> None:
    rung: list[str] = []
    told: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(str(context["exception"])))

    def fail() -> None:
        raise ValueError("no")

    deadlines = Deadlines()
    deadlines.add("a", 0.01, fail)
    deadlines.add("b", 0.01, lambda: rung.append("b"))
    deadlines.add("c", 0.03, lambda: rung.append("c"))
    await eventually(lambda: rung == ["b", "c"])
    assert told == ["no"]


@in_loop
async def test_one_that_rings_may_drop_another_that_is_due() -> None:
    rung: list[str] = []
    deadlines = Deadlines()
    deadlines.add("a", 0.01, lambda: deadlines.drop("b"))
    deadlines.add("b", 0.01, lambda: rung.append("b"))
    deadlines.add("c", 0.03, lambda: rung.append("c"))
    await eventually(lambda: bool(rung))
    assert rung == ["c"]


@in_loop
async def test_time_during_which_the_process_was_suspended_does_not_count() -> None:
    rung: list[str] = []
    deadlines = Deadlines()
    deadlines.add("dropped", 0.05, lambda: rung.append("dropped"))
    deadlines.add("kept", 0.1, lambda: rung.append("kept"))
    # The loop stands still, as in a process that is suspended.
    time.sleep(1.3)  # noqa: ASYNC251 - the loop must not run
    await asyncio.sleep(0.1)
    assert rung == []
    deadlines.drop("dropped")
    await eventually(lambda: rung == ["kept"])
