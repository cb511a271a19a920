"""Another user of this machine. Only root can become one."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A folder that other users can enter, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def other_user(work: Callable[[], str]) -> Iterator[Callable[[], str]]:
    """Run ``work`` in a process of another user; yield a function that returns its result."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.write(write_end, work().encode())
        finally:
            os._exit(0)
    os.close(write_end)

    def result() -> str:
        with os.fdopen(read_end) as file:
            return file.read()

    try:
        yield result
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
