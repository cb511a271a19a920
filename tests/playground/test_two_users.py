"""Two users on one machine: what another user listens on or owns is never taken for ours."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from jupyter_faas.client import Client, playground_target
from jupyter_faas.errors import NotAuthorized, PlaygroundError
from jupyter_faas.playground import start, status, stop
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.workspace import Workspace
from tests.playground.helpers.users import as_root, other_user, reachable_folder

pytestmark = as_root


@pytest.fixture
def running() -> Iterator[Path]:
    with reachable_folder() as folder:
        start(folder, port=0, wait_s=30)
        yield folder
        stop(folder)


def listening(port: int, ready: int) -> str:
    """Answer every request as a playground that proves nothing would; return what was sent."""
    with socket.create_server(("127.0.0.1", port)) as server:
        server.settimeout(30)
        os.write(ready, b"!")
        seen = ""
        while "done" not in seen:
            connection, _ = server.accept()
            with connection:
                seen += connection.recv(65536).decode()
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong")
        return seen


def test_port_that_another_user_has_taken_gets_no_key(running: Path) -> None:
    info = status(running)
    assert info is not None
    key = DataDirectory(running).auth()
    os.kill(info.pid, signal.SIGKILL)
    while status(running) is not None or DataDirectory(running).lock_holder() is not None:
        pass
    read_end, write_end = os.pipe()
    with other_user(lambda: listening(info.port, write_end)) as seen:
        os.read(read_end, 1)
        # The port is in state.json, as it was before the end of our playground.
        assert DataDirectory(running).read_state()["port"] == info.port
        assert status(running) is None
        workspace = Workspace.open(running)
        workspace.playground.wake()
        assert workspace.activations() == []
        again = status(running)
        assert again is not None
        assert again.port != info.port
        requests.get(f"http://127.0.0.1:{info.port}/done", timeout=10)
        found = seen()
    assert "GET /done" in found
    assert "uthorization" not in found
    assert key not in found


def test_playground_that_does_not_prove_its_key_is_not_running(running: Path) -> None:
    info = status(running)
    assert info is not None
    folder = DataDirectory(running)
    state = folder.read_state()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    read_end, write_end = os.pipe()
    with other_user(lambda: listening(port, write_end)):
        os.read(read_end, 1)
        folder.write_state({**state, "port": port})
        assert status(running) is None
    folder.write_state(state)
    assert status(running) is not None


def test_proof_is_for_one_port(running: Path) -> None:
    info = status(running)
    assert info is not None
    challenge = {"X-Faas-Challenge": "c"}
    url = f"{info.apihost}/ping"
    proofs = [
        requests.get(url, headers={**challenge, **more}, timeout=10).headers["X-Faas-Proof"]
        for more in ({}, {"Host": "127.0.0.1:1"})
    ]
    assert proofs[0] == proofs[1]
    assert DataDirectory(running).auth() not in proofs[0]
    assert "X-Faas-Proof" not in requests.get(url, timeout=10).headers


def test_playground_of_another_user(running: Path) -> None:
    target = playground_target(running)

    def work() -> str:
        found = []
        for call in (
            lambda: status(running),
            lambda: start(running),
            lambda: stop(running),
        ):
            try:
                found.append(str(call()))
            except PlaygroundError as error:
                found.append(str(error))
        found += map(str, running.rglob("*"))
        try:
            stranger = Client(type(target)("p", "p", "openwhisk", target.apihost, "a:b"))
            found.append(str(stranger.list_actions()))
        except NotAuthorized as error:
            found.append(error.message)
        return "\n".join(found)

    with other_user(work) as result:
        lines = result().splitlines()
    root = DataDirectory(running).root
    assert lines[0] == f"The playground in {root} belongs to another user."
    assert "Traceback" not in "\n".join(lines)
    assert lines.count(f"The playground in {root} belongs to another user.") == 2
    assert lines[2] == f"The folder {root} cannot be used: Operation not permitted."
    assert not [line for line in lines if line.startswith(f"{root}/")]
    assert "key" in lines[-1]
    assert status(running) is not None
