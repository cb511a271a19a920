"""Memory of a worker's process tree: current usage, peak (VmHWM), and cgroup limits.

Three mechanisms limit memory, from strictest to most lenient:

- a cgroup for each worker, if this user is allowed to create cgroups (``Cgroups``);
- RLIMIT_DATA (``process.data_segment_limit``);
- the watchdog, which reads the process tree's usage from /proc every 50 ms (``watchdog.py``).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

# Options of mallopt(3). By default, glibc raises both thresholds when large blocks are freed.
# Setting a threshold explicitly disables this adjustment.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGE_BLOCK = 1024 * 1024

# Without child processes, a worker has two processes: the launcher and the worker itself.
_PLAIN_WORKER = 2

# The fields of smaps_rollup whose sum is the anonymous memory, resident and swapped out.
_OWN_MEMORY = (b"Pss_Anon:", b"SwapPss:")


class ProcessTreeUsage(NamedTuple):
    """The resource usage of a process and its descendants.

    ``size``: anonymous memory in bytes. File-backed pages do not count, because the kernel can drop
    them.
    ``tasks``: the number of threads, including main threads.
    ``exact``: False if memory that several processes share was counted once per process.
    """

    size: int = 0
    tasks: int = 0
    exact: bool = True


def physical_mb() -> int:
    """Return the physical memory of this machine in MB."""
    return os.sysconf("SC_PHYS_PAGES") * _PAGE // (1024 * 1024)


def release_freed_memory() -> None:
    """Make glibc return large freed blocks, such as logs and results, to the system immediately.

    By default, glibc keeps them: after 10 MB of logs, an idle playground would hold 30 MB forever.
    """
    # Other C libraries do not have mallopt, and do not keep large freed blocks.
    with contextlib.suppress(AttributeError, OSError, TypeError):
        for option in (_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD):
            ctypes.CDLL(None).mallopt(option, _LARGE_BLOCK)


def trim_memory() -> None:
    """Return all freed memory of this process to the system, also that of small blocks.

    One small block that is still used can keep 10 MB of freed blocks before it. This takes about a
    millisecond.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def process_tree_usage(root: int, inherited: int = 0, exact: bool = False) -> ProcessTreeUsage:
    """Return the usage of ``root`` and its descendants; zero if ``root`` has ended.

    This function blocks briefly.

    ``inherited``: bytes that the launcher and its worker share with a zygote.
    ``exact``: count memory shared within the tree once, and memory shared with a zygote
    proportionally. Use this only on stopped processes: reading the shares needs a kernel lock that
    forking processes can hold for a long time.
    """
    if sys.platform != "linux":
        return _usage_by_psutil(root)
    size = tasks = 0
    pids = []
    for pid, threads in iter_tree(root):
        pids.append(pid)
        tasks += threads
        size += _anonymous_bytes(pid)
    size = max(0, size - inherited)
    if exact and len(pids) > _PLAIN_WORKER:
        # If a process ends while the shares are added up, the other processes take over its share
        # of the memory, which is then counted twice. The lower of two sums avoids this error.
        shares = min(sum(map(_proportional_bytes, pids)) for _ in range(2))
        # The sum is 0 on kernels without smaps_rollup.
        return ProcessTreeUsage(shares or size, tasks)
    return ProcessTreeUsage(size, tasks, exact=len(pids) <= _PLAIN_WORKER)


def iter_tree(root: int) -> Iterator[tuple[int, int]]:
    """Yield the process id and thread count of ``root`` and of each descendant."""
    pids = [root]
    while pids:
        pid = pids.pop()
        try:
            # The kernel lists a child under the thread that forked it, so all threads are read.
            tasks = os.listdir(_PROC / f"{pid}/task")
            for task in tasks:
                children = (_PROC / f"{pid}/task/{task}/children").read_bytes()
                pids.extend(map(int, children.split()))
        except (OSError, ValueError):
            continue  # The process has ended in the meantime.
        yield pid, len(tasks)


def _anonymous_bytes(pid: int) -> int:
    """Return the anonymous memory of a process in bytes, counting shared pages in full.

    Return 0 if the process has ended.
    """
    try:
        # The fields are in pages: total, resident, and resident pages of files.
        _, resident, shared, *_ = (_PROC / f"{pid}/statm").read_bytes().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * _PAGE


