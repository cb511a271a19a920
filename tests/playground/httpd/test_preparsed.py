"""Requests that the application takes before anything has looked at them."""

from __future__ import annotations

import socket

import pytest

from tests.playground.helpers.loop import eventually, in_loop
from tests.playground.helpers.served import CALM, GET, HURRIED, POST, Served, served

KNOWN = POST % (2, b"")


def say(one: Served, text: bytes) -> bytes:
    """Answer the request that was taken first; give its body."""
    body, answer = one.app.answers.pop(0)
    answer(200, b"x-a: b\r\n", text)
    return body


def told(text: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nx-a: b\r\n\r\n%b" % (len(text), text)


@pytest.mark.parametrize(
    ("request_", "heads"),
    [
        (KNOWN + b"{}", [KNOWN]),
        (b"\r\n\r\n" + KNOWN + b"{}", []),
        (KNOWN + b"{}" + KNOWN + b"{}", []),
        (GET % b"x", []),
        (POST.replace(b"Host", b"Connection: close\r\nHost") % (2, b"{}"), []),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", []),
    ],
    ids=["whole", "behind line ends", "two", "no POST", "the last", "in chunks"],
)
@in_loop
async def test_which_heads_are_told(request_: bytes, heads: list[bytes]) -> None:
    async with served(CALM) as one:
        await one.answer(request_, half=True)
        assert one.app.heads == heads


@in_loop
async def test_head_in_two_pieces_is_not_told() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        writer.write(KNOWN)
        await one.is_well()
        writer.write(b"{}")
        await reader.readuntil(b"{}")
        assert one.app.heads == []


@in_loop
async def test_taken_and_answered() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        one.app.known.append(KNOWN)
        for text in (b"one", b"two"):
            writer.write(KNOWN + b"{}")
            await eventually(lambda: bool(one.app.answers))
            assert say(one, text) == b"{}"
            assert await reader.readexactly(len(told(text))) == told(text)
        assert one.app.ended == []


@in_loop
async def test_what_comes_behind_one_that_is_taken_waits() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        one.app.known.append(KNOWN)
        writer.write(KNOWN + b"{}")
        await eventually(lambda: bool(one.app.answers))
        writer.write(GET % b"x")
        writer.write(KNOWN + b"[]")
        await one.is_well()
        assert one.app.ended == ["/well"]
        say(one, b"first")
        assert (await reader.readuntil(b"/x")).startswith(told(b"first"))


@in_loop
async def test_one_that_says_no_more_is_answered_and_ended() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        one.app.known.append(KNOWN)
        writer.write(KNOWN + b"{}")
        writer.write_eof()
        await eventually(lambda: bool(one.app.answers))
        say(one, b"last")
        answer = await reader.read()
        assert b"connection: close" in answer
        assert answer.endswith(b"last")


@in_loop
async def test_one_that_has_left() -> None:
    async with served(CALM) as one:
        one.app.known.append(KNOWN)
        async with one.connect() as (_, writer):
            writer.write(KNOWN + b"{}")
            await eventually(lambda: bool(one.app.answers))
            client: socket.socket = writer.get_extra_info("socket")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            writer.transport.abort()
        await eventually(lambda: one.connections == 0)
        say(one, b"nobody")
        await one.is_well()


@in_loop
async def test_silence_after_it_ends_the_connection() -> None:
    async with served(HURRIED) as one, one.connect() as (reader, writer):
        one.app.known.append(KNOWN)
        writer.write(KNOWN + b"{}")
        await eventually(lambda: bool(one.app.answers))
        say(one, b"x")
        assert await reader.read() == told(b"x")


@in_loop
async def test_it_may_take_long() -> None:
    async with served(HURRIED) as one, one.connect() as (reader, writer):
        one.app.known.append(KNOWN)
        writer.write(KNOWN + b"{}")
        # Another connection of the same patience ends by itself meanwhile.
        assert await one.answer(b"") == b""
        assert await one.answer(b"") == b""
        say(one, b"late")
        assert await reader.readexactly(len(told(b"late"))) == told(b"late")
