"""How much memory, and how many threads, a process and all its descendants have."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
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
class TreeUse:
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


def give_back_large_blocks() -> None:
    """Let what this process has freed of large logs and results go back to the system at once.

    Else glibc keeps it for the next: 10 MB of logs would cost an idle playground 30 for ever.
    """
    # Only glibc does, and only glibc can be told.
    with contextlib.suppress(AttributeError, OSError, TypeError):
        for option in (_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD):
            ctypes.CDLL(None).mallopt(option, _LARGE_BLOCK)


def tree_use(root: int, inherited: int = 0, exact: bool = False) -> TreeUse:
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
        return TreeUse(shares or size, tasks)
    return TreeUse(size, tasks, exact=len(pids) <= _USUAL)


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


def _tree_use_elsewhere(root: int) -> TreeUse:
    import psutil

    size = tasks = 0
    try:
        process = psutil.Process(root)
        for each in [process, *process.children(recursive=True)]:
            size += each.memory_info().rss
            tasks += each.num_threads()
    except psutil.Error:
        pass
    return TreeUse(size, tasks)
