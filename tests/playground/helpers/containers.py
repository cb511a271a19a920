"""A process in other namespaces of the kernel, which stands for another machine or container."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# The process is alone in its namespaces, as in a container with its own network.
_CONTAINER = ("unshare", "--pid", "--net", "--uts", "--fork", "--mount-proc")
_WORK = """
import socket, sys, time
from pathlib import Path
from jupyter_faas.playground.data_dir import DataDirectory
socket.sethostname(sys.argv[3])
folder = DataDirectory(Path(sys.argv[1]))
folder.create()
lock = folder.acquire_lock()
folder.write_state({"port": 3233, "pid": 1, "started": 0})
print("holds", flush=True)
sys.stdin.readline()
if sys.argv[2] == "end":
    folder.record_end(lock)
"""


def container(folder: Path, end: str = "", host: str = "elsewhere") -> subprocess.Popen[str]:
    """Hold the lock of a data directory, in a container; stop at a line or the end of stdin."""
    if subprocess.run([*_CONTAINER, "true"], check=False, capture_output=True).returncode:
        pytest.skip("needs the right to create namespaces")
    process = subprocess.Popen(
        [*_CONTAINER, sys.executable, "-c", _WORK, str(folder), end, host],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "holds\n"
    return process
