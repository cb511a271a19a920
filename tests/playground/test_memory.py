from __future__ import annotations

import subprocess
import sys

from jupyter_faas.playground.memory import physical_mb, tree_bytes
from jupyter_faas.whisk.limits import MB

# Two generations of 30 MB each.
SOURCE = """
import subprocess, sys
held = bytearray(30_000_000)
if len(sys.argv) == 1:
    child = subprocess.Popen([sys.executable, __file__, "child"], stdout=subprocess.PIPE)
    child.stdout.readline()
print("ready", flush=True)
sys.stdin.read()
"""


def test_descendants_count(tmp_path: object) -> None:
    path = f"{tmp_path}/source.py"
    with open(path, "w") as file:
        file.write(SOURCE)
    with subprocess.Popen(
        [sys.executable, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        size = tree_bytes(process.pid)
        process.kill()
    assert 60_000_000 < size < 120_000_000


def test_process_that_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        assert tree_bytes(process.pid) == 0


def test_physical() -> None:
    assert 128 < physical_mb() < 64 * MB
