"""Hosts that stall, flood or trickle, and proxies that answer in their place."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest

from jupyter_faas.client import Client, Target, Timeouts
from jupyter_faas.errors import TargetNotReachable
from tests.client.helpers.server import Answer, Asked, closed_port, serving

AUTH = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "k" * 64
TARGET = Target("lab", "lab", "openwhisk", "http://h", AUTH)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

Send = Callable[[Callable[[bytes], None], threading.Event], None]


@contextmanager
def host(send: Send) -> Iterator[str]:
    """A host whose answer ``send`` writes, until the test is over."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            # The client closes the connection in the middle of the answer.
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    send(connection.sendall, over)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            thread.join(5)


def ask(url: str, **limits: float) -> None:
    timeouts = Timeouts(2, read_s=1.0, pauses_s=(), **limits)  # type: ignore[arg-type]  # a test
    client = Client(replace(TARGET, apihost=url), timeouts=timeouts)
    try:
        client.namespaces()
    finally:
        client.close()


def trickled(head: bytes) -> Send:
    def send(write: Callable[[bytes], None], over: threading.Event) -> None:
        write(head)
        while not over.wait(0.02):
            write(b" ")

    return send


@pytest.mark.parametrize(
    "head",
    [HEAD + b"Content-Length: 100000\r\n\r\n", HEAD + b"X-Long: "],
    ids=["body", "header"],
)
def test_a_host_that_trickles_is_left_at_the_deadline(head: bytes) -> None:
    begun = time.monotonic()
    with (
        host(trickled(head)) as url,
        pytest.raises(TargetNotReachable, match=r"lab responded too slowly: .* after 1 s"),
    ):
        ask(url, answer_s=0.3)
    assert time.monotonic() - begun < 4


def test_a_host_that_floods_is_left_at_the_size() -> None:
    written = 0

    def send(write: Callable[[bytes], None], over: threading.Event) -> None:
        nonlocal written
        write(HEAD + b"Connection: close\r\n\r\n[")
        while not over.is_set():
            write(b" " * 65536)
            written += 65536

    with (
        host(send) as url,
        pytest.raises(TargetNotReachable, match="The response from lab exceeds the limit of 2 MB"),
    ):
        ask(url, most_bytes=2 * 1024 * 1024)
    # What the buffers of both sockets hold was written and not read.
    assert written < 32 * 1024 * 1024


def test_a_small_answer_that_unpacks_to_a_large_one_is_left_at_the_size() -> None:
    bomb = gzip.compress(b"[" + b" " * (8 * 1024 * 1024))
    answer = Answer(raw=bomb, headers={"Content-Encoding": "gzip"})
    with (
        serving(lambda _: answer) as found,
        pytest.raises(TargetNotReachable, match="exceeds the limit of 2 MB"),
    ):
        ask(found.url, most_bytes=2 * 1024 * 1024)


def test_a_connection_is_kept_for_the_next_request() -> None:
    with serving(lambda _: Answer(body=["guest"])) as found:
        client = Client(replace(TARGET, apihost=found.url))
        assert [client.namespaces() for _ in range(3)] == [["guest"]] * 3
        assert len({each.connection for each in found.asked}) == 1
        client.close()


def test_a_host_that_stalls_is_a_timeout() -> None:
    with (
        host(lambda _write, over: (over.wait(10), None)[1]) as url,
        pytest.raises(TargetNotReachable, match=r"lab did not respond in time\."),
    ):
        ask(url)


# -- Proxies


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Target]:
    """A target that is reached through a proxy, whose URL has a password."""
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    def make(port: str) -> Target:
        monkeypatch.setenv("HTTP_PROXY", f"http://ada:s3cret@127.0.0.1:{port}")
        return replace(TARGET, apihost="http://faas.example")

    return make


def port_of(url: str) -> str:
    return url.rpartition(":")[2]


@pytest.mark.parametrize("status", [403, 407, 502, 503, 504])
def test_a_proxy_that_answers_is_named(status: int, proxied: Callable[[str], Target]) -> None:
    page = Answer(status, content_type="text/html", raw=b"<h1>Squid</h1>")
    with serving(lambda _: page) as found:
        target = proxied(port_of(found.url))
        with pytest.raises(TargetNotReachable, match=r"The proxy http://127\.0\.0\.1") as caught:
            Client(target).namespaces()
    assert "responded instead of lab" in caught.value.message
    assert "NO_PROXY" in caught.value.hint
    assert "s3cret" not in str(caught.value)


def test_a_proxy_that_is_down_is_named(proxied: Callable[[str], Target]) -> None:
    target = proxied(str(closed_port()))
    with pytest.raises(TargetNotReachable, match="cannot connect to lab") as caught:
        Client(target, timeouts=Timeouts(2, 2, ())).namespaces()
    assert "The proxy http://127.0.0.1:" in caught.value.message
    assert "s3cret" not in str(caught.value)


def test_a_host_behind_a_proxy_answers(proxied: Callable[[str], Target]) -> None:
    def script(asked: Asked) -> Answer:
        assert asked.path.startswith("http://faas.example/")
        return Answer(body=["guest"])

    with serving(script) as found:
        assert Client(proxied(port_of(found.url))).namespaces() == ["guest"]
