"""Watchdogs of workers: memory limit, number of processes (fork bombs), and orphaned processes.

``MemoryWatchdog`` measures the process trees of running workers every 50 ms. It ends a worker that
is over its memory limit or has more than MAX_TASKS threads. ``ProcessFreezer`` stops (SIGSTOP) a
process tree while it is measured, if there are many processes. ``OrphanReaper`` kills the processes
of an action that has killed its own launcher.
"""

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

from jupyter_faas.playground.workers.memory import ProcessTreeUsage, iter_tree, process_tree_usage
from jupyter_faas.playground.workers.worker import Worker

# Stopping a worker's processes while they are measured

_PROC = Path("/proc")

# If the machine has this many more threads than at the last check, a fork bomb may be running.
SURGE_THREADS = 32


def machine_threads() -> int:
    """Return the number of threads on this machine; 0 if unknown. This takes 10 µs."""
    try:
        return int((_PROC / "loadavg").read_bytes().split()[3].partition(b"/")[2])
    except (OSError, ValueError, IndexError):
        return 0


class ProcessFreezer:
    """Stops the processes of workers with SIGSTOP, and continues them.

    The processes of a fork bomb multiply faster than they can be counted. So its process groups are
    stopped first, with one call for each group. Processes that the action had stopped itself stay
    stopped.
    """

    def __init__(self, tasks: Callable[[], int] = machine_threads) -> None:
        self._tasks = tasks
        self._thread_count = tasks()
        # By process id of the launcher: the process groups that were stopped, and the children
        # that the action had stopped before.
        self._frozen: dict[int, tuple[set[int], set[int]]] = {}

    def has_surged(self) -> bool:
        """Return whether this machine has many more threads than at the last call."""
        before, self._thread_count = self._thread_count, self._tasks()
        return self._thread_count - before > SURGE_THREADS

    def freeze(self, launcher: int) -> None:
        """Stop the process groups of the launcher's children."""
        if launcher not in self._frozen:
            self._frozen[launcher] = groups, _ = _process_groups(launcher)
            _signal(os.killpg, groups, signal.SIGSTOP)

    def thaw(self, *, except_launchers: Container[int] = ()) -> None:
        """Continue all stopped processes, except those of ``except_launchers``.

        Those are being killed, and would only use processor time.
        """
        for launcher, (groups, already_stopped) in self._frozen.items():
            if launcher in except_launchers:
                continue
            if already_stopped:
                # Continuing the group would also continue processes that the action had stopped.
                others = (pid for pid, _ in iter_tree(launcher) if pid not in already_stopped)
                _signal(os.kill, others, signal.SIGCONT)
            else:
                _signal(os.killpg, groups, signal.SIGCONT)
        self._frozen.clear()


def _signal(send: Callable[[int, int], None], to: Iterable[int], number: signal.Signals) -> None:
    for each in to:
        with contextlib.suppress(OSError):  # The process or group has ended.
            send(each, number)


def _process_groups(launcher: int) -> tuple[set[int], set[int]]:
    """Return the process groups of the launcher's children, and which children are stopped.

    The launcher's own group is not included, because the launcher must be able to kill the others.
    """
    groups: set[int] = set()
    already_stopped: set[int] = set()
    with contextlib.suppress(OSError, ValueError):
        children = (_PROC / f"{launcher}/task/{launcher}/children").read_bytes().split()
        own = os.getpgid(launcher)
        for child in map(int, children):
            with contextlib.suppress(OSError):
                groups.add(os.getpgid(child))
                if _is_stopped(child):
                    already_stopped.add(child)
        groups.discard(own)
    return groups, already_stopped


def _is_stopped(pid: int) -> bool:
    # The state follows the process name, which is in parentheses and may contain anything.
    return (_PROC / f"{pid}/stat").read_bytes().rpartition(b") ")[2].startswith(b"T")


INTERVAL_S = 0.05

# Limit for the threads of all processes of one worker. The kernel's own limit (RLIMIT_NPROC) counts
# everything that the user runs, and root is exempt from it.
MAX_TASKS = 512
TOO_MANY_TASKS = "The action had more than {} processes and threads at a time, and was ended."

# A tree with more threads than this is stopped before it is measured again.
_MANY_TASKS = 64

# The least time between two exact measurements of a tree. They stop the tree, and take longer for a
# tree with many processes.

_EXACT_INTERVAL_S = 0.25
_MANY_EXACT_INTERVAL_S = 1.0

# Takes the launcher's pid, the bytes inherited from a zygote, and whether to measure exactly.
Measure = Callable[[int, int, bool], ProcessTreeUsage]


