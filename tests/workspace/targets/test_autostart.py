from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.workspace.targets.autostart import PlaygroundAutostart


class Started:
    """What is started: it waits until it may go on, and keeps its end of the pipe."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.leases: list[int] = []

    def __call__(self, lease: int) -> None:
        self.leases.append(os.dup(lease))
        self.may_go_on.wait(10)


@pytest.fixture
def started() -> Iterator[Started]:
    made = Started()
    yield made
    for lease in made.leases:
        os.close(lease)


def is_closed(lease: int) -> bool:
    os.set_blocking(lease, False)
    try:
        return os.read(lease, 1) == b""
    except BlockingIOError:
        return False


def test_it_begins_while_the_caller_goes_on(started: Started) -> None:
    early = PlaygroundAutostart(lambda: False, started)
    early.begin()
    started.may_go_on.set()
    early.wait()
    assert len(started.leases) == 1
    assert not is_closed(started.leases[0])


def test_the_lease_ends_with_close(started: Started) -> None:
    early = PlaygroundAutostart(lambda: False, started)
    started.may_go_on.set()
    early.begin()
    early.close()
    early.close()
    assert is_closed(started.leases[0])


def test_what_runs_is_not_started(started: Started) -> None:
    early = PlaygroundAutostart(lambda: True, started)
    early.begin()
    early.close()
    assert started.leases == []


def test_what_is_being_started_is_not_started_twice(started: Started) -> None:
    early = PlaygroundAutostart(lambda: False, started)
    early.begin()
    early.begin()
    started.may_go_on.set()
    early.wait()
    assert len(started.leases) == 1


def test_what_is_started_anew_does_not_end_the_one_before(started: Started) -> None:
    early = PlaygroundAutostart(lambda: False, started)
    started.may_go_on.set()
    for _ in range(2):
        early.begin()
        early.wait()
    assert not any(map(is_closed, started.leases))
    early.close()
    assert all(map(is_closed, started.leases))


def test_what_goes_wrong_is_left_to_whoever_needs_it() -> None:
    def fail(lease: int) -> None:
        raise PlaygroundError("There is no room.")

    early = PlaygroundAutostart(lambda: False, fail)
    early.begin()
    early.close()


def test_nothing_was_begun() -> None:
    early = PlaygroundAutostart(lambda: False, lambda lease: None)
    early.wait()
    early.close()
