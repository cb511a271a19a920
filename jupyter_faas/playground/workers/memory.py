"""Memory of a worker's process tree: current usage, peak (VmHWM), and cgroup limits.

There are three ways to limit memory, from strict to lenient: a cgroup for each worker, if this user
may create one (``Cgroups``); RLIMIT_DATA (``process.data_segment_limit``); and the watchdog, which
reads the usage of the process tree from /proc twenty times a second (``watchdog.py``).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

# Options of mallopt(3). By default glibc raises both to the size of the largest block ever freed;
# setting them turns that off.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGE_BLOCK = 1024 * 1024

# A worker that has started no processes consists of two: the launcher and the worker itself.
_PLAIN_WORKER = 2

# The lines of smaps_rollup that add up to anonymous memory: resident, and swapped out.
_OWN_MEMORY = (b"Pss_Anon:", b"SwapPss:")


@dataclass(frozen=True)
class ProcessTreeUsage:
    """The usage of a process and its descendants.

    ``size``: anonymous memory in bytes; pages of mapped files do not count, because the kernel can
    drop them. ``tasks``: the number of threads, main threads included. If not ``exact``, memory
    that several processes share was counted for each of them.
    """

    size: int = 0
    tasks: int = 0
    exact: bool = True


def physical_mb() -> int:
    """Return the physical memory of this machine in MB."""
    return os.sysconf("SC_PHYS_PAGES") * _PAGE // (1024 * 1024)


def release_freed_memory() -> None:
    """Make glibc return large freed blocks (logs, results) to the system at once.

    By default glibc keeps them: 10 MB of logs would cost an idle playground 30 MB for ever.
    """
    # Other C libraries have no mallopt, and do not keep such blocks.
    with contextlib.suppress(AttributeError, OSError, TypeError):
        for option in (_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD):
            ctypes.CDLL(None).mallopt(option, _LARGE_BLOCK)


def process_tree_usage(root: int, inherited: int = 0, exact: bool = False) -> ProcessTreeUsage:
    """Return the usage of ``root`` and its descendants; zero if ``root`` has ended.

    Blocks for a short time. ``inherited``: bytes that the launcher and its worker share with a
    zygote. ``exact``: count memory that the processes share only once, and what they share with a
    zygote in proportion. Use ``exact`` only on stopped processes: it needs a lock of the kernel
    that forking processes hold, and may wait long for it.
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
        # If a process ends during the sum, its part of the shared memory moves to the others and
        # is counted twice. The sum is taken twice, and the lower one has no such error.
        shares = min(sum(map(_proportional_bytes, pids)) for _ in range(2))
        # Some kernels have no smaps_rollup. Then the sum is 0.
        return ProcessTreeUsage(shares or size, tasks)
    return ProcessTreeUsage(size, tasks, exact=len(pids) <= _PLAIN_WORKER)


def iter_tree(root: int) -> Iterator[tuple[int, int]]:
    """Yield the process id and the number of threads of ``root`` and each descendant."""
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
            continue  # The process has ended meanwhile.
        yield pid, len(tasks)


def _anonymous_bytes(pid: int) -> int:
    """Return the anonymous memory of a process in bytes; pages that it shares count in full."""
    try:
        # The fields are in pages: total, resident, and resident pages of files.
        _, resident, shared, *_ = (_PROC / f"{pid}/statm").read_bytes().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * _PAGE


def _proportional_bytes(pid: int) -> int:
    """Return the proportional share (PSS) of anonymous memory in bytes, swapped-out included."""
    try:
        lines = (_PROC / f"{pid}/smaps_rollup").read_bytes().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(_OWN_MEMORY))


def _usage_by_psutil(root: int) -> ProcessTreeUsage:
    # psutil is imported here, because only systems without /proc need it.
    import psutil

    size = tasks = 0
    try:
        process = psutil.Process(root)
        for each in [process, *process.children(recursive=True)]:
            size += each.memory_info().rss
            tasks += each.num_threads()
    except psutil.Error:
        pass  # The process has ended meanwhile.
    return ProcessTreeUsage(size, tasks)


# Peak memory of a worker, from /proc/PID/status (VmHWM)

# The newline before the second name excludes nonvoluntary_ctxt_switches.
_PEAK_FIELD = b"VmHWM:"
_WAITS_FIELD = b"\nvoluntary_ctxt_switches:"
# The status file has about 1,500 bytes, more for a user who is in many groups.
_STATUS_BYTES = 8192

