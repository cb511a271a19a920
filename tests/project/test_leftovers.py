"""What a killed pytest started does not go on (``tests/leftovers.py``)."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from jupyter_faas.playground.data_dir import DataDirectory

ROOT = Path(__file__).parents[2]

KILLED = """
import os, pathlib, sys, time
from jupyter_faas.playground import start
from tests import leftovers
leftovers.end_with_this_process()
print(start(pathlib.Path(sys.argv[1]), port=0).pid, flush=True)
time.sleep(600)
"""


def test_a_playground_ends_with_the_killed_process_that_started_it(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, tmp_path], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        pid = int(process.stdout.readline())
    folder = DataDirectory(tmp_path)
    assert folder.lock_holder() == pid
    process.kill()
    process.wait()
    deadline = time.monotonic() + 60
    while folder.lock_holder() == pid:
        assert time.monotonic() < deadline, "the playground goes on"
        time.sleep(0.1)
