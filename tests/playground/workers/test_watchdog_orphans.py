"""Orphans of workers, seen by a process that stands in for the playground."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.playground.helpers.loop import wait_until
from tests.playground.helpers.processes import lives

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="orphans are Linux's")

# Its child starts a session and a grandchild, tells its number, and is killed.
SOURCE = """
import asyncio, os, subprocess, sys, time
import uvloop
from jupyter_faas.playground.workers.watchdog import OrphanReaper

CHILD = '''
import os, subprocess, sys, time
if sys.argv[1] == "worker":
    open("/proc/self/oom_score_adj", "w").write("1000")
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
print(subprocess.Popen(sleep, start_new_session=True).pid, flush=True)
os.kill(os.getpid(), 9)
'''

async def main():
    reaper = OrphanReaper()
    reaper.start()
    command = [sys.executable, "-c", CHILD, sys.argv[1]]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    pid = int(child.stdout.readline())
    child.wait()
    print(pid, flush=True)
    if sys.argv[2] == "close":
        await reaper.close()
        print("closed", flush=True)
    await asyncio.sleep(600)

uvloop.run(main())
"""


def stands_in(who: str, then: str = "wait") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SOURCE, who, then]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_orphan_of_a_worker_is_ended_and_collected() -> None:
    with stands_in("worker") as playground:
        assert playground.stdout is not None
        orphan = int(playground.stdout.readline())
        wait_until(lambda: not os.path.exists(f"/proc/{orphan}"))
        assert lives(playground.pid)
        playground.kill()


def test_orphan_that_is_no_workers_stays() -> None:
    with stands_in("other", "close") as playground:
        assert playground.stdout is not None
        orphan = int(playground.stdout.readline())
        assert playground.stdout.readline() == "closed\n"
        assert lives(orphan)
        playground.kill()
    os.kill(orphan, 9)
