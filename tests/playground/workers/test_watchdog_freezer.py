"""Holding the processes of real launchers, and letting them go on."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from jupyter_faas.playground.workers.watchdog import SURGE_THREADS, ProcessFreezer
from tests.playground.helpers.loop import wait_until
from tests.playground.helpers.processes import lives

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# A worker in a session of its own, as a launcher starts it, which runs `sleep` and then `{then}`.
_LAUNCHER = """
import os, signal, subprocess, sys, time
if os.fork() == 0:
    os.setsid()
    child = subprocess.Popen(["sleep", "600"])
    {then}
    time.sleep(600)
os.wait()
"""


@contextmanager
def launched(then: str = "pass") -> Iterator[tuple[psutil.Process, psutil.Process, psutil.Process]]:
    """A launcher, its worker, and what that has started."""
    program = [sys.executable, "-c", _LAUNCHER.format(then=then)]
    with subprocess.Popen(program, start_new_session=True) as process:
        launcher = psutil.Process(process.pid)
        # Until the second one has become ``sleep``, its parent waits for it and is not stopped.
        wait_until(
            lambda: [one.name() for one in launcher.children(recursive=True)][1:] == ["sleep"]
        )
        worker, below = launcher.children(recursive=True)
        try:
            yield launcher, worker, below
        finally:
            for each in (below, worker, launcher):
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()


def is_stopped(process: psutil.Process) -> bool:
    return bool(process.status() == psutil.STATUS_STOPPED)


def test_what_is_held_stands_still_and_goes_on() -> None:
    freezer = ProcessFreezer()
    with launched() as (launcher, worker, below):
        freezer.freeze(launcher.pid)
        wait_until(lambda: is_stopped(worker) and is_stopped(below))
        assert not is_stopped(launcher)
        freezer.thaw()
        wait_until(lambda: not is_stopped(worker) and not is_stopped(below))


def test_what_is_to_be_killed_stays_held() -> None:
    freezer = ProcessFreezer()
    with launched() as (launcher, worker, _):
        freezer.freeze(launcher.pid)
        wait_until(lambda: is_stopped(worker))
        freezer.thaw(except_launchers=[launcher.pid])
        freezer.thaw()
        assert is_stopped(worker)


def test_worker_that_stopped_itself_is_not_woken() -> None:
    freezer = ProcessFreezer()
    # Woken, it would end, and its parent would see that.
    with launched("os.kill(os.getpid(), signal.SIGSTOP); os._exit(0)") as (launcher, worker, below):
        wait_until(lambda: is_stopped(worker))
        freezer.freeze(launcher.pid)
        wait_until(lambda: is_stopped(below))
        freezer.thaw()
        wait_until(lambda: not is_stopped(below))
        assert is_stopped(worker)
        worker.send_signal(signal.SIGCONT)
        wait_until(lambda: not lives(worker.pid))


def test_many_more_threads_at_a_look_are_sudden() -> None:
    tasks = iter([100, 100 + SURGE_THREADS, 101 + 2 * SURGE_THREADS, 90])
    freezer = ProcessFreezer(lambda: next(tasks))
    assert [freezer.has_surged() for _ in range(3)] == [False, True, False]