class MemoryWatchdog:
    """Ends a worker whose processes use more anonymous memory than its limit or are too many.

    Nothing is measured while no worker runs.
    """

    def __init__(
        self,
        every_s: float = INTERVAL_S,
        measure: Measure = process_tree_usage,
        max_tasks: int = MAX_TASKS,
    ) -> None:
        self._every_s = every_s
        self._measure = measure
        self._max_tasks = max_tasks
        self._freezer = ProcessFreezer()
        self._has_many_tasks = False
        # When a tree of several processes was last measured exactly. It is stopped for that.
        self._exact_at: dict[Worker, float] = {}
        self._limits: dict[Worker, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._check_task: asyncio.Task[None] | None = None

    def add(self, worker: Worker, limit_bytes: int) -> None:
        if not self._limits:
            self._has_many_tasks = False
        self._limits[worker] = limit_bytes
        if self._timer is None and self._check_task is None:
            self._freezer.has_surged()  # Records the number that the next check compares with.
            self._schedule()

    def remove(self, worker: Worker) -> None:
        self._limits.pop(worker, None)
        self._exact_at.pop(worker, None)

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._every_s, self._check)

    def _check(self) -> None:
        self._timer = None
        if self._limits:
            self._check_task = asyncio.get_running_loop().create_task(self._measure_all())

    async def _measure_all(self) -> None:
        # The thread needs copies, because workers are added and removed while it measures.
        pids = {each: each.launcher_pid for each in self._limits}
        limits = dict(self._limits)
        ended: list[int] = []
        try:
            if self._freezer.has_surged() or self._has_many_tasks:
                for pid in filter(None, pids.values()):
                    self._freezer.freeze(pid)
            # A thread measures, because reading /proc for many processes takes long. A worker that
            # is still starting has the process id 0.
            usages = await asyncio.to_thread(
                lambda: {
                    one: self._usage(one, pid, limits[one]) for one, pid in pids.items() if pid
                }
            )
            self._has_many_tasks = any(usage.tasks > _MANY_TASKS for usage in usages.values())
            ended = [
                pids[worker] for worker, usage in usages.items() if self._enforce(worker, usage)
            ]
        finally:
            # Even after an error, no process may stay stopped and the checks must continue.
            self._freezer.thaw(except_launchers=ended)
            self._check_task = None
            if self._limits:
                self._schedule()

    def _usage(self, worker: Worker, pid: int, limit: int) -> ProcessTreeUsage:
        usage = self._measure(pid, worker.inherited_bytes, False)
        if usage.exact or usage.tasks > self._max_tasks:
            return usage
        now = time.monotonic()
        since_s = now - self._exact_at.get(worker, 0.0)
        # An exact measurement of many processes takes long, and all are stopped meanwhile.
        urgent = usage.size > limit and usage.tasks <= _MANY_TASKS
        if urgent or since_s > (
            _EXACT_INTERVAL_S if usage.tasks <= _MANY_TASKS else _MANY_EXACT_INTERVAL_S
        ):
            self._exact_at[worker] = now
            self._freezer.freeze(pid)
            return self._measure(pid, worker.inherited_bytes, True)
        return usage

    def _enforce(self, worker: Worker, usage: ProcessTreeUsage) -> bool:
        """End the worker if it is over a limit, and return whether it is."""
        limit = self._limits.get(worker)
        if limit is None:
            return False  # The worker's run has ended during the measurement.
        if usage.tasks > self._max_tasks:
            worker.end_with_log(TOO_MANY_TASKS.format(self._max_tasks))
            return True
        if not usage.exact:
            return False  # Shared memory was counted more than once.
        # ``inherited_bytes`` counts the launcher and the worker; the peak is that of the worker.
        worker.memory.record_sample(usage.size + worker.inherited_bytes // 2)
        if usage.size > limit:
            worker.end_out_of_memory()
        return usage.size > limit


# Processes of an action that has killed its own launcher

log = logging.getLogger(__name__)

_PR_SET_CHILD_SUBREAPER = 36

# Several processes may end together. The delay lets one pass handle them all.
_REAP_DELAY_S = 0.1


class OrphanReaper:
    """Kills orphaned processes of workers.

    The playground is a subreaper, so the kernel makes orphans its children.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._check_task: asyncio.Future[None] | None = None

    def start(self) -> None:
        """Become a subreaper and handle SIGCHLD; does nothing except on Linux."""
        if sys.platform == "linux":
            with contextlib.suppress(AttributeError, OSError):
                ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
                # When an action kills its launcher, its worker ends too. All other processes of
                # the action become children of this process. Replacing the handler is safe: uvloop
                # needs SIGCHLD only for processes that it starts, and it starts none here.
                signal.signal(signal.SIGCHLD, self._child_ended)

    async def close(self) -> None:
        """Kill the remaining orphans, and wait until they have ended."""
        if self._timer is not None:
            self._timer.cancel()
        if self._check_task is not None:
            await self._check_task
        if sys.platform == "linux":
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            await asyncio.to_thread(kill_orphans)

    def _child_ended(self, number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(RuntimeError):  # The loop has been closed.
            self._loop.call_soon_threadsafe(self._schedule)

    def _schedule(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(_REAP_DELAY_S, self._check)

    def _check(self) -> None:
        self._timer = None
        if self._check_task is not None and not self._check_task.done():
            self._schedule()
        else:
            self._check_task = self._loop.run_in_executor(None, kill_orphans)


def kill_orphans() -> None:
    """Kill the children of this process that belong to workers, and reap them. Blocking.

    Workers are recognized by their ``oom_score_adj``: it is higher than the playground's, and their
    descendants cannot lower it. Processes in the playground's own session are left alone, because
    the playground started them for itself.
    """
    session, own = os.getsid(0), _oom_score(os.getpid())
    while True:
        killed = False
        for pid in _children():
            with contextlib.suppress(OSError, ValueError):  # The process has ended meanwhile.
                if os.getsid(pid) == session:
                    continue
                # A process that has ended already is only reaped.
                if os.waitpid(pid, os.WNOHANG)[0] == pid or _oom_score(pid) <= own:
                    continue
                log.warning("Process %d had lost its launcher, and was ended.", pid)
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                killed = True
        # The children of the killed processes have become children of this process.
        if not killed:
            return


def _children() -> Iterator[int]:
    for task in os.listdir(_PROC / "self/task"):
        with contextlib.suppress(OSError):
            yield from map(int, (_PROC / f"self/task/{task}/children").read_bytes().split())


def _oom_score(pid: int) -> int:
    return int((_PROC / f"{pid}/oom_score_adj").read_bytes())
