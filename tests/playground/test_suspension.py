"""A playground that is suspended, as on a laptop that sleeps, and continues."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground import PlaygroundInfo, start, status, stop
from tests.contract.helpers.api import Api, Target, python
from tests.playground.helpers.loop import wait_until

# Says that it runs, and ends when it may; its timeout is shorter than the suspension.
CODE = """
import time
from pathlib import Path

def main(args):
    Path(args["began"]).touch()
    while not Path(args["end"]).exists():
        time.sleep(0.01)
    Path(args["ended"]).touch()
    return {"ok": True}
"""


@pytest.fixture
def info(tmp_path: Path) -> Iterator[PlaygroundInfo]:
    yield start(tmp_path, port=0, wait_s=30)
    stop(tmp_path)


def test_run_that_ends_during_the_suspension_is_not_timed_out(
    info: PlaygroundInfo, tmp_path: Path
) -> None:
    auth = info.wskprops.read_text().splitlines()[1].removeprefix("AUTH=")
    api = Api(Target(info.apihost, auth, is_playground=True))
    action = {**python(CODE), "limits": {"timeout": 2000}}
    assert api.put("slow", action).status_code == 200
    paths = {name: str(tmp_path / name) for name in ("began", "end", "ended")}
    answers = []
    call = threading.Thread(target=lambda: answers.append(api.invoke("slow", paths)))
    call.start()
    wait_until((tmp_path / "began").exists, 30)
    os.kill(info.pid, signal.SIGSTOP)
    (tmp_path / "end").touch()
    wait_until((tmp_path / "ended").exists, 30)
    # The client asks twice for two seconds each, which is longer than the timeout of the run.
    assert status(tmp_path) is None
    assert status(tmp_path) is None
    os.kill(info.pid, signal.SIGCONT)
    call.join()
    assert answers[0].json()["response"]["result"] == {"ok": True}
    found = status(tmp_path)
    assert found is not None
    assert found.pid == info.pid


def test_start_of_a_suspended_playground_says_so(info: PlaygroundInfo, tmp_path: Path) -> None:
    os.kill(info.pid, signal.SIGSTOP)
    try:
        with pytest.raises(
            PlaygroundError, match=f"process {info.pid}.* does not respond"
        ) as found:
            start(tmp_path, wait_s=3)
        assert f"kill -CONT {info.pid}" in found.value.hint
    finally:
        os.kill(info.pid, signal.SIGCONT)


def test_suspended_client_gets_its_answer_afterwards(info: PlaygroundInfo, tmp_path: Path) -> None:
    auth = info.wskprops.read_text().splitlines()[1].removeprefix("AUTH=")
    api = Api(Target(info.apihost, auth, is_playground=True))
    assert api.put("slow", python(CODE)).status_code == 200
    paths = {name: str(tmp_path / name) for name in ("began", "end", "ended")}
    words = ["invoke", "slow", "--result", *(f"{name}={path}" for name, path in paths.items())]
    client = subprocess.Popen(
        [sys.executable, "-m", "jupyter_faas.cli", "--data-dir", str(tmp_path), *words],
        stdout=subprocess.PIPE,
        text=True,
    )
    wait_until((tmp_path / "began").exists, 30)
    client.send_signal(signal.SIGSTOP)
    (tmp_path / "end").touch()
    # The run has its record while its client is suspended.
    wait_until(lambda: len(api.request("GET", "activations").json()) == 1, 30)
    client.send_signal(signal.SIGCONT)
    output, _ = client.communicate(timeout=30)
    assert (client.returncode, json.loads(output)) == (0, {"ok": True})
