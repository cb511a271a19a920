"""Looking at processes from outside."""

from __future__ import annotations

import psutil


def lives(pid: int) -> bool:
    """A zombie does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def with_argument(text: str) -> list[int]:
    """The processes that have ``text`` in one of their arguments."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "status"]):
        arguments = process.info["cmdline"] or []
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(
            text in each for each in arguments
        ):
            found.append(int(process.info["pid"]))
    return found
