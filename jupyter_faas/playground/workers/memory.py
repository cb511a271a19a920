"""How much memory, and how many threads, a process and all its descendants have."""

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

# Of mallopt(3). To set them keeps glibc from adapting them to the largest block ever freed.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGE_BLOCK = 1024 * 1024

# A launcher and its worker.
_USUAL = 2
_OWN = (b"Pss_Anon:", b"SwapPss:")


@dataclass(frozen=True)
class ProcessTreeUsage:
    """``size``: anonymous memory in bytes; files that are mapped do not count, for their pages can
    be dropped. ``tasks``: threads, the first of each process included. Not ``exact``: what
    processes share counts for each of them.
    """

    size: int = 0
    tasks: int = 0
    exact: bool = True


def physical_mb() -> int:
    """The memory of this machine, in MB."""
    return os.sysconf("SC_PHYS_PAGES") * _PAGE // (1024 * 1024)


def release_freed_memory() -> None:
    """Let what this process has freed of large logs and results go back to the system at once.

    Else glibc keeps it for the next: 10 MB of logs would cost an idle playground 30 for ever.
    """
    # Only glibc does, and only glibc can be told.
    with contextlib.suppress(AttributeError, OSError, TypeError):
        for option in (_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD):
            ctypes.CDLL(None).mallopt(option, _LARGE_BLOCK)


def process_tree_usage(root: int, inherited: int = 0, exact: bool = False) -> ProcessTreeUsage:
    """Of ``root`` and its descendants; nothing when it has ended. Blocking, though brief.

    ``inherited``: how much of a launcher and its worker is a zygote's, in bytes. ``exact``: what
    processes have from each other counts once, and what they have from a zygote as their share of
    it. To be asked only of those that stand still: whoever forks holds a lock that it takes, and
    may long wait for its turn.
    """
    if sys.platform != "linux":
        return _tree_use_elsewhere(root)
    size = tasks = 0
    pids = []
    for pid, threads in tree(root):
        pids.append(pid)
        tasks += threads
        size += _anonymous(pid)
    size = max(0, size - inherited)
    if exact and len(pids) > _USUAL:
        # One that ends meanwhile leaves its share to the others: the second sum is without it.
        shares = min(sum(map(_share, pids)) for _ in range(2))
        # Some kernels do not tell.
        return ProcessTreeUsage(shares or size, tasks)
    return ProcessTreeUsage(size, tasks, exact=len(pids) <= _USUAL)


def tree(root: int) -> Iterator[tuple[int, int]]:
    """Every process with its number of threads."""
    pids = [root]
    while pids:
        pid = pids.pop()
        try:
            tasks = os.listdir(_PROC / f"{pid}/task")
            for task in tasks:
                children = (_PROC / f"{pid}/task/{task}/children").read_bytes()
                pids.extend(map(int, children.split()))
        except (OSError, ValueError):
            continue  # It ended while we looked.
        yield pid, len(tasks)


def _anonymous(pid: int) -> int:
    """Bytes, those that are shared with other processes included."""
    try:
        _, resident, shared, *_ = (_PROC / f"{pid}/statm").read_bytes().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * _PAGE


def _share(pid: int) -> int:
    """Bytes; what several processes share is divided among them. Swapped out or not."""
    try:
        lines = (_PROC / f"{pid}/smaps_rollup").read_bytes().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(_OWN))


def _tree_use_elsewhere(root: int) -> ProcessTreeUsage:
    import psutil

    size = tasks = 0
    try:
        process = psutil.Process(root)
        for each in [process, *process.children(recursive=True)]:
            size += each.memory_info().rss
            tasks += each.num_threads()
    except psutil.Error:
        pass
    return ProcessTreeUsage(size, tasks)


# -- The most memory that a worker's process had at a time, as the kernel counts it.


_PEAK = b"VmHWM:"
_PAUSES = b"\nvoluntary_ctxt_switches:"
# It has some 1,500 bytes; names of groups may make it longer.
_ENOUGH = 8192
_RESET = b"5"
# In half a millisecond a process gets a few hundred pages at most: not half a MB.
_AT_ONCE_S = 0.0005
_STILL_TRUE_S = 0.1


