"""Holding a worker's processes while they are looked at, when there are suddenly many."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Container, Iterable
from pathlib import Path

_PROC = Path("/proc")

# So many more threads on this machine than at the last look make a look urgent.
SUDDEN = 32


def machine_tasks() -> int:
    """The threads of all processes of this machine; 0 where that is not told. Takes 10 µs."""
    try:
        return int((_PROC / "loadavg").read_bytes().split()[3].partition(b"/")[2])
    except (OSError, ValueError, IndexError):
        return 0


class Crowd:
    """A fork bomb soon leaves nobody else the time to count it, so it is stopped first.

    Its process groups are stopped, in one call each, and go on unless they are ended meanwhile.
    """

    def __init__(self, tasks: Callable[[], int] = machine_tasks) -> None:
        self._tasks = tasks
        self._known = tasks()
        self._held: dict[int, set[int]] = {}

    def sudden(self) -> bool:
        """Whether there are many more threads on this machine than at the last call."""
        before, self._known = self._known, self._tasks()
        return self._known - before > SUDDEN

    def hold(self, launcher: int) -> None:
        """Stop what it has started."""
        if launcher not in self._held:
            self._held[launcher] = _groups(launcher)
            _signal(self._held[launcher], signal.SIGSTOP)

    def let_go(self, *, but: Container[int] = ()) -> None:
        """Let them go on, those of the launchers ``but`` excepted: these are to be killed."""
        for launcher, groups in self._held.items():
            if launcher not in but:
                _signal(groups, signal.SIGCONT)
        self._held.clear()


def _signal(groups: Iterable[int], number: signal.Signals) -> None:
    for group in groups:
        with contextlib.suppress(OSError):  # It has ended.
            os.killpg(group, number)


def _groups(launcher: int) -> set[int]:
    """The process groups of its children, its own left out."""
    found = set()
    with contextlib.suppress(OSError, ValueError):
        children = (_PROC / f"{launcher}/task/{launcher}/children").read_bytes().split()
        own = os.getpgid(launcher)
        for child in children:
            with contextlib.suppress(OSError):
                found.add(os.getpgid(int(child)))
        found.discard(own)
    return found
