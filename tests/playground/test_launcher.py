"""The launcher on its own: what a playground that is killed leaves to it."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.playground.conftest import LAUNCHER
from tests.playground.helpers.loop import wait_until
from tests.playground.helpers.processes import lives, with_argument

SOURCE = """
import os, subprocess
def main(p):
    daemon = subprocess.Popen(["sleep", "600"], start_new_session=True)
    return {"worker": os.getpid(), "launcher": os.getppid(), "daemon": daemon.pid}
"""

# Stands in for a playground: starts a launcher, runs the action once, and waits to be killed.
PARENT = """
import json, os, subprocess, sys, time
launcher, directory = sys.argv[1:]
request_theirs, request = os.pipe(); reply, reply_theirs = os.pipe()
control_theirs, control = os.pipe(); report, report_theirs = os.pipe()
passed = (control_theirs, report_theirs, reply_theirs)
subprocess.Popen([sys.executable, launcher, *map(str, passed)], stdin=request_theirs,
                 pass_fds=passed, start_new_session=True)
start = {"directory": directory, "main": "main", "environment": {}, "data_bytes": 0}
os.write(control, json.dumps(start).encode() + b"\\n")
assert os.read(reply, 100) == b'{"ok":true}\\n'
os.write(request, b'{"value":{}}\\n')
print(os.read(reply, 1000).decode(), end="", flush=True)
time.sleep(600)
"""


def test_everything_goes_when_the_playground_is_killed(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(SOURCE)
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, LAUNCHER, str(tmp_path)], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pids: dict[str, int] = json.loads(parent.stdout.readline())
        assert all(lives(pid) for pid in pids.values())
        parent.kill()
        parent.wait()
    wait_until(lambda: not any(lives(pid) for pid in pids.values()))


def test_everything_goes_when_the_launcher_is_asked(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(SOURCE)
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, LAUNCHER, str(tmp_path)], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pids: dict[str, int] = json.loads(parent.stdout.readline())
        os.kill(pids["launcher"], signal.SIGTERM)
        wait_until(lambda: not any(lives(pid) for pid in pids.values()))
        parent.kill()


def test_program_has_its_two_pipes_and_no_other(tmp_path: Path) -> None:
    """Whatever number the playground's end has: it grows with the workers that it keeps."""
    pipes = [os.pipe() for _ in range(3)]
    theirs = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 200) for each, _ in pipes]
    controls = theirs[0], *(fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 200) for _, each in pipes[1:])
    start = {
        "directory": str(tmp_path),
        "main": "main",
        "environment": {},
        "data_bytes": 0,
        "command": ["/bin/sh", "-c", "for each in /proc/self/fd/*; do echo ${each##*/}; done"],
    }
    os.write(pipes[0][1], json.dumps(start).encode() + b"\n")
    done = subprocess.run(
        [sys.executable, LAUNCHER, *map(str, controls)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=controls,
        timeout=20,
        check=True,
    )
    for each in {*theirs, *controls, *(end for pipe in pipes for end in pipe)}:
        os.close(each)
    # One more is what the shell reads the folder with.
    numbers = set(map(int, done.stdout.split()))
    assert {0, 1, 2, 14, 15} <= numbers
    assert numbers <= {0, 1, 2, 3, 14, 15}


def test_playground_that_is_gone_before_it_said_anything(tmp_path: Path) -> None:
    control, control_theirs = os.pipe()
    os.close(control_theirs)
    done = subprocess.run(
        [sys.executable, LAUNCHER, str(control), "1", "2"], pass_fds=(control,), timeout=20
    )
    os.close(control)
    assert done.returncode == 0
    assert with_argument(str(tmp_path)) == []


def test_it_imports_nothing_but_the_standard_library() -> None:
    folder = os.path.dirname(LAUNCHER)
    code = f"import sys; sys.path.insert(0, {folder!r})\n"
    code += "import launcher, python_worker; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    names = {name.partition(".")[0] for name in done.stdout.split()}
    assert names <= set(sys.stdlib_module_names) | {"__main__", "launcher", "python_worker"}