def _proportional_bytes(pid: int) -> int:
    """Return a process's proportional share (PSS) of anonymous memory in bytes, including swap.

    Return 0 if the process has ended or the kernel does not have smaps_rollup.
    """
    try:
        lines = (_PROC / f"{pid}/smaps_rollup").read_bytes().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(_OWN_MEMORY))


def _usage_by_psutil(root: int) -> ProcessTreeUsage:
    # The import is local, because only systems without /proc need psutil.
    import psutil

    size = tasks = 0
    try:
        process = psutil.Process(root)
        for each in [process, *process.children(recursive=True)]:
            size += each.memory_info().rss
            tasks += each.num_threads()
    except psutil.Error:
        pass  # The process has ended in the meantime.
    return ProcessTreeUsage(size, tasks)


# Peak memory of a worker, from /proc/PID/status (VmHWM)

# The leading newline prevents a match with nonvoluntary_ctxt_switches.
_PEAK_FIELD = b"VmHWM:"
_WAITS_FIELD = b"\nvoluntary_ctxt_switches:"
# The status file has about 1,500 bytes, or more if the user is in many groups.
_STATUS_BYTES = 8192

# Writing 5 to /proc/PID/clear_refs resets VmHWM (proc(5)).
_RESET_PEAK = b"5"

# In half a millisecond of processor time, a process can touch only a few new pages, so its peak
# hardly changes.
_SHORT_RUN_S = 0.0005
# The clock of a process's processor time has this number for (~pid, 2), see clock_getcpuclockid(3).
_PROCESS_CLOCK_BITS = 3
_PROCESS_CLOCK = 2
_PEAK_VALID_S = 0.1


