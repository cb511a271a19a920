"""Requests that the application handles without ASGI, each response in one piece."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from jupyter_faas.playground.webserver.connection import Connection
from tests.playground.helpers.loop import eventually, in_loop
from tests.playground.helpers.served import CALM, GET, HURRIED, Served, refused, served

POST = b"POST /direct HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%b"
HEAD, WHOLE = POST % (2, b""), POST % (2, b"{}")


async def respond(one: Served, text: bytes) -> bytes:
    """Respond to the request that came first; return its body."""
    await eventually(lambda: bool(one.app.requests))
    body, answer = one.app.requests.pop(0)
    answer(200, b"x-a: b\r\n", text)
    return body


def response(text: bytes, *more: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nx-a: b\r\n" % len(text)
    return head + b"".join(more) + b"\r\n" + text


async def exchange(one: Served, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a request and read its response, so that the connection knows its head."""
    writer.write(WHOLE)
    await respond(one, b"x")
    assert await reader.readexactly(len(response(b"x"))) == response(b"x")


@in_loop
async def test_one_after_the_other() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        for text in (b"one", b"two"):
            writer.write(WHOLE)
            assert await respond(one, text) == b"{}"
            assert await reader.readexactly(len(response(text))) == response(text)
        assert one.app.ended == []


@in_loop
async def test_head_and_body_in_two_pieces() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        for text in (b"one", b"two"):
            writer.write(HEAD)
            await one.is_well()
            assert one.app.requests == []
            writer.write(b"{}")
            assert await respond(one, text) == b"{}"
            assert await reader.readexactly(len(response(text))) == response(text)


@in_loop
async def test_line_ends_before_a_request() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        writer.write(b"\r\n\r\n" + WHOLE)
        await respond(one, b"x")
        assert await reader.readexactly(len(response(b"x"))) == response(b"x")


@in_loop
async def test_several_at_once_are_answered_in_order() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        writer.write(WHOLE + GET % b"hold" + POST % (2, b"[]") + GET % b"x" + WHOLE)
        await respond(one, b"first")
        one.app.held.set()
        assert (await reader.readuntil(b"/hold")).startswith(response(b"first"))
        assert await respond(one, b"third") == b"[]"
        assert (await reader.readuntil(b"/x")).startswith(response(b"third"))
        await respond(one, b"fifth")
        assert await reader.readexactly(len(response(b"fifth"))) == response(b"fifth")


@in_loop
async def test_what_comes_behind_one_in_flight_waits() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        writer.write(WHOLE)
        await eventually(lambda: bool(one.app.requests))
        writer.write(GET % b"x")
        writer.write(POST % (2, b"[]"))
        await one.is_well()
        assert one.app.ended == ["/well"]
        assert len(one.app.requests) == 1
        await respond(one, b"first")
        assert (await reader.readuntil(b"/x")).startswith(response(b"first"))
        assert await respond(one, b"last") == b"[]"


@in_loop
async def test_body_of_the_next_comes_while_one_is_in_flight() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        writer.write(WHOLE + HEAD)
        await respond(one, b"one")
        assert await reader.readexactly(len(response(b"one"))) == response(b"one")
        writer.write(b"[]")
        assert await respond(one, b"two") == b"[]"
        assert await reader.readexactly(len(response(b"two"))) == response(b"two")


@pytest.mark.parametrize("version", [b"HTTP/1.0", b"HTTP/1.1\r\nConnection: close"])
@in_loop
async def test_the_last_of_a_connection(version: bytes) -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        writer.write(b"GET /direct %b\r\n\r\n" % version)
        await respond(one, b"x")
        assert await reader.read() == response(b"x", b"connection: close\r\n")


@in_loop
async def test_client_that_sends_no_more_is_answered_and_the_connection_ends() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        writer.write(WHOLE)
        writer.write_eof()
        await respond(one, b"last")
        assert await reader.read() == response(b"last", b"connection: close\r\n")


@in_loop
async def test_server_that_stops_answers_first() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        writer.write(WHOLE)
        await eventually(lambda: bool(one.app.requests))
        one.server.stop()
        connection: Any
        (connection,) = one.server.server_state.connections
        await eventually(lambda: not connection.cycle.keep_alive)
        await respond(one, b"last")
        assert await reader.read() == response(b"last", b"connection: close\r\n")


@pytest.mark.parametrize("sent", [WHOLE, HEAD], ids=["whole", "head"])
@in_loop
async def test_client_that_has_left(sent: bytes) -> None:
    async with served(CALM) as one:
        async with one.connect() as (_, writer):
            writer.write(sent)
            if sent == WHOLE:
                await eventually(lambda: bool(one.app.requests))
            else:
                await eventually(lambda: one.connections == 1)
            client: socket.socket = writer.get_extra_info("socket")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            writer.transport.abort()
        await eventually(lambda: one.connections == 0)
        if sent == WHOLE:
            await respond(one, b"nobody")
        await one.is_well()
        assert one.app.requests == []


@in_loop
async def test_body_that_does_not_come() -> None:
    async with served(HURRIED) as one:
        refused(
            await one.answer(HEAD), 408, "body arrived more slowly than 10 bytes in 0.3 seconds"
        )
        assert one.app.requests == []


@in_loop
async def test_silence_after_it_ends_the_connection() -> None:
    async with served(HURRIED) as one, one.connect() as (reader, writer):
        writer.write(WHOLE)
        await respond(one, b"x")
        assert await reader.read() == response(b"x")


