"""Clients that are slow, silent, gone or not speaking HTTP, at the real server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from jupyter_faas.playground.data_dir import DataDirectory
from tests.playground.helpers.loop import eventually, in_loop
from tests.playground.helpers.served import CALM, GET, HURRIED, POST, App, refused, served


@pytest.mark.parametrize(
    "begin",
    [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"],
    ids=["one byte", "request line", "headers without an end"],
)
@in_loop
async def test_head_that_does_not_end(begin: bytes) -> None:
    async with served(HURRIED) as one:
        refused(await one.answer(begin), 408, r"line and headers took longer than 0\.3 seconds")


@in_loop
async def test_head_that_trickles() -> None:
    async with served(HURRIED) as one, one.connect() as (reader, writer):
        answer = asyncio.create_task(reader.read())
        with contextlib.suppress(OSError):
            while not answer.done():
                writer.write(b"G" if not one.app.ended else b"")
                await one.is_well()
                await asyncio.sleep(0.02)
        assert (await answer).startswith(b"HTTP/1.1 4")


@in_loop
async def test_body_that_does_not_come() -> None:
    async with served(HURRIED) as one:
        answer = await one.answer(POST % (50, b"{}"))
        refused(answer, 408, "body arrived more slowly than 10 bytes in 0.3 seconds")
        await eventually(lambda: one.app.ended == ["/"])


@in_loop
async def test_body_that_comes_slowly_but_comes() -> None:
    async with served(HURRIED) as one, one.connect() as (reader, writer):
        writer.write(POST % (40, b""))
        for _ in range(4):
            await asyncio.sleep(0.2)
            writer.write(b"0123456789")
        assert await reader.readuntil(b"0123456789" * 4)


@in_loop
async def test_silence() -> None:
    async with served(HURRIED) as one:
        assert await one.answer(b"") == b""


@in_loop
async def test_silence_after_line_ends() -> None:
    async with served(HURRIED) as one:
        assert await one.answer(b"\r\n\r\n") == b""
        assert (await one.answer(b"\r\n" + GET % b"x" + b"\r\n")).endswith(b"/x")


@in_loop
async def test_silence_after_an_answer() -> None:
    async with served(HURRIED) as one:
        assert (await one.answer(GET % b"x")).endswith(b"/x")


@in_loop
async def test_answer_that_is_not_read() -> None:
    async with served(HURRIED) as one, one.connect() as (reader, writer):
        writer.write(GET % b"much")
        await reader.readuntil(b"\r\n\r\n")
        await eventually(lambda: one.connections == 0)
        await one.is_well()


@in_loop
async def test_answer_that_takes_long_is_waited_for() -> None:
    async with served(HURRIED) as one, one.connect() as (reader, writer):
        writer.write(GET % b"hold")
        await asyncio.sleep(0.7)
        one.app.held.set()
        assert await reader.readuntil(b"/hold")


@pytest.mark.parametrize("size", [500_000, 3000], ids=["in pieces", "in one"])
@pytest.mark.parametrize(
    "make",
    [
        lambda size: b"GET /%b HTTP/1.1\r\n\r\n" % (b"x" * size),
        lambda size: b"GET / HTTP/1.1\r\nX: %b\r\n\r\n" % (b"x" * size),
        lambda size: b"GET / HTTP/1.1\r\n%b\r\n" % (b"X: y\r\n" * (size // 6)),
    ],
    ids=["target", "header", "headers"],
)
@in_loop
async def test_head_that_is_too_large(make: Callable[[int], bytes], size: int) -> None:
    async with served(CALM) as one:
        refused(await one.answer(make(size)), 431, "larger than allowed: more than 1000 bytes")
        assert one.app.ended == []


@in_loop
async def test_large_body_is_no_head() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        for request in (POST % (5000, b"x" * 5000), POST % (5000, b"y" * 5000)):
            writer.write(request)
            assert await reader.readuntil(request[-5000:])


@pytest.mark.parametrize(
    "request_",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/3.7\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\nHost: 127.0.0.1\n\n",
        b"GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n",
        b"GET / HTTP/1.1\r\nX : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -2\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nContent-Length: %b\r\n\r\n{}" % (b"9" * 40),
        b"POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    ],
)
@in_loop
async def test_what_is_no_http(request_: bytes) -> None:
    async with served(CALM) as one:
        refused(await one.answer(request_), 400, "not valid HTTP/1.1")
        await one.is_well()


@pytest.mark.parametrize(
    ("request_", "status", "message"),
    [
        (b"CONNECT a:80 HTTP/1.1\r\n\r\n", 400, b"CONNECT requests are not supported"),
        (b"LINK / HTTP/1.1\r\n\r\n", 501, b"Unsupported HTTP method"),
        (b"get / HTTP/1.1\r\n\r\n", 501, b"Unsupported HTTP method"),
        (b"HEAD / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", 422, b""),
    ],
)
@in_loop
async def test_methods_that_are_refused(request_: bytes, status: int, message: bytes) -> None:
    async with served(CALM) as one:
        head, _, body = (await one.answer(request_)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert b"content-type: text/plain; charset=UTF-8\r\n" in head
        assert b"x-request-id" not in head.lower()
        assert body == message
        await one.is_well()


@in_loop
async def test_nonsense_behind_a_request_does_not_take_its_answer() -> None:
    async with served(CALM) as one:
        async with one.connect() as (reader, writer):
            writer.write(GET % b"hold" + b"\x00nonsense\r\n\r\n")
            await eventually(lambda: one.connections == 1)
            one.app.held.set()
            answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.endswith(b"/hold")


@in_loop
async def test_requests_that_do_not_wait_for_answers() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        writer.write(b"".join(GET % (b"%03d" % n) for n in range(200)))
        for n in range(200):
            assert await reader.readuntil(b"\r\n\r\n/%03d" % n)


@in_loop
async def test_client_that_has_said_all_gets_its_answer() -> None:
    async with served(CALM) as one:
        answer = asyncio.create_task(one.answer(GET % b"hold", half=True))
        await eventually(lambda: one.connections == 1)
        one.app.held.set()
        assert (await answer).endswith(b"/hold")


@in_loop
async def test_client_that_leaves_in_its_request() -> None:
    async with served(CALM) as one:
        assert await one.answer(POST % (50, b"{}"), half=True) == b""
        await eventually(lambda: one.app.ended == ["/"])
        assert one.connections == 0


@in_loop
async def test_client_that_leaves_before_its_answer() -> None:
    async with served(CALM) as one:
        async with one.connect() as (_, writer):
            writer.write(GET % b"hold")
            await eventually(lambda: one.connections == 1)
            client: socket.socket = writer.get_extra_info("socket")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            writer.transport.abort()
        await eventually(lambda: one.connections == 0)
        one.app.held.set()
        await eventually(lambda: one.app.ended == ["/hold"])
        await one.is_well()


@in_loop
async def test_upgrade_is_not_taken_up() -> None:
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"
    async with served(CALM) as one, one.connect() as (reader, writer):
        for _ in range(2):
            writer.write(b"GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\n%b\r\n" % upgrade)
            assert await reader.readuntil(b"\r\n\r\n/x")


@in_loop
async def test_hundreds_that_say_nothing() -> None:
    async with served(CALM) as one:
        before = len(os.listdir("/proc/self/fd"))
        async with contextlib.AsyncExitStack() as idle:
            for _ in range(300):
                await idle.enter_async_context(one.connect())
            await eventually(lambda: one.connections == 300)
            await one.is_well()
        await eventually(lambda: one.connections == 0)
        assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    ("target", "host"),
    [
        (b"http://evil.example/x", b"evil.example"),
        (b"http://evil.example:80/x", b"evil.example:80"),
        (b"http://evil@127.0.0.1:1/x", b"127.0.0.1:1"),
        (b"http://[::1]:7/x", b"[::1]:7"),
    ],
)
@in_loop
async def test_host_of_a_target_in_absolute_form_counts(target: bytes, host: bytes) -> None:
    seen: list[tuple[bytes, bytes]] = []

    class Seeing(App):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            seen.extend(scope["headers"])
            await super().__call__(scope, receive, send)

    async with served(CALM) as one:
        one.server.config.loaded_app = Seeing()
        request = b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n" % target
        assert (await one.answer(request)).endswith(b"/x")
        assert [value for name, value in seen if name == b"host"] == [host]


@in_loop
async def test_the_bounds_hold_over_tls(tmp_path: Path) -> None:
    folder = DataDirectory(tmp_path)
    folder.create()
    async with served(HURRIED, folder) as one:
        assert (await one.answer(GET % b"whole")).endswith(b"/whole")
        refused(await one.answer(b"GET / HTTP/1.1\r\n"), 408, "took longer than")
        refused(await one.answer(POST % (50, b"{}")), 408, "arrived more slowly than")
        too_large = b"GET /%b HTTP/1.1\r\n\r\n" % (b"x" * 3000)
        refused(await one.answer(too_large), 431, "larger than allowed")
        refused(await one.answer(b"nonsense\r\n\r\n"), 400, "not valid HTTP")
        assert await one.answer(b"") == b""


@in_loop
async def test_silence_before_anything_is_known_of_a_connection(tmp_path: Path) -> None:
    folder = DataDirectory(tmp_path)
    folder.create()
    async with served(HURRIED, folder) as one:
        reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
        assert await reader.read() == b""
        writer.close()
