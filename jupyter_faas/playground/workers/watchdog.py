"""Looks at what the workers that are at work use, and at nothing when none is."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from types import FrameType

from jupyter_faas.playground.workers.memory import ProcessTreeUsage, process_tree_usage, tree
from jupyter_faas.playground.workers.worker import Worker

# -- Holding a worker's processes while they are looked at, when there are suddenly many.


_PROC = Path("/proc")

# So many more threads on this machine than at the last look make a look urgent.
SURGE_THREADS = 32


def machine_tasks() -> int:
    """The threads of all processes of this machine; 0 where that is not told. Takes 10 µs."""
    try:
        return int((_PROC / "loadavg").read_bytes().split()[3].partition(b"/")[2])
    except (OSError, ValueError, IndexError):
        return 0


class ProcessFreezer:
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
        return self._known - before > SURGE_THREADS

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


INTERVAL_S = 0.05

# Threads of all processes of one worker. A limit of the kernel's own (RLIMIT_NPROC) would count
# all that the user runs, and root is exempt from it.
MAX_TASKS = 512
TOO_MANY_TASKS = "The action had more than {} processes and threads at a time, and was ended."

# So many are not counted while they run.
_MANY = 64

_EXACT_EVERY_S = 0.25
_MANY_EVERY_S = 1.0

# Of a launcher; then how much of it is inherited, and whether it has to be exact.
Measure = Callable[[int, int, bool], ProcessTreeUsage]


class MemoryWatchdog:
    """Ends a worker whose processes together use more anonymous memory than its limit, or are too
    many."""

    def __init__(
        self,
        every_s: float = INTERVAL_S,
        measure: Measure = process_tree_usage,
        max_tasks: int = MAX_TASKS,
    ) -> None:
        self._every_s = every_s
        self._measure = measure
        self._max_tasks = max_tasks
        self._crowd = ProcessFreezer()
        self._many = False
        # When several processes were last added up exactly, for which they have to stand still.
        self._exact_at: dict[Worker, float] = {}
        self._limits: dict[Worker, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None

    def add(self, worker: Worker, limit_bytes: int) -> None:
        if not self._limits:
            self._many = False
        self._limits[worker] = limit_bytes
        if self._timer is None and self._looking is None:
            self._crowd.sudden()  # From now on.
            self._again()

    def remove(self, worker: Worker) -> None:
        self._limits.pop(worker, None)
        self._exact_at.pop(worker, None)

    def _again(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._every_s, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._limits:
            self._looking = asyncio.get_running_loop().create_task(self._measure_all())

    async def _measure_all(self) -> None:
        pids = {each: each.launcher_pid for each in self._limits}
        limits = dict(self._limits)
        ended: list[int] = []
        try:
            if self._crowd.sudden() or self._many:
                for pid in filter(None, pids.values()):
                    self._crowd.hold(pid)
            used = await asyncio.to_thread(
                lambda: {one: self._use(one, pid, limits[one]) for one, pid in pids.items() if pid}
            )
            self._many = any(use.tasks > _MANY for use in used.values())
            ended = [pids[worker] for worker, use in used.items() if self._judge(worker, use)]
        finally:
            # Whatever happens, nobody stays stopped, and somebody looks again.
            self._crowd.let_go(but=ended)
            self._looking = None
            if self._limits:
                self._again()

    def _use(self, worker: Worker, pid: int, limit: int) -> ProcessTreeUsage:
        use = self._measure(pid, worker.inherited_bytes, False)
        if use.exact or use.tasks > self._max_tasks:
            return use
        now = time.monotonic()
        since_s = now - self._exact_at.get(worker, 0.0)
        # To add up many takes long, in which a bomb would be stopped and come to no end.
        urgent = use.size > limit and use.tasks <= _MANY
        if urgent or since_s > (_EXACT_EVERY_S if use.tasks <= _MANY else _MANY_EVERY_S):
            self._exact_at[worker] = now
            self._crowd.hold(pid)
            return self._measure(pid, worker.inherited_bytes, True)
        return use

    def _judge(self, worker: Worker, use: ProcessTreeUsage) -> bool:
        """Whether it has to end. One that has finished meanwhile is judged at its next run."""
        limit = self._limits.get(worker)
        if limit is None:
            return False
        if use.tasks > self._max_tasks:
            worker.end_with_log(TOO_MANY_TASKS.format(self._max_tasks))
            return True
        if not use.exact:
            return False  # What they share was counted for each of them.
        # Half of what they began with is the launcher's, which the action never sees.
        worker.memory.record_sample(use.size + worker.inherited_bytes // 2)
        if use.size > limit:
            worker.end_out_of_memory()
        return use.size > limit


# -- Processes of an action that has killed its own launcher, which was to end them.


log = logging.getLogger(__name__)

_PR_SET_CHILD_SUBREAPER = 36

# Many may end at once.
_LOOK_AFTER_S = 0.1


class OrphanReaper:
    """Orphans become children of this process, instead of nobody's, and are ended."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Future[None] | None = None

    def start(self) -> None:
        """Nothing happens where the kernel is not Linux."""
        if sys.platform == "linux":
            with contextlib.suppress(AttributeError, OSError):
                ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
                # Whoever kills a launcher, its worker is a child of ours when it follows. uvloop
                # keeps this signal for processes that it has started, of which there are none.
                signal.signal(signal.SIGCHLD, self._child_ended)

    async def close(self) -> None:
        """End whoever is left."""
        if self._timer is not None:
            self._timer.cancel()
        if self._looking is not None:
            await self._looking
        if sys.platform == "linux":
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            await asyncio.to_thread(kill_orphans)

    def _child_ended(self, number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(RuntimeError):  # The loop has been closed.
            self._loop.call_soon_threadsafe(self._soon)

    def _soon(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(_LOOK_AFTER_S, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._looking is not None and not self._looking.done():
            self._soon()
        else:
            self._looking = self._loop.run_in_executor(None, kill_orphans)


def kill_orphans() -> None:
    """Kill the children of this process that are a worker's, and collect the dead. Blocking.

    A worker takes on an ``oom_score_adj`` that is higher than ours, and nothing that it starts can
    have a lower one. What this process has started itself and waits for stays in its session.
    """
    session, own = os.getsid(0), _oom_score(os.getpid())
    while True:
        killed = False
        for pid in _children():
            with contextlib.suppress(OSError, ValueError):  # It has ended meanwhile.
                if os.getsid(pid) == session:
                    continue
                if os.waitpid(pid, os.WNOHANG)[0] == pid or _oom_score(pid) <= own:
                    continue
                log.warning("Process %d had lost its launcher, and was ended.", pid)
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                killed = True
        # What these had started themselves is a child of this process now.
        if not killed:
            return


def _children() -> Iterator[int]:
    for task in os.listdir(_PROC / "self/task"):
        with contextlib.suppress(OSError):
            yield from map(int, (_PROC / f"self/task/{task}/children").read_bytes().split())


def _oom_score(pid: int) -> int:
    return int((_PROC / f"{pid}/oom_score_adj").read_bytes())
