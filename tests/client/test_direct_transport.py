"""DirectTransport answers and fails as Transport does, and keeps its connections."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from jupyter_faas.client import Target, Timeouts, transport_for_batches
from jupyter_faas.client.direct_transport import DirectTransport
from jupyter_faas.errors import ConnectionBroken, RequestNotSent, TargetNotReachable
from tests.client.helpers.server import Answer, Asked, closed_port, serving

Opened = Callable[[str, Timeouts], DirectTransport]
QUICK = Timeouts(connect_s=2, read_s=0.3, answer_s=0.3, most_bytes=10_000)


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Make transports, which are closed after the test."""
    made: list[DirectTransport] = []

    def opened(url: str, timeouts: Timeouts) -> DirectTransport:
        made.append(DirectTransport(target(url), timeouts))
        return made[-1]

    yield opened
    for each in made:
        each.close()


def target(url: str) -> Target:
    return Target("it", "the host", "openwhisk", url, "user:password")


def test_request_has_the_key_the_body_and_the_query(opened: Opened) -> None:
    with serving(lambda asked: Answer(200, {"fine": True})) as host:
        transport = opened(host.url, Timeouts())
        reply = transport.send(
            "POST", "/api/v1/x", query={"blocking": "true"}, body={"é": 1}, headers={"X-A": "b"}
        )
    assert (reply.status, reply.body) == (200, {"fine": True})
    (asked,) = host.asked
    assert asked.path == "/api/v1/x?blocking=true"
    assert asked.body == '{"é": 1}'.encode()
    assert asked.headers["authorization"] == "Basic dXNlcjpwYXNzd29yZA=="
    assert asked.headers["x-a"] == "b"
    assert asked.headers["user-agent"].startswith("jupyter_faas/")


def test_a_thread_keeps_its_connection_and_another_has_its_own(opened: Opened) -> None:
    with serving(lambda asked: Answer(200, {})) as host:
        transport = opened(host.url, Timeouts())
        for _ in range(3):
            transport.send("GET", "/")
        other = threading.Thread(target=transport.send, args=("GET", "/"))
        other.start()
        other.join()
    connections = [each.connection for each in host.asked]
    assert connections[0] == connections[1] == connections[2]
    assert connections[3] != connections[0]


def test_a_connection_that_the_host_has_closed_is_opened_again(opened: Opened) -> None:
    with serving(lambda asked: Answer(200, {}, close=True)) as host:
        transport = opened(host.url, Timeouts())
        transport.send("POST", "/", body={})
        assert host.closed.wait(10)
        assert transport.send("POST", "/", body={}).status == 200


def test_a_refused_connection_was_not_sent(opened: Opened) -> None:
    transport = opened(f"http://127.0.0.1:{closed_port()}", Timeouts())
    with pytest.raises(RequestNotSent, match=r"not reachable .*connection refused"):
        transport.send("POST", "/", body={})


def test_a_reset_connection_may_have_been_carried_out(opened: Opened) -> None:
    with serving(lambda asked: Answer(reset=True)) as host:
        transport = opened(host.url, Timeouts())
        with pytest.raises(ConnectionBroken, match="was lost before a response"):
            transport.send("POST", "/", body={})
        assert len(host.asked) == 1  # it is not repeated


def test_a_slow_host_reaches_the_timeout(opened: Opened) -> None:
    hold = threading.Event()
    with serving(lambda asked: Answer(200, {}, hold=hold)) as host:
        transport = opened(host.url, QUICK)
        with pytest.raises(TargetNotReachable, match=r"did not respond in time|too slow"):
            transport.send("POST", "/", body={})
        hold.set()


def test_an_answer_without_an_end_is_not_read_into_memory(opened: Opened) -> None:
    with serving(lambda asked: Answer(200, raw=b"x" * 20_000)) as host:
        transport = opened(host.url, QUICK)
        with pytest.raises(TargetNotReachable, match="too large"):
            transport.send("GET", "/")


@pytest.mark.parametrize("status", [200, 502])
def test_a_web_page_is_not_an_answer(status: int, opened: Opened) -> None:
    page = Answer(status, raw=b"<html>", content_type="text/html")
    with serving(lambda asked: page) as host:
        transport = opened(host.url, Timeouts())
        with pytest.raises(TargetNotReachable, match=f"status {status}, text/html") as caught:
            transport.send("GET", "/")
    assert caught.value.status == status


def test_chunks_are_joined(opened: Opened) -> None:
    def answer(asked: Asked) -> Answer:
        raw = b'5\r\n{"a":\r\n2;x=y\r\n1}\r\n0\r\n\r\n'
        return Answer(200, raw=raw, headers={"Transfer-Encoding": "chunked"})

    with serving(answer) as host:
        transport = opened(host.url, Timeouts())
        assert transport.send("GET", "/").body == {"a": 1}


def test_batches_use_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert transport_for_batches(target("https://openwhisk.example")) is None
    assert transport_for_batches(target("http://127.0.0.1:1")) is not None