@in_loop
async def test_it_may_take_long() -> None:
    async with served(HURRIED) as one, one.connect() as (reader, writer):
        writer.write(WHOLE)
        # Another connection of the same patience ends by itself meanwhile.
        assert await one.answer(b"") == b""
        assert await one.answer(b"") == b""
        await respond(one, b"late")
        assert await reader.readexactly(len(response(b"late"))) == response(b"late")


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The URLs of the heads that were parsed."""
    urls: list[bytes] = []
    parse = Connection.on_headers_complete

    def on_headers_complete(self: Connection) -> None:
        urls.append(self.url)
        parse(self)

    monkeypatch.setattr(Connection, "on_headers_complete", on_headers_complete)
    return urls


@in_loop
async def test_a_head_that_is_repeated_is_parsed_once(parsed: list[bytes]) -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        for body in (b"{}", b"[]", b"\r\n"):
            writer.write(POST % (2, body))
            assert await respond(one, b"x") == body
            assert await reader.readexactly(len(response(b"x"))) == response(b"x")
    assert parsed == [b"/direct"]


@pytest.mark.parametrize(
    "pieces", [(HEAD, b"[]"), (HEAD + b"[", b"]"), (HEAD[:-3], HEAD[-3:] + b"[]")]
)
@in_loop
async def test_a_head_that_is_repeated_in_pieces(pieces: tuple[bytes, ...]) -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        await exchange(one, reader, writer)
        for piece in pieces:
            writer.write(piece)
            await one.is_well()
        assert await respond(one, b"y") == b"[]"
        assert await reader.readexactly(len(response(b"y"))) == response(b"y")


@in_loop
async def test_a_head_that_comes_before_its_body_is_parsed_once(parsed: list[bytes]) -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        for body in (b"{}", b"[]", b"\r\n"):
            writer.write(HEAD)
            await one.is_well()
            writer.write(body)
            assert await respond(one, b"x") == body
            assert await reader.readexactly(len(response(b"x"))) == response(b"x")
    assert parsed.count(b"/direct") == 1


@in_loop
async def test_a_repeated_head_with_more_than_its_body() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        writer.write(WHOLE)
        await respond(one, b"0")
        assert await reader.readexactly(len(response(b"0"))) == response(b"0")
        writer.write(HEAD)
        await one.is_well()
        writer.write(b"11" + POST % (2, b"22"))
        for body in (b"11", b"22"):
            assert await respond(one, body) == body
            assert await reader.readexactly(len(response(body))) == response(body)


@in_loop
async def test_a_repeated_head_without_its_body() -> None:
    async with served(HURRIED) as one, one.connect() as (reader, writer):
        await exchange(one, reader, writer)
        writer.write(HEAD)
        refused(await reader.read(), 408, "body arrived more slowly than 10 bytes in 0.3 seconds")
        assert one.app.requests == []


@in_loop
async def test_a_repeated_head_is_responded_to_when_the_server_stops() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        await exchange(one, reader, writer)
        connection: Any
        (connection,) = one.server.server_state.connections
        writer.write(HEAD)
        await eventually(lambda: connection._held is not None)
        one.server.stop()
        await eventually(lambda: connection._held is None)
        writer.write(b"[]")
        assert await respond(one, b"last") == b"[]"
        assert await reader.read() == response(b"last", b"connection: close\r\n")


@in_loop
async def test_repetitions_that_come_together_or_too_early() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        writer.write(WHOLE)
        await respond(one, b"0")
        writer.write(POST % (2, b"11") + POST % (2, b"22"))
        await eventually(lambda: bool(one.app.requests))
        writer.write(POST % (2, b"33"))
        for body in (b"11", b"22", b"33"):
            assert await respond(one, body) == body
        assert await reader.readuntil(b"33") == b"".join(map(response, (b"0", b"11", b"22", b"33")))


@in_loop
async def test_a_repeated_head_is_not_handled_when_the_application_refuses_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The route responds then, as when the API key has changed."""
    async with served(CALM) as one, one.connect() as (reader, writer):
        await exchange(one, reader, writer)
        (connection,) = one.server.server_state.connections
        monkeypatch.setattr(connection, "_find_direct_handler", lambda *_: None)
        writer.write(WHOLE)
        assert (await reader.readuntil(b"{}")).startswith(b"HTTP/1.1 200 OK")
        assert one.app.ended == ["/direct"]


@in_loop
async def test_a_head_in_two_pieces_is_not_remembered_by_its_second() -> None:
    """Its second piece looks like a whole request, but has another header before it."""
    async with served(CALM) as one, one.connect() as (reader, writer):
        headers: list[list[tuple[bytes, bytes]]] = []
        find = one.app.find_direct_handler

        def find_direct_handler(method: bytes, url: bytes, found: Any) -> Any:
            headers.append(list(found))
            return find(method, url, found)

        connection: Any
        (connection,) = one.server.server_state.connections
        connection._find_direct_handler = find_direct_handler
        writer.write(b"POST /direct HTTP/1.1\r\nA: ")
        await one.is_well()
        for _ in range(2):
            writer.write(WHOLE)
            await respond(one, b"x")
            assert await reader.readexactly(len(response(b"x"))) == response(b"x")
        assert [name for name, _ in headers[0]] == [b"a", b"host", b"content-length"]
        assert [name for name, _ in headers[1]] == [b"host", b"content-length"]
