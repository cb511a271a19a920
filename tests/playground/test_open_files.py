"""A hard limit of 256 open files: the workers that the limit allows are shared by all actions."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from jupyter_faas.playground import PlaygroundInfo, status, stop
from tests.cli.conftest import ROOT
from tests.contract.helpers.api import Api, Target, python
from tests.playground.helpers.loop import wait_until

_START = """
import sys
from pathlib import Path
from jupyter_faas.playground import start
start(Path(sys.argv[1]), port=0, wait_s=30)
"""


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[PlaygroundInfo]:
    command = [sys.executable, "-c", _START, str(tmp_path)]
    subprocess.run(
        ["/bin/sh", "-c", 'ulimit -n 256 && exec "$@"', "sh", *command],
        check=True,
        cwd=ROOT,
    )
    info = status(tmp_path)
    assert info is not None
    assert psutil.Process(info.pid).rlimit(psutil.RLIMIT_NOFILE) == (256, 256)
    yield info
    stop(tmp_path)


def test_more_actions_and_connections_than_the_limit_allows(limited: PlaygroundInfo) -> None:
    auth = limited.wskprops.read_text().splitlines()[1].removeprefix("AUTH=")
    api = Api(Target(limited.apihost, auth, is_playground=True))
    for number in range(40):
        assert api.put(f"f{number}", python()).status_code == 200
        assert api.invoke(f"f{number}").status_code == 200, number
    with ExitStack() as opened:
        for _ in range(300):
            opened.enter_context(socket.create_connection(("127.0.0.1", limited.port), timeout=10))
    wait_until(lambda: api.invoke("f0").status_code == 200, 30)
    assert api.invoke("f1").status_code == 200
