"""Answers that go out in one piece."""

from __future__ import annotations

import socket

import pytest

from tests.playground.helpers.loop import eventually, in_loop
from tests.playground.helpers.served import CALM, GET, served


@in_loop
async def test_answer_in_one_piece() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        for _ in range(2):
            writer.write(GET % b"whole")
            assert await reader.readuntil(b"/whole") == (
                b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\nx-a: b\r\n\r\n/whole"
            )


@pytest.mark.parametrize("version", [b"HTTP/1.0", b"HTTP/1.1\r\nConnection: close"])
@in_loop
async def test_answer_in_one_piece_that_is_the_last(version: bytes) -> None:
    async with served(CALM) as one:
        answer = await one.answer(b"GET /whole %b\r\n\r\n" % version)
        assert answer == (
            b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\nx-a: b\r\nconnection: close\r\n\r\n/whole"
        )


@in_loop
async def test_answers_in_one_piece_keep_their_order() -> None:
    async with served(CALM) as one, one.connect() as (reader, writer):
        writer.write(GET % b"whole/hold" + GET % b"second" + GET % b"whole/third")
        await eventually(lambda: one.connections == 1)
        one.app.held.set()
        for path in (b"/whole/hold", b"/second", b"/whole/third"):
            assert await reader.readuntil(b"\r\n\r\n" + path)


@in_loop
async def test_answer_in_one_piece_for_one_that_has_left() -> None:
    async with served(CALM) as one:
        async with one.connect() as (_, writer):
            writer.write(GET % b"whole/hold")
            await eventually(lambda: one.connections == 1)
            client: socket.socket = writer.get_extra_info("socket")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            writer.transport.abort()
        await eventually(lambda: one.connections == 0)
        one.app.held.set()
        await eventually(lambda: one.app.ended == ["/whole/hold"])
        await one.is_well()