class MemoryPeak:
    """The peak resident memory of a worker.

    File-backed pages and pages shared with the zygote count, so the peak is what a process without
    a zygote would need. On systems without the files in /proc, the peak is unknown. Both files stay
    open, so measuring a run takes one read and one write, about 11 µs in total.

    ``pid``: the process id of the worker, or 0 until it is known.
    ``waits_per_run``: the average number of voluntary context switches in recent runs. The wait for
    the next request is one of them; a run that only computes causes no further ones.
    """

    def __init__(self) -> None:
        self.pid = 0
        self._status = self._clear = -1
        self._clock: int | None = None
        self._used_s = 0.0
        self._sampled = 0
        self._measured: int | None = None
        self._measured_at = 0.0
        self._runs = self._waits = 0
        self.waits_per_run: float | None = None

    @property
    def is_attached(self) -> bool:
        """Whether ``attach`` has opened the worker's files in /proc."""
        return self._status >= 0

    def attach(self, launcher_pid: int) -> None:
        """Open the /proc files of the worker, which is the launcher's first child."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            # Further children are orphans that the launcher has adopted.
            children = _PROC / f"{launcher_pid}/task/{launcher_pid}/children"
            pid = self.pid = int(children.read_bytes().split()[0])
            process = _PROC / str(pid)
            self._clock = ~pid << _PROCESS_CLOCK_BITS | _PROCESS_CLOCK
            self._status = os.open(process / "status", os.O_RDONLY | os.O_CLOEXEC)
            self._clear = os.open(process / "clear_refs", os.O_WRONLY | os.O_CLOEXEC)
            # The waits until now do not belong to a run.
            self._read()
            self.waits_per_run = None

    def record_sample(self, size: int) -> None:
        """Record the total bytes of the worker's processes, as measured by the watchdog."""
        self._sampled = max(self._sampled, size)

    def take(self, seconds: float = 1.0, *, reusable: bool = True) -> int | None:
        """Return the peak since the last call in MB, rounded up, and reset it; None if unknown.

        ``seconds``: the duration of the run. For a short run, reading the files would take a large
        part of its time. Because a short run cannot use much memory, the method returns the peak of
        the previous run, provided that run was recent and short as well. A run is short if it uses
        little processor time: while many others run, each of them takes long.
        ``reusable``: whether the worker can run again. Otherwise the peak is not reset, because a
        reset needs a lock that a forking process can hold for a long time.
        """
        self._runs += 1
        now, used_s = time.monotonic(), self._take_processor_time()
        short = (seconds if used_s is None else used_s) < _SHORT_RUN_S and not self._sampled
        if short and self._measured and now - self._measured_at < _PEAK_VALID_S:
            return self._measured
        peak_bytes, self._sampled = max(self._read(), self._sampled), 0
        if reusable and self._clear >= 0:
            with contextlib.suppress(OSError):
                os.write(self._clear, _RESET_PEAK)
        peak = -(-peak_bytes // (1024 * 1024)) or None
        self._measured, self._measured_at = (peak if short else None), now
        return peak

    def close(self) -> None:
        """Close the files in /proc."""
        for descriptor in (self._status, self._clear):
            if descriptor >= 0:
                os.close(descriptor)
        self._status = self._clear = -1

    def _take_processor_time(self) -> float | None:
        """Return the seconds of processor time that the worker has used since the last call.

        The time of all its threads counts. Returns None if it is unknown.
        """
        if self._clock is None:
            return None
        before_s = self._used_s
        try:
            self._used_s = time.clock_gettime(self._clock)
        except OSError:
            return None  # The process has ended.
        return self._used_s - before_s

    def _read(self) -> int:
        if self._status < 0:
            return 0
        try:
            text = os.pread(self._status, _STATUS_BYTES, 0)
        except OSError:
            return 0  # The process has ended.
        _, field, rest = text.partition(_PEAK_FIELD)
        self._update_waits(text)
        return int(rest.split(None, 1)[0]) * 1024 if field else 0

    def _update_waits(self, text: bytes) -> None:
        _, field, rest = text.rpartition(_WAITS_FIELD)
        if field:
            waits = int(rest.split(None, 1)[0])
            self.waits_per_run = (waits - self._waits) / max(self._runs, 1)
            self._waits, self._runs = waits, 0


# A cgroup with a memory limit for each worker, if this user is allowed to create cgroups

CGROUP_MOUNT = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")


class Cgroups:
    """Creates a cgroup for each worker in the nearest usable ancestor cgroup of this process.

    Only cgroup version 2 is supported, which systemd delegates to users.
    """

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._count = 0

    @classmethod
    def find(
        cls, mount: Path = CGROUP_MOUNT, own: Path = OWN_CGROUP, *, root: bool
    ) -> Cgroups | None:
        """Return a ``Cgroups`` object for the nearest usable ancestor cgroup of this process.

        Return None if no ancestor is usable. Also return None for root, because an action that runs
        as root could leave its cgroup. Then only RLIMIT_DATA and the watchdog limit memory.
        """
        if root:
            return None
        try:
            lines = own.read_text().splitlines()
        except OSError:
            return None
        # The line for version 2 has hierarchy 0 and an empty controller list.
        path = next((line[3:] for line in lines if line.startswith("0::/")), None)
        if path is None:
            return None
        here = mount / path.lstrip("/")
        for candidate in (here, *here.parents):
            if not candidate.is_relative_to(mount):
                break
            cgroups = cls(candidate)
            if cgroups._is_usable():
                return cgroups
        return None

    def _is_usable(self) -> bool:
        try:
            controllers = (self._parent / "cgroup.subtree_control").read_text().split()
            # Moving a worker to its own cgroup also requires write access to the cgroup.procs of
            # the parent cgroup.
            with (self._parent / "cgroup.procs").open("a"):
                pass
        except OSError:
            return False
        # Creating a cgroup is the only way to find out whether the kernel permits it. No process
        # ever joins this probe.
        probe = self.make(1 << 30) if "memory" in controllers else None
        if probe is not None:
            _remove(probe)
        return probe is not None

    def make(self, limit: int) -> Path | None:
        """Create a cgroup with a memory limit in bytes, and return its path.

        Return None if the kernel refuses. The worker's launcher removes the cgroup at its end.
        """
        self._count += 1
        path = self._parent / f"jupyter_faas-{os.getpid()}-{self._count}"
        try:
            path.mkdir(exist_ok=True)
            (path / "memory.max").write_text(str(limit))
            # Without this setting, the kernel would kill only one of the action's processes.
            (path / "memory.oom.group").write_text("1")
        except OSError:
            _remove(path)
            return None
        # The file does not exist if the kernel does not account for swap.
        with contextlib.suppress(OSError):
            (path / "memory.swap.max").write_text("0")
        return path


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.rmdir()