class MemoryPeak:
    """Resident memory in MB, pages of mapped files and what a zygote left included: what a process
    of its own would need. Where the kernel does not tell, nothing is told.

    Both files stay open: a run costs one read and one write, about 11 µs together.
    ``waits_per_run``: how often the process has waited for something, for each run of late; once
    is for the next request.
    """

    def __init__(self) -> None:
        self._status = self._clear = -1
        self._sampled = 0
        self._measured: int | None = None
        self._measured_at = 0.0
        self._runs = self._paused = 0
        self.waits_per_run: float | None = None

    def attach(self, launcher_pid: int) -> None:
        """Find the process that a launcher has started. Nothing happens where that is known."""
        if self._status >= 0:
            return
        with contextlib.suppress(OSError, ValueError, IndexError):
            children = _PROC / f"{launcher_pid}/task/{launcher_pid}/children"
            process = _PROC / children.read_bytes().split()[0].decode()
            self._status = os.open(process / "status", os.O_RDONLY | os.O_CLOEXEC)
            self._clear = os.open(process / "clear_refs", os.O_WRONLY | os.O_CLOEXEC)

    def record_sample(self, size: int) -> None:
        """Its processes together were seen with so many bytes: one alone would not show that."""
        self._sampled = max(self._sampled, size)

    def take(self, seconds: float = 1.0, *, again: bool = True) -> int | None:
        """The most since the last call, in MB rounded up; then it begins anew.

        ``seconds``: how long the run took. One that is over at once had no time to use much, and
        asking the kernel would be a good part of it: it has the peak that another like it had, if
        that is not long ago and no longer run was between them. ``again``: there will be another
        run. To begin anew takes a lock that a process may hold which forks for ever.
        """
        self._runs += 1
        now = time.monotonic()
        at_once = seconds < _AT_ONCE_S and not self._sampled
        if at_once and self._measured and now - self._measured_at < _STILL_TRUE_S:
            return self._measured
        most, self._sampled = max(self._read(), self._sampled), 0
        if again and self._clear >= 0:
            with contextlib.suppress(OSError):
                os.write(self._clear, _RESET)
        peak = -(-most // (1024 * 1024)) or None
        self._measured, self._measured_at = (peak if at_once else None), now
        return peak

    def close(self) -> None:
        for descriptor in (self._status, self._clear):
            if descriptor >= 0:
                os.close(descriptor)
        self._status = self._clear = -1

    def _read(self) -> int:
        if self._status < 0:
            return 0
        try:
            text = os.pread(self._status, _ENOUGH, 0)
        except OSError:
            return 0  # It has ended.
        _, found, rest = text.partition(_PEAK)
        self._count_pauses(text)
        return int(rest.split(None, 1)[0]) * 1024 if found else 0

    def _count_pauses(self, text: bytes) -> None:
        _, found, rest = text.rpartition(_PAUSES)
        if found:
            paused = int(rest.split(None, 1)[0])
            self.waits_per_run = (paused - self._paused) / max(self._runs, 1)
            self._paused, self._runs = paused, 0


# -- A memory cgroup for each worker, where this user may make one.


MOUNT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


class Cgroups:
    """Folders in the nearest cgroup above this process whose children have a memory limit.

    Version 2 only, as systemd delegates it to its users. ``find`` gives None elsewhere, and to
    root, whom nothing would keep from climbing out of a limit that was set for it; then rlimits
    and watching do the work alone.
    """

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._made = 0

    @classmethod
    def find(cls, mount: Path = MOUNT, own: Path = OWN, *, root: bool) -> Cgroups | None:
        if root:
            return None
        try:
            lines = own.read_text().splitlines()
        except OSError:
            return None
        path = next((line[3:] for line in lines if line.startswith("0::/")), None)
        if path is None:
            return None
        here = mount / path.lstrip("/")
        for candidate in (here, *here.parents):
            if not candidate.is_relative_to(mount):
                break
            cgroups = cls(candidate)
            if cgroups._works():
                return cgroups
        return None

    def _works(self) -> bool:
        try:
            controllers = (self._parent / "cgroup.subtree_control").read_text().split()
            # A worker moves from our group to its own, for which the kernel wants the right
            # to write here as well.
            with (self._parent / "cgroup.procs").open("a"):
                pass
        except OSError:
            return False
        probe = self.make(1 << 30) if "memory" in controllers else None
        if probe is not None:
            _remove(probe)
        return probe is not None

    def make(self, limit: int) -> Path | None:
        """A group with a memory limit in bytes; None when the kernel refuses.

        The launcher of the worker that goes into it removes it.
        """
        self._made += 1
        path = self._parent / f"jupyter_faas-{os.getpid()}-{self._made}"
        try:
            path.mkdir(exist_ok=True)
            (path / "memory.max").write_text(str(limit))
            # Without it the kernel would kill one process and leave the rest of the action.
            (path / "memory.oom.group").write_text("1")
        except OSError:
            _remove(path)
            return None
        with contextlib.suppress(OSError):
            (path / "memory.swap.max").write_text("0")
        return path


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.rmdir()
