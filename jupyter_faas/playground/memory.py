"""How much memory a process and all its descendants use."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def physical_mb() -> int:
    """The memory of this machine, in MB."""
    return os.sysconf("SC_PHYS_PAGES") * _PAGE // (1024 * 1024)


def tree_bytes(root: int) -> int:
    """Anonymous memory of ``root`` and its descendants, in bytes; 0 when it has ended.

    Files that are mapped do not count: their pages can be dropped. Blocking, though brief.
    """
    if sys.platform != "linux":
        return _tree_bytes_elsewhere(root)
    total, pids = 0, [root]
    while pids:
        pid = pids.pop()
        try:
            _, resident, shared, *_ = (_PROC / f"{pid}/statm").read_bytes().split()
            total += (int(resident) - int(shared)) * _PAGE
            for task in os.listdir(_PROC / f"{pid}/task"):
                children = (_PROC / f"{pid}/task/{task}/children").read_bytes()
                pids.extend(int(child) for child in children.split())
        except (OSError, ValueError):
            continue  # It ended while we looked.
    return total


def _tree_bytes_elsewhere(root: int) -> int:
    import psutil

    total = 0
    try:
        process = psutil.Process(root)
        for each in [process, *process.children(recursive=True)]:
            total += each.memory_info().rss
    except psutil.Error:
        pass
    return total
