"""Connections that are too many, too large, too slow or cut off."""

from __future__ import annotations

import base64
import contextlib
import resource
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from jupyter_faas.playground import PlaygroundInfo, start, stop
from tests.contract.conftest import Deploy
from tests.contract.helpers.api import Api, python
from tests.playground.helpers.loop import wait_until

MB = 1024 * 1024
WAITING = """
import pathlib, time
def main(args):
    pathlib.Path(args['started']).touch()
    while not pathlib.Path(args['go']).exists():
        time.sleep(0.01)
    return {'done': True}
"""


class Server:
    """The process of the playground, and connections to it."""

    def __init__(self, info: PlaygroundInfo, api: Api) -> None:
        self.process = psutil.Process(info.pid)
        self.port = info.port
        self.key = base64.b64encode(api.target.auth.encode()).decode()

    def connect(self, timeout_s: float = 30) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s)

    def head(self, method: str, path: str, *lines: str) -> bytes:
        fixed = ("Host: 127.0.0.1", f"Authorization: Basic {self.key}")
        more = ("Content-Type: application/json", *lines)
        return "\r\n".join(
            (f"{method} /api/v1/namespaces/_/{path} HTTP/1.1", *fixed, *more, "", "")
        ).encode()

    def resident_mb(self) -> float:
        return float(self.process.memory_info().rss) / MB

    def most_resident_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (each for each in status.splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) / 1024


@pytest.fixture
def server(playground: PlaygroundInfo, api: Api, ours: None) -> Server:
    return Server(playground, api)


def answer(connection: socket.socket) -> bytes:
    """The first line of it, when the rest need not be there yet."""
    data = b""
    while b"\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            break
        data += piece
    return data.partition(b"\r\n")[0]


def test_body_that_says_it_is_too_large_is_not_read(server: Server, name: str) -> None:
    before = server.most_resident_mb()
    with server.connect() as connection:
        connection.sendall(server.head("PUT", f"actions/{name}", f"Content-Length: {60 * MB}"))
        assert answer(connection).startswith(b"HTTP/1.1 413 ")
        # Who sends it none the less is heard out, and nothing of it is kept.
        for _ in range(60):
            connection.sendall(b" " * MB)
        connection.sendall(server.head("GET", "actions", "Connection: close"))
        rest = b""
        while piece := connection.recv(65536):
            rest += piece
        assert b"HTTP/1.1 200 OK" in rest
    assert server.most_resident_mb() < before + 8


