"""Proportional set size (PSS): pages that processes share are counted once between them."""

from __future__ import annotations

import contextlib
import os

import psutil

_MB = 1024.0


def tree(pid: int) -> list[psutil.Process]:
    """The process and all that come from it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    return []


def pss_mb(pid: int) -> float:
    """Of one process, in MB; 0 when it has ended."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            if line.startswith("Pss:"):
                return int(line.split()[1]) / _MB
    return 0.0


def workers(playground: int) -> list[int]:
    """The workers of a playground: each leads a group of its own in its launcher's session."""
    found = []
    for process in tree(playground):
        with contextlib.suppress(OSError):
            pid = process.pid
            if os.getpgid(pid) == pid != os.getsid(pid):
                found.append(pid)
    return found


def worker_mb(pid: int) -> float:
    """PSS of a worker together with the launcher that looks after it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return pss_mb(pid) + pss_mb(psutil.Process(pid).ppid())
    return 0.0
