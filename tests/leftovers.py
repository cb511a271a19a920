"""No process outlives the pytest that started it, not even when pytest is killed.

A playground outlives who started it, as a user wants it to, and a Jupyter server or a browser that
nobody stops goes on. A pytest that a time limit kills ends none of them. So each pytest has a
process beside it, this file as a program, which waits for its end. What pytest started is told by a
variable of its environment. That needs ``/proc``; elsewhere nothing is found.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "JUPYTER_FAAS_STARTED_BY_PYTEST"
# What is about to end by itself may do so.
PATIENCE_S = 10.0
_PAUSE_S = 0.1
_open: list[int] = []


def end_with_this_process() -> None:
    """End what this process starts from now on, and what that starts, when this one has ended."""
    os.environ[MARK] = str(os.getpid())
    read_end, write_end = os.pipe()
    # Of a session of its own, since a time limit ends the whole process group. It must not hold
    # the output of pytest, whose reader would wait for it.
    subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, str(os.getpid())],
        stdin=read_end,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={},
        start_new_session=True,
    ).returncode = 0  # It outlives this process, so nobody waits for it.
    os.close(read_end)
    _open.append(write_end)  # the end of the process closes it


def _started_by(pid: str) -> Iterator[int]:
    wanted = f"{MARK}={pid}".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        # Some belong to other users, and some end meanwhile.
        with contextlib.suppress(OSError):
            if wanted in path.read_bytes().split(b"\0"):
                yield int(path.parent.name)


def _all_ended(pid: str) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while left := list(_started_by(pid)):
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE_S * (1 + len(left) // 10))
    return True


def _main(pid: str) -> None:
    sys.stdin.read()
    if _all_ended(pid):
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        for each in _started_by(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, number)
        if _all_ended(pid):
            return


if __name__ == "__main__":
    _main(sys.argv[1])
