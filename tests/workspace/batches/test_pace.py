"""When calls may start."""

from __future__ import annotations

import threading

import pytest

from jupyter_faas.workspace.batches.pace import Pace, Stopped


class Clock:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def test_no_more_calls_run_than_allowed() -> None:
    pace = Pace(2)
    pace.start()
    pace.start()
    third = threading.Thread(target=pace.start)
    third.start()
    third.join(0.05)
    assert third.is_alive()
    pace.end()
    third.join(10)
    assert not third.is_alive()


def test_refusals_halve_the_number_and_answers_restore_it() -> None:
    clock = Clock()
    pace = Pace(8, now=clock)
    clock.s = 1
    starts = [pace.start() for _ in range(8)]
    clock.s = 2
    for each in starts:
        pace.refused(each)
    # Eight refusals of the same moment are one.
    assert (pace.allowed, pace.refusals) == (4, 8)
    clock.s = 10
    for _ in range(60):
        pace.start()
        pace.end()
    assert pace.allowed == 8


def test_pauses_double_up_to_a_limit() -> None:
    clock = Clock()
    pace = Pace(1, now=clock)
    waits = []
    for _ in range(8):
        clock.s += 100
        pace.refused(pace.start())
        waits.append(pace.waits_s)
    assert waits == [0.25, 0.5, 1, 2, 4, 8, 15, 15]


def test_calls_per_minute_are_limited() -> None:
    clock = Clock()
    pace = Pace(100, 60, now=clock)
    for _ in range(60):
        pace.start()
        pace.end()
    late = threading.Thread(target=pace.start)
    late.daemon = True
    late.start()
    late.join(0.05)
    assert late.is_alive()
    clock.s = 60
    pace.end()  # wakes the thread, which looks at the clock again
    late.join(10)
    assert not late.is_alive()


def test_nothing_starts_after_a_stop() -> None:
    pace = Pace(1)
    pace.stop()
    with pytest.raises(Stopped):
        pace.start()