def chunks(size: int, piece: int = MB) -> Iterator[bytes]:
    for _ in range(size // piece):
        yield b"%x\r\n%b\r\n" % (piece, b" " * piece)


def test_body_that_does_not_say_that_it_is_too_large(server: Server, name: str) -> None:
    before = server.resident_mb()
    most_before = server.most_resident_mb()
    with server.connect() as connection:
        chunked = server.head("PUT", f"actions/{name}", "Transfer-Encoding: chunked")
        connection.sendall(chunked)
        with contextlib.suppress(BrokenPipeError):
            for piece in chunks(200 * MB):
                connection.sendall(piece)
        assert answer(connection).startswith(b"HTTP/1.1 413 ")
    # What a PUT may have is held, once and the growing of it; not all that came.
    assert server.most_resident_mb() <= max(before + 130, most_before)
    wait_until(lambda: server.resident_mb() < before + 16)


def test_code_that_is_too_large_leaves_no_memory_taken(server: Server, api: Api, name: str) -> None:
    before = server.resident_mb()
    assert api.put(name, python("#" * (48 * MB + 1))).status_code == 413
    wait_until(lambda: server.resident_mb() < before + 16)


def test_payload_of_a_megabyte(api: Api, deploy: Deploy) -> None:
    name = deploy("def main(args):\n    return {'n': len(args['a'])}\n")
    fits = MB - len('{"a": ""}')
    assert api.invoke(name, {"a": "x" * fits}, result=True).json() == {"n": fits}
    refused = api.invoke(name, {"a": "x" * (fits + 1)})
    assert refused.status_code == 413
    assert refused.json()["error"] == f"Request larger than allowed: {MB + 1} > {MB} bytes."


def test_parameters_of_a_megabyte(api: Api, name: str) -> None:
    fits = MB - len("a") - len('""')
    for size, status in ((fits, 200), (fits + 1, 413)):
        body = python(parameters=[{"key": "a", "value": "x" * size}])
        assert api.put(name, body, overwrite=True).status_code == status


def test_a_thousand_idle_connections(server: Server, api: Api) -> None:
    """Others are served meanwhile, and the descriptors come back."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    before = server.process.num_fds()
    try:
        with contextlib.ExitStack() as idle:
            for _ in range(1000):
                idle.enter_context(server.connect())
            # Some of before may have gone meanwhile.
            wait_until(lambda: server.process.num_fds() >= before + 980)
            assert api.request("GET", "actions").status_code == 200
        wait_until(lambda: server.process.num_fds() <= before + 5)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_client_that_is_cut_off_while_it_waits_leaves_a_record(
    server: Server, api: Api, deploy: Deploy, tmp_path: Path
) -> None:
    name = deploy(WAITING)
    started, go = tmp_path / "started", tmp_path / "go"
    body = f'{{"started": "{started}", "go": "{go}"}}'.encode()
    path = f"actions/{name}?blocking=true"
    with server.connect() as connection:
        connection.sendall(server.head("POST", path, f"Content-Length: {len(body)}") + body)
        wait_until(started.exists)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    go.touch()
    wait_until(lambda: len(api.activations(name=name).json()) == 1)
    (found,) = api.activations(name=name, docs=True).json()
    assert found["response"]["result"] == {"done": True}


@pytest.mark.parametrize("zeros", [0, 5000, 50_000])
def test_length_with_zeros_before_it(server: Server, api: Api, deploy: Deploy, zeros: int) -> None:
    """To which Python would not make a number."""
    name = deploy("def main(args):\n    return {'ok': 1}\n")
    assert api.invoke(name).status_code == 200
    length = f"Content-Length: {'0' * zeros}2"
    for path in (f"actions/{name}?blocking=true", f"triggers/{name}"):
        with server.connect() as connection:
            connection.sendall(server.head("POST", path, length) + b"{}")
            assert answer(connection)[:12] in (b"HTTP/1.1 200", b"HTTP/1.1 404", b"HTTP/1.1 409")


def test_slow_ones_hold_up_nobody(server: Server, api: Api, deploy: Deploy) -> None:
    name = deploy("def main(args):\n    return {'ok': 1}\n")
    whole = server.head("POST", f"actions/{name}?blocking=true", "Content-Length: 2") + b"{}"
    with contextlib.ExitStack() as slow:
        begun = [slow.enter_context(server.connect()) for _ in range(50)]
        for at in range(0, len(whole), 50):
            for connection in begun:
                connection.sendall(whole[at : at + 50])
            assert api.invoke(name, result=True).json() == {"ok": 1}
        assert [answer(connection) for connection in begun] == [b"HTTP/1.1 200 OK"] * 50


def test_expectation_is_met_only_where_the_body_is_wanted(server: Server, name: str) -> None:
    expecting = ("Expect: 100-continue", "Content-Length: {}")
    for size, first in ((2, b"HTTP/1.1 100 Continue"), (99 * MB, b"HTTP/1.1 413 ")):
        lines = [line.format(size) for line in expecting]
        with server.connect() as connection:
            connection.sendall(server.head("PUT", f"actions/{name}", *lines))
            assert answer(connection).startswith(first)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE"])
def test_methods_that_change_nothing(server: Server, method: str) -> None:
    with server.connect() as connection:
        connection.sendall(server.head(method, "actions", "Connection: close"))
        data = b""
        while piece := connection.recv(65536):
            data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    status = {"HEAD": b"404", "OPTIONS": b"200", "TRACE": b"404"}[method]
    assert head.startswith(b"HTTP/1.1 %b " % status)
    assert bool(body) == (method != "HEAD")


# -- http and https on one port ------------------------------------------------------------------


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaygroundInfo]:
    data_dir: Path = tmp_path_factory.mktemp("playground_with_tls")
    yield start(data_dir, port=0, tls=True, wait_s=30)
    stop(data_dir)


PING = b"GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def test_nonsense_on_a_port_of_both_kinds(mixed: PlaygroundInfo) -> None:
    trusting = ssl.create_default_context(cafile=str(mixed.ca))
    address = ("127.0.0.1", mixed.port)
    for nonsense in (b"\x16\x03\x01\x00\x05hello", b"\x16", b"\x80.\x01\x00\x02", b"", b"\0" * 99):
        with socket.create_connection(address, timeout=20) as connection:
            connection.sendall(nonsense)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
    with (
        socket.create_connection(address, timeout=20) as plain,
        socket.create_connection(address, timeout=20) as connection,
        trusting.wrap_socket(connection, server_hostname="127.0.0.1") as secure,
    ):
        # Plain text within TLS is a request; a hello of TLS within plain HTTP is none.
        secure.sendall(PING)
        plain.sendall(PING.replace(b"Connection: close\r\n", b"") + b"\x16\x03\x01\x02\x00\x01")
        assert answer(secure) == b"HTTP/1.1 200 OK"
        assert answer(plain) == b"HTTP/1.1 200 OK"
    with socket.create_connection(address, timeout=20) as plain:
        plain.sendall(PING)
        assert answer(plain) == b"HTTP/1.1 200 OK"


def test_idle_connections_on_a_port_of_both_kinds(mixed: PlaygroundInfo) -> None:
    process = psutil.Process(mixed.pid)
    before = process.num_fds()
    with contextlib.ExitStack() as idle:
        for _ in range(300):
            idle.enter_context(socket.create_connection(("127.0.0.1", mixed.port), timeout=20))
        # Those of the test before may have gone meanwhile.
        wait_until(lambda: process.num_fds() >= before + 280)
    wait_until(lambda: process.num_fds() <= before + 5)


def test_many_who_come_and_go(server: Server) -> None:
    """Half of them cut off, in the midst of whatever they say."""
    before = server.process.num_fds()
    said = server.head("GET", "actions?limit=1", "Content-Length: 10") + b"0123456789"

    def come_and_go(first: int) -> None:
        for n in range(first, len(said), 8):
            with server.connect() as connection:
                connection.sendall(said[:n])
                if n % 2:
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    threads = [threading.Thread(target=come_and_go, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_until(lambda: server.process.num_fds() <= before + 5)
