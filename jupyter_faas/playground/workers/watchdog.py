"""Watchdogs for workers: memory limit, number of processes (fork bombs), and orphaned processes.

``MemoryWatchdog`` measures the process trees of running workers every 50 ms. It ends workers that
exceed their memory limit or have more than MAX_TASKS threads. ``ProcessFreezer`` suspends large
process trees with SIGSTOP while they are measured. ``OrphanReaper`` kills the processes of actions
that have killed their own launcher.
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

# Suspending a worker's processes while they are measured

_PROC = Path("/proc")

# If the machine's thread count has grown by more than this since the last check, a fork bomb may be
# running.
SURGE_THREADS = 32


def machine_threads() -> int:
    """Return the number of threads on this machine, or 0 if unknown. This call takes 10 µs."""
    try:
        return int((_PROC / "loadavg").read_bytes().split()[3].partition(b"/")[2])
    except (OSError, ValueError, IndexError):
        return 0


class ProcessFreezer:
    """Suspends the processes of workers with SIGSTOP, and resumes them with SIGCONT.

    The processes of a fork bomb multiply faster than they can be counted. So entire process groups
    are suspended before they are counted. Child processes that were already stopped are not
    resumed.
    """

    def __init__(self, tasks: Callable[[], int] = machine_threads) -> None:
        self._tasks = tasks
        self._thread_count = tasks()
        # For each launcher's process id: the suspended process groups, and the children that were
        # already stopped.
        self._frozen: dict[int, tuple[set[int], set[int]]] = {}

    def has_surged(self) -> bool:
        """Return whether the machine's thread count has risen sharply since the last call."""
        before, self._thread_count = self._thread_count, self._tasks()
        return self._thread_count - before > SURGE_THREADS

    def freeze(self, launcher: int) -> None:
        """Suspend the process groups of the launcher's children."""
        if launcher not in self._frozen:
            self._frozen[launcher] = groups, _ = _process_groups(launcher)
            _signal(os.killpg, groups, signal.SIGSTOP)

    def thaw(self, *, except_launchers: Container[int] = ()) -> None:
        """Resume all suspended processes, except those of ``except_launchers``.

        ``except_launchers``: launchers that are being killed. If their processes were resumed, they
        would only waste CPU time.
        """
        for launcher, (groups, already_stopped) in self._frozen.items():
            if launcher in except_launchers:
                continue
            if already_stopped:
                # Resuming the whole group would also resume processes that were already stopped.
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
    """Return the process groups of the launcher's children, and the children that are stopped.

    The launcher's own group is not included, because the launcher must still be able to kill the
    other processes.
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
    # The state follows the process name, which is in parentheses and may contain any character.
    return (_PROC / f"{pid}/stat").read_bytes().rpartition(b") ")[2].startswith(b"T")


INTERVAL_S = 0.05

# The maximum number of threads in all processes of a worker. The kernel's own limit (RLIMIT_NPROC)
# counts all processes of the user, and root is exempt from it.
MAX_TASKS = 512
TOO_MANY_TASKS = "The action exceeded the limit of {} processes and threads, and was ended."

# Process trees with more threads than this are suspended while they are measured.
_MANY_TASKS = 64

# The minimum time between two exact measurements of a process tree. An exact measurement suspends
# the tree, and takes longer if the tree has many processes.

_EXACT_INTERVAL_S = 0.25
_MANY_EXACT_INTERVAL_S = 1.0

# The arguments are the launcher's process id, the bytes inherited from a zygote, and whether to
# measure exactly.
Measure = Callable[[int, int, bool], ProcessTreeUsage]


class MemoryWatchdog:
    """Ends workers that exceed their limit of anonymous memory or have too many threads.

    The watchdog measures only while workers are running.
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
        # The time of the last exact measurement for each worker. Such a measurement suspends the
        # process tree.
        self._exact_at: dict[Worker, float] = {}
        self._limits: dict[Worker, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._check_task: asyncio.Task[None] | None = None

    def add(self, worker: Worker, limit_bytes: int) -> None:
        """Watch ``worker``, and end it if it uses more than ``limit_bytes``."""
        if not self._limits:
            self._has_many_tasks = False
        self._limits[worker] = limit_bytes
        if self._timer is None and self._check_task is None:
            self._freezer.has_surged()  # Record the thread count for the next check to compare.
            self._schedule()

    def remove(self, worker: Worker) -> None:
        """Stop watching ``worker``."""
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
        # The measuring thread needs copies, because workers are added and removed in the meantime.
        pids = {each: each.launcher_pid for each in self._limits}
        limits = dict(self._limits)
        ended: list[int] = []
        try:
            if self._freezer.has_surged() or self._has_many_tasks:
                for pid in filter(None, pids.values()):
                    self._freezer.freeze(pid)
            # Reading /proc for many processes takes a long time, so a thread does it. The process
            # id is 0 while a worker is starting.
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
            # Even after an error, processes must not stay suspended and the checks must continue.
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
        # Large trees wait for the longer interval, because they are suspended for a long time.
        urgent = usage.size > limit and usage.tasks <= _MANY_TASKS
        if urgent or since_s > (
            _EXACT_INTERVAL_S if usage.tasks <= _MANY_TASKS else _MANY_EXACT_INTERVAL_S
        ):
            self._exact_at[worker] = now
            self._freezer.freeze(pid)
            return self._measure(pid, worker.inherited_bytes, True)
        return usage

    def _enforce(self, worker: Worker, usage: ProcessTreeUsage) -> bool:
        """End the worker if it exceeds a limit. Return whether it exceeds one."""
        limit = self._limits.get(worker)
        if limit is None:
            return False  # The run ended during the measurement.
        if usage.tasks > self._max_tasks:
            worker.end_with_log(TOO_MANY_TASKS.format(self._max_tasks))
            return True
        if not usage.exact:
            return False  # Shared memory was counted more than once.
        # ``inherited_bytes`` is the sum for the launcher and the worker. Only the worker's half
        # belongs to the peak.
        worker.memory.record_sample(usage.size + worker.inherited_bytes // 2)
        if usage.size > limit:
            worker.end_out_of_memory()
        return usage.size > limit


# Processes of an action that has killed its own launcher

log = logging.getLogger(__name__)

_PR_SET_CHILD_SUBREAPER = 36

# Several processes often end at the same time. The delay lets one pass handle them all.
_REAP_DELAY_S = 0.1


class OrphanReaper:
    """Kills orphaned processes of workers.

    The playground is a subreaper, so orphaned processes become its children.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._check_task: asyncio.Future[None] | None = None

    def start(self) -> None:
        """Make this process a subreaper and handle SIGCHLD. Do nothing except on Linux."""
        if sys.platform == "linux":
            with contextlib.suppress(AttributeError, OSError):
                ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
                # When an action kills its launcher, its worker ends too, and all other processes of
                # the action become children of this process. Replacing the signal handler is safe:
                # uvloop needs SIGCHLD only for processes that it starts, and the playground does
                # not start processes through uvloop.
                signal.signal(signal.SIGCHLD, self._child_ended)

    async def close(self) -> None:
        """Kill the remaining orphans, wait until they have ended, and stop handling SIGCHLD."""
        if self._timer is not None:
            self._timer.cancel()
        if self._check_task is not None:
            await self._check_task
        if sys.platform == "linux":
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            await asyncio.to_thread(kill_orphans)

    def _child_ended(self, number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(RuntimeError):  # The event loop has been closed.
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
    """Kill and reap the children of this process that belong to workers. This function blocks.

    Processes of workers have a higher ``oom_score_adj`` than the playground, and cannot lower it.
    Processes in the playground's own session are skipped, because they do not belong to workers.
    """
    session, own = os.getsid(0), _oom_score(os.getpid())
    while True:
        killed = False
        for pid in _children():
            with contextlib.suppress(OSError, ValueError):  # The process has already ended.
                if os.getsid(pid) == session:
                    continue
                # A process that has already ended only needs to be reaped.
                if os.waitpid(pid, os.WNOHANG)[0] == pid or _oom_score(pid) <= own:
                    continue
                log.warning("Ended process %d, because its launcher no longer exists.", pid)
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                killed = True
        # The children of killed processes become children of this process, so look again.
        if not killed:
            return


def _children() -> Iterator[int]:
    for task in os.listdir(_PROC / "self/task"):
        with contextlib.suppress(OSError):
            yield from map(int, (_PROC / f"self/task/{task}/children").read_bytes().split())


def _oom_score(pid: int) -> int:
    return int((_PROC / f"{pid}/oom_score_adj").read_bytes())
