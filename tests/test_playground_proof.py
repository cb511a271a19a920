"""No connection of a client sends the playground's key to another program on its port."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_faas.client import Client, Target, Timeouts, playground_target
from jupyter_faas.client.direct_transport import DirectTransport
from jupyter_faas.errors import RequestNotSent, TargetNotReachable
from jupyter_faas.playground import start, stop
from jupyter_faas.playground_proof import CHALLENGE_HEADER, PROOF_HEADER, RESTART_HINT
from tests.client.helpers.server import Answer, Asked, FakeHost, serving

QUICK = Timeouts(connect_s=0.5, pauses_s=(), answer_s=0.5)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    start(tmp_path, port=0, wait_s=60)
    yield playground_target(tmp_path)
    stop(tmp_path)


def by_requests(target: Target) -> object:
    with closing(Client(target, timeouts=QUICK)) as client:
        return client.list_actions()


def in_event_loop(target: Target) -> object:
    async def send() -> object:
        with closing(DirectTransport(target, QUICK)) as transport:
            reply = await transport.send("GET", "/api/v1/namespaces/_/actions")
            assert reply.status == 200
            return reply.body

    return asyncio.run(send())


both = pytest.mark.parametrize("send", [by_requests, in_event_loop])


def pong(_: Asked) -> Answer:
    return Answer(raw=b"pong", content_type="text/plain")


def got_no_key(host: FakeHost, target: Target) -> bool:
    sent = repr(host.asked)
    return "uthorization" not in sent and target.auth not in sent


@both
def test_playground_that_proves_its_key(target: Target, send: Callable[[Target], object]) -> None:
    assert send(target) == []


@both
def test_program_without_a_proof(target: Target, send: Callable[[Target], object]) -> None:
    with serving(pong) as host:
        with pytest.raises(RequestNotSent, match="another program uses its port") as refused:
            send(replace(target, apihost=host.url))
        assert refused.value.hint == RESTART_HINT
        assert [asked.path for asked in host.asked] == ["/ping"]
        assert got_no_key(host, target)


@both
def test_program_that_passes_the_challenge_on(
    target: Target, send: Callable[[Target], object]
) -> None:
    """The playground's proof is for its own port."""

    def relay(asked: Asked) -> Answer:
        challenge = asked.headers[CHALLENGE_HEADER.lower()]
        request = urllib.request.Request(
            f"{target.apihost}/ping", headers={CHALLENGE_HEADER: challenge}
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            proof = response.headers[PROOF_HEADER]
        return Answer(raw=b"pong", headers={PROOF_HEADER: proof})

    with serving(relay) as host:
        with pytest.raises(RequestNotSent, match="another program uses its port"):
            send(replace(target, apihost=host.url))
        assert len(host.asked) == 1
        assert got_no_key(host, target)


@both
def test_program_that_is_silent(target: Target, send: Callable[[Target], object]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        apihost = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TargetNotReachable, match="no connection in time"):
            send(replace(target, apihost=apihost))


@both
def test_program_that_sends_a_byte_now_and_then(
    target: Target, send: Callable[[Target], object]
) -> None:
    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            while True:
                connection.sendall(b"x")
                time.sleep(0.01)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drip, args=(server,), daemon=True).start()
        apihost = f"http://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(TargetNotReachable, match="is not reachable at"):
            send(replace(target, apihost=apihost))


def test_port_that_is_taken_between_two_calls_of_a_client(target: Target, tmp_path: Path) -> None:
    with closing(Client(target, timeouts=QUICK)) as client:
        assert client.list_actions() == []
        stop(tmp_path)
        with serving(pong, port=int(target.apihost.rpartition(":")[2])) as host:
            with pytest.raises(RequestNotSent, match="another program uses its port"):
                client.invoke("iris", {})
            assert got_no_key(host, target)
