from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import cast

import pytest

from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.webserver.certificate import server_context
from jupyter_faas.playground.webserver.server import MixedPort
from tests.playground.helpers.loop import eventually, in_loop


class Echo(asyncio.Protocol):
    """Sends back what it gets, and before that how it got it."""

    def __init__(self, lost: list[str]) -> None:
        self._lost = lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._kind = "tls" if transport.get_extra_info("sslcontext") else "plain"

    def data_received(self, data: bytes) -> None:
        self._transport.write(self._kind.encode() + b" " + data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost.append(self._kind)


class Opened:
    """A port that is open: where, what its clients trust, and which connections have ended."""

    def __init__(self, port: MixedPort, number: int, ca: Path, lost: list[str]) -> None:
        self.port = port
        self.number = number
        self.trusting = ssl.create_default_context(cafile=str(ca))
        self.lost = lost

    @asynccontextmanager
    async def connect(
        self, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.number, ssl=tls)
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def ask(self, text: bytes, tls: ssl.SSLContext | None = None) -> bytes:
        async with self.connect(tls) as (reader, writer):
            writer.write(text)
            return await reader.readuntil(text)


@asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    folder = DataDirectory(tmp_path)
    folder.create()
    context = server_context(folder, datetime.now(timezone.utc))
    lost: list[str] = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = MixedPort(listener, context, lambda: Echo(lost), pause_s=0.01)
        port.open()
        try:
            yield Opened(port, listener.getsockname()[1], folder.ca, lost)
        finally:
            await port.close()


@in_loop
async def test_the_first_byte_tells_which_it_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as one:
        assert await one.ask(b"GET /") == b"plain GET /"
        assert await one.ask(b"GET /", one.trusting) == b"tls GET /"
        assert await one.ask(b"GET /") == b"plain GET /"


@in_loop
async def test_a_hundred_at_once_of_both_kinds(tmp_path: Path) -> None:
    async with opened(tmp_path) as one:
        answers = await asyncio.gather(
            *(one.ask(b"%d!" % n, one.trusting if n % 2 else None) for n in range(100))
        )
        assert answers == [b"%s %d!" % (b"tls" if n % 2 else b"plain", n) for n in range(100)]


@in_loop
async def test_one_that_says_nothing_holds_up_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path) as one, one.connect() as (silent, _):
        assert await one.ask(b"hello") == b"plain hello"
        await one.port.close()
        assert await silent.read() == b""


@in_loop
async def test_one_that_leaves_without_a_word(tmp_path: Path) -> None:
    async with opened(tmp_path) as one:
        async with one.connect():
            pass
        assert await one.ask(b"hello") == b"plain hello"
        await eventually(lambda: len(one.port._tasks) == 1)


@in_loop
async def test_a_client_that_does_not_trust_it_leaves_no_trace(tmp_path: Path) -> None:
    async with opened(tmp_path) as one:
        with pytest.raises(ssl.SSLCertVerificationError):
            await one.ask(b"hello", ssl.create_default_context())
        assert await one.ask(b"hello", one.trusting) == b"tls hello"
        await eventually(lambda: len(one.port._tasks) == 1)


@in_loop
async def test_nonsense_that_begins_like_tls_is_dropped(tmp_path: Path) -> None:
    async with opened(tmp_path) as one:
        async with one.connect() as (reader, writer):
            writer.write(b"\x16 is not enough for a handshake")
            # The server may say why (an alert) before it goes.
            assert b"is not enough" not in await reader.read()
        assert await one.ask(b"hello") == b"plain hello"


@in_loop
async def test_connections_that_were_given_away_outlive_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as one:
        async with one.connect(one.trusting) as (reader, writer):
            writer.write(b"first")
            assert await reader.readuntil(b"first") == b"tls first"
            await one.port.close()
            writer.write(b"second")
            assert await reader.readuntil(b"second") == b"tls second"
        await eventually(lambda: one.lost == ["tls"])


@in_loop
async def test_after_close_nobody_is_let_in(tmp_path: Path) -> None:
    async with opened(tmp_path) as one:
        assert await one.ask(b"hello") == b"plain hello"
        await eventually(lambda: one.lost == ["plain"])
        await one.port.close()
        # The socket itself is its owner's to close: it still takes calls, and nobody answers.
        async with one.connect() as (_, writer):
            writer.write(b"hello")
            assert not one.port._tasks
            assert one.lost == ["plain"]


def test_the_accepting_goes_on_when_descriptors_are_free_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    @in_loop
    async def run() -> None:
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        async with opened(tmp_path) as one:
            with socket.socket() as client:
                client.setblocking(False)
                highest = max(int(each) for each in os.listdir("/proc/self/fd"))
                resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, before[1]))
                try:
                    # What is below the highest is used up too.
                    with contextlib.ExitStack() as used:
                        with contextlib.suppress(OSError):
                            while True:
                                used.callback(os.close, os.open(os.devnull, os.O_RDONLY))
                        await asyncio.get_running_loop().sock_connect(
                            client, ("127.0.0.1", one.number)
                        )
                        client.send(b"hello")
                        await eventually(lambda: "Too many open files" in caplog.text)
                finally:
                    resource.setrlimit(resource.RLIMIT_NOFILE, before)
                reader, writer = await asyncio.open_connection(sock=client)
                assert await reader.readuntil(b"hello") == b"plain hello"
                writer.close()
                await writer.wait_closed()

    with caplog.at_level(logging.WARNING):
        run()