# Writing 5 to /proc/PID/clear_refs resets VmHWM (proc(5)).
_RESET_PEAK = b"5"

# In half a millisecond a process can touch at most a few hundred new pages: less than half a MB.
_SHORT_RUN_S = 0.0005
_PEAK_VALID_S = 0.1


class MemoryPeak:
    """The peak resident memory of a worker, pages of mapped files and of the zygote included.

    So it is what a process without a zygote would need. It is unknown where /proc lacks the files.
    Both files in /proc stay open: a run costs one read and one write, about 11 µs together.
    ``waits_per_run``: voluntary context switches per recent run. One of them is the wait for the
    next request; a run that only computes has no other.
    """

    def __init__(self) -> None:
        self._status = self._clear = -1
        self._sampled = 0
        self._measured: int | None = None
        self._measured_at = 0.0
        self._runs = self._waits = 0
        self.waits_per_run: float | None = None

    @property
    def is_attached(self) -> bool:
        return self._status >= 0

    def attach(self, launcher_pid: int) -> None:
        """Open the files of the launcher's child process."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The worker is the launcher's first child; others are orphans that it has adopted.
            children = _PROC / f"{launcher_pid}/task/{launcher_pid}/children"
            process = _PROC / children.read_bytes().split()[0].decode()
            self._status = os.open(process / "status", os.O_RDONLY | os.O_CLOEXEC)
            self._clear = os.open(process / "clear_refs", os.O_WRONLY | os.O_CLOEXEC)

    def record_sample(self, size: int) -> None:
        """Record the bytes that all processes of the worker used, as the watchdog measured them."""
        self._sampled = max(self._sampled, size)

    def take(self, seconds: float = 1.0, *, reusable: bool = True) -> int | None:
        """Return the peak since the last call in MB, rounded up, and reset it; None if unknown.

        ``seconds``: how long the run took. A short run cannot use much memory, and reading the
        files would be a large part of its time. So it gets the peak of the previous short run, if
        that is recent and no longer run came between. ``reusable``: whether there can be another
        run. Only then is the peak reset, because that needs a lock which a forking process may hold
        for a long time.
        """
        self._runs += 1
        now = time.monotonic()
        short = seconds < _SHORT_RUN_S and not self._sampled
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
        """Close the files."""
        for descriptor in (self._status, self._clear):
            if descriptor >= 0:
                os.close(descriptor)
        self._status = self._clear = -1

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


# A cgroup with a memory limit for each worker, where this user may create one

CGROUP_MOUNT = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")


class Cgroups:
    """Creates a cgroup for each worker, in the nearest usable cgroup above this process.

    Only cgroup version 2 is used, which systemd delegates to users. ``find`` returns None if no
    cgroup is usable, and for root, because an action that runs as root could leave its cgroup. Then
    only RLIMIT_DATA and the watchdog enforce the limit.
    """

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._count = 0

    @classmethod
    def find(
        cls, mount: Path = CGROUP_MOUNT, own: Path = OWN_CGROUP, *, root: bool
    ) -> Cgroups | None:
        if root:
            return None
        try:
            lines = own.read_text().splitlines()
        except OSError:
            return None
        # Version 2 is the line with hierarchy 0 and no controllers.
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
            # To move a worker from this cgroup to its own, the kernel requires write access to
            # this cgroup's cgroup.procs as well.
            with (self._parent / "cgroup.procs").open("a"):
                pass
        except OSError:
            return False
        # Only creating one shows whether the kernel permits it. No process ever joins the probe.
        probe = self.make(1 << 30) if "memory" in controllers else None
        if probe is not None:
            _remove(probe)
        return probe is not None

    def make(self, limit: int) -> Path | None:
        """Create a cgroup with a memory limit in bytes; return None if the kernel refuses.

        The launcher of the worker removes it.
        """
        self._count += 1
        path = self._parent / f"jupyter_faas-{os.getpid()}-{self._count}"
        try:
            path.mkdir(exist_ok=True)
            (path / "memory.max").write_text(str(limit))
            # Otherwise the kernel would kill one process and leave the action's others running.
            (path / "memory.oom.group").write_text("1")
        except OSError:
            _remove(path)
            return None
        # The file is missing where the kernel does not account for swap.
        with contextlib.suppress(OSError):
            (path / "memory.swap.max").write_text("0")
        return path


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.rmdir()
