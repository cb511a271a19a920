"""DirectTransport answers and fails as Transport does, and keeps its connections."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from jupyter_faas.client import Target, Timeouts
from jupyter_faas.client.direct_transport import (
    DirectTransport,
    ThreadedTransport,
    transport_for_batches,
)
from jupyter_faas.errors import ConnectionBroken, RequestNotSent, TargetNotReachable
from tests.client.helpers.server import Answer, Asked, closed_port, serving
from tests.playground.helpers.loop import in_loop

QUICK = Timeouts(connect_s=2, read_s=0.3, answer_s=0.3, most_bytes=10_000)


@asynccontextmanager
async def opened(url: str, timeouts: Timeouts | None = None) -> AsyncIterator[DirectTransport]:
    transport = DirectTransport(target(url), timeouts or Timeouts())
    try:
        yield transport
    finally:
        transport.close()


def target(url: str) -> Target:
    return Target("it", "the host", "openwhisk", url, "user:password")


@in_loop
async def test_request_has_the_key_the_body_and_the_query() -> None:
    with serving(lambda asked: Answer(200, {"fine": True})) as host:
        async with opened(host.url) as transport:
            reply = await transport.send(
                "POST", "/api/v1/x", query={"blocking": "true"}, body={"é": 1}, headers={"X-A": "b"}
            )
    assert (reply.status, reply.body) == (200, {"fine": True})
    (asked,) = host.asked
    assert asked.path == "/api/v1/x?blocking=true"
    assert asked.body == '{"é": 1}'.encode()
    assert asked.headers["authorization"] == "Basic dXNlcjpwYXNzd29yZA=="
    assert asked.headers["x-a"] == "b"
    assert asked.headers["user-agent"].startswith("jupyter_faas/")


@in_loop
async def test_connections_are_kept_and_requests_at_a_time_have_their_own() -> None:
    both = threading.Barrier(2, timeout=30)

    def answer(asked: Asked) -> Answer:
        if asked.path == "/both":
            both.wait()
        return Answer(200, {})

    with serving(answer) as host:
        async with opened(host.url) as transport:
            for _ in range(3):
                await transport.send("GET", "/")
            await asyncio.gather(*(transport.send("GET", "/both") for _ in range(2)))
    connections = [each.connection for each in host.asked]
    assert connections[0] == connections[1] == connections[2]
    assert len(set(connections[3:])) == 2


@in_loop
async def test_a_connection_that_the_host_has_closed_is_opened_again() -> None:
    with serving(lambda asked: Answer(200, {}, close=True)) as host:
        async with opened(host.url) as transport:
            await transport.send("POST", "/", body={})
            assert await asyncio.to_thread(host.closed.wait, 10)
            assert (await transport.send("POST", "/", body={})).status == 200


@in_loop
async def test_a_refused_connection_was_not_sent() -> None:
    async with opened(f"http://127.0.0.1:{closed_port()}") as transport:
        with pytest.raises(RequestNotSent, match=r"not reachable .*\(connection refused\)"):
            await transport.send("POST", "/", body={})


@in_loop
async def test_a_reset_connection_may_have_been_carried_out() -> None:
    with serving(lambda asked: Answer(reset=True)) as host:
        async with opened(host.url) as transport:
            with pytest.raises(ConnectionBroken, match="was lost before a response"):
                await transport.send("POST", "/", body={})
        assert len(host.asked) == 1  # it is not repeated


@in_loop
async def test_a_slow_host_reaches_the_timeout() -> None:
    hold = threading.Event()
    with serving(lambda asked: Answer(200, {}, hold=hold)) as host:
        async with opened(host.url, QUICK) as transport:
            with pytest.raises(TargetNotReachable, match=r"did not respond in time|too slow"):
                await transport.send("POST", "/", body={})
        hold.set()


@in_loop
async def test_a_timeout_begins_with_its_request() -> None:
    """The timer of an earlier request, which had more time, is not that of this one."""
    hold = threading.Event()

    def answer(asked: Asked) -> Answer:
        return Answer(200, {}, hold=hold if asked.path == "/slow" else None)

    with serving(answer) as host:
        async with opened(host.url, QUICK) as transport:
            await transport.send("GET", "/", read_s=40)
            with pytest.raises(TargetNotReachable, match="did not respond in time"):
                await transport.send("GET", "/slow", read_s=0.1)
            hold.set()


@in_loop
async def test_an_answer_without_an_end_is_not_read_into_memory() -> None:
    with serving(lambda asked: Answer(200, raw=b"x" * 20_000)) as host:
        async with opened(host.url, QUICK) as transport:
            with pytest.raises(TargetNotReachable, match="too large"):
                await transport.send("GET", "/")


@pytest.mark.parametrize("status", [200, 502])
@in_loop
async def test_a_web_page_is_not_an_answer(status: int) -> None:
    page = Answer(status, raw=b"<html>", content_type="text/html")
    with serving(lambda asked: page) as host:
        async with opened(host.url) as transport:
            with pytest.raises(TargetNotReachable, match=f"status {status}, text/html") as caught:
                await transport.send("GET", "/")
    assert caught.value.status == status


@in_loop
async def test_nesting_without_an_end_is_not_an_answer() -> None:
    with serving(lambda asked: Answer(200, raw=b"[" * 100_000)) as host:
        async with opened(host.url) as transport:
            with pytest.raises(TargetNotReachable, match="valid OpenWhisk response"):
                await transport.send("GET", "/")


@in_loop
async def test_chunks_are_joined() -> None:
    def answer(asked: Asked) -> Answer:
        raw = b'5\r\n{"a":\r\n2;x=y\r\n1}\r\n0\r\n\r\n'
        return Answer(200, raw=raw, headers={"Transfer-Encoding": "chunked"})

    with serving(answer) as host:
        async with opened(host.url) as transport:
            assert (await transport.send("GET", "/")).body == {"a": 1}


def test_batches_use_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    proxied = transport_for_batches(target("https://openwhisk.example"))
    assert isinstance(proxied, ThreadedTransport)
    assert isinstance(transport_for_batches(target("http://127.0.0.1:1")), DirectTransport)


@in_loop
async def test_requests_through_a_proxy_do_not_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = threading.Barrier(2, timeout=30)

    def answer(asked: Asked) -> Answer:
        both.wait()
        return Answer(200, {"asked": asked.path})

    with serving(answer) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        transport = transport_for_batches(target("http://openwhisk.example"))
        found = await asyncio.gather(*(transport.send("POST", "/x", body={}) for _ in range(2)))
        transport.close()
    assert [each.body["asked"] for each in found] == ["http://openwhisk.example/x"] * 2


@in_loop
async def test_an_error_behind_a_proxy_is_that_of_the_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    transport = transport_for_batches(target("http://openwhisk.example"))
    with pytest.raises(TargetNotReachable, match="The proxy"):
        await transport.send("POST", "/x", body={})
    transport.close()
