"""Holding a worker's processes while they are looked at, when there are suddenly many."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Container, Iterable
from pathlib import Path

from jupyter_faas.playground.memory import tree

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
    An action that had stopped itself stays so.
    """

    def __init__(self, tasks: Callable[[], int] = machine_tasks) -> None:
        self._tasks = tasks
        self._known = tasks()
        # Of a launcher: its groups, and which of its children stood still already.
        self._held: dict[int, tuple[set[int], set[int]]] = {}

    def sudden(self) -> bool:
        """Whether there are many more threads on this machine than at the last call."""
        before, self._known = self._known, self._tasks()
        return self._known - before > SUDDEN

    def hold(self, launcher: int) -> None:
        """Stop what it has started."""
        if launcher not in self._held:
            self._held[launcher] = groups, _ = _groups(launcher)
            _signal(os.killpg, groups, signal.SIGSTOP)

    def let_go(self, *, but: Container[int] = ()) -> None:
        """Let them go on, those of the launchers ``but`` excepted: these are to be killed."""
        for launcher, (groups, still) in self._held.items():
            if launcher in but:
                continue
            if still:
                # To go on for a moment would be to go on, so the others are told one by one.
                others = (pid for pid, _ in tree(launcher) if pid not in still)
                _signal(os.kill, others, signal.SIGCONT)
            else:
                _signal(os.killpg, groups, signal.SIGCONT)
        self._held.clear()


def _signal(send: Callable[[int, int], None], to: Iterable[int], number: signal.Signals) -> None:
    for each in to:
        with contextlib.suppress(OSError):  # It has ended.
            send(each, number)


def _groups(launcher: int) -> tuple[set[int], set[int]]:
    """The process groups of its children, its own left out; the children that are stopped."""
    groups: set[int] = set()
    still: set[int] = set()
    with contextlib.suppress(OSError, ValueError):
        children = (_PROC / f"{launcher}/task/{launcher}/children").read_bytes().split()
        own = os.getpgid(launcher)
        for child in map(int, children):
            with contextlib.suppress(OSError):
                groups.add(os.getpgid(child))
                if _is_stopped(child):
                    still.add(child)
        groups.discard(own)
    return groups, still


def _is_stopped(pid: int) -> bool:
    # The state comes after the name, which may hold anything.
    return (_PROC / f"{pid}/stat").read_bytes().rpartition(b") ")[2].startswith(b"T")
