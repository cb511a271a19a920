from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from jupyter_faas.playground.workers.memory import ProcessTreeUsage, physical_mb, process_tree_usage
from jupyter_faas.whisk.limits import MB
from tests.playground.helpers.loop import wait_until

# The second argument: what the children do besides waiting.
SOURCE = r"""
import os, sys
held = bytearray(30_000_000)
for _ in range(int(sys.argv[1])):
    if os.fork() == 0:
        exec(sys.argv[2])
        os.write(1, b"ready\n")
        sys.stdin.read()
        os._exit(0)
os.write(1, b"ready\n")
sys.stdin.read()
"""


def use_of(tmp_path: Path, children: int, then: str, inherited: int = 0) -> ProcessTreeUsage:
    path = tmp_path / "source.py"
    path.write_text(SOURCE)
    with subprocess.Popen(
        [sys.executable, path, str(children), then],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        for _ in range(children + 1):
            assert process.stdout.readline() == b"ready\n"
        return process_tree_usage(process.pid, inherited, exact=True)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("children", [1, 3])
def test_descendants_count(tmp_path: Path, children: int) -> None:
    use = use_of(tmp_path, children, "held = None; own = bytearray(30_000_000)")
    assert 30 * (children + 1) * 1e6 < use.size < 45 * (children + 1) * 1e6
    assert use.tasks == children + 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_children_share_with_their_parent_counts_once(tmp_path: Path) -> None:
    use = use_of(tmp_path, 5, "pass")
    assert 30e6 < use.size < 60e6
    assert use.tasks == 6


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_tells_whether_it_is_exact() -> None:
    with subprocess.Popen(["/bin/sh", "-c", "sleep 60 & sleep 60 & wait"]) as shell:
        wait_until(lambda: process_tree_usage(shell.pid).tasks == 3)
        assert not process_tree_usage(shell.pid).exact
        assert process_tree_usage(shell.pid, exact=True).exact
        for each in (*psutil.Process(shell.pid).children(), shell):
            each.kill()
    assert process_tree_usage(shell.pid).exact


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_a_zygote_left_does_not_count(tmp_path: Path) -> None:
    all_of_it = use_of(tmp_path, 1, "pass").size
    own = use_of(tmp_path, 1, "pass", inherited=2 * 30_000_000).size
    assert 58e6 < all_of_it - own < 62e6


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_threads_count(tmp_path: Path) -> None:
    then = "import threading\nfor _ in range(4): threading.Thread(target=sys.stdin.read).start()"
    assert use_of(tmp_path, 2, then).tasks == 1 + 2 * 5


def test_process_that_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        assert process_tree_usage(process.pid) == ProcessTreeUsage()


def test_physical() -> None:
    assert 128 < physical_mb() < 64 * MB


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep nothing")
def test_trim_returns_the_freed_blocks_before_one_that_is_used() -> None:
    code = """
from pathlib import Path
from jupyter_faas.playground.workers.memory import trim_memory

def own_mb():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) // 1024

blocks = [bytes([1]) * 100_000 for _ in range(201)]
del blocks[:200]
before = own_mb()
trim_memory()
print(before - own_mb())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 10
