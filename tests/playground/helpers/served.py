"""The real server on a free port, with a small application, and clients without manners."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.webserver.certificate import server_context
from jupyter_faas.playground.webserver.connection import Connection, Patience
from jupyter_faas.playground.webserver.direct_request import DirectHandler
from jupyter_faas.playground.webserver.server import HttpServer

HURRIED = Patience(idle_s=0.3, head_s=0.3, body_s=0.3, body_bytes=10, answer_s=0.3, head_bytes=1000)
CALM = Patience(head_bytes=1000)

GET = b"GET /%b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%b"


class App:
    """Answers with what it got; ``/hold`` when ``held`` is set, ``/much`` with 32 MB.

    What begins with ``/direct`` is handled without ASGI: its body and what responds to it are in
    ``requests``.
    """

    def __init__(self) -> None:
        self.held = asyncio.Event()
        self.ended: list[str] = []
        self.requests: list[tuple[bytes, Callable[[int, bytes, bytes], None]]] = []

    def find_direct_handler(
        self, method: bytes, url: bytes, headers: list[tuple[bytes, bytes]]
    ) -> DirectHandler | None:
        if not url.startswith(b"/direct"):
            return None
        return lambda request: self.requests.append((bytes(request.body), request.respond))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        path = request.url.path
        try:
            body = await request.body()
            if path.endswith("/hold"):
                await self.held.wait()
            content = bytes(32 * 1024 * 1024) if path == "/much" else body or path.encode()
            await Response(content)(scope, receive, send)
        finally:
            self.ended.append(path)


class Served:
    def __init__(
        self, port: int, app: App, server: HttpServer, trusting: ssl.SSLContext | None
    ) -> None:
        self.port, self.app, self.server, self.trusting = port, app, server, trusting

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, limit=2**16, ssl=self.trusting
        )
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def answer(self, request: bytes, *, half: bool = False) -> bytes:
        """All that comes back until the server ends the connection."""
        async with self.connect() as (reader, writer):
            writer.write(request)
            if half:
                writer.write_eof()
            return await reader.read()

    async def is_well(self) -> None:
        async with self.connect() as (reader, writer):
            writer.write(GET % b"well")
            assert await reader.readuntil(b"/well")

    @property
    def connections(self) -> int:
        return len(self.server.server_state.connections)


@asynccontextmanager
async def served(patience: Patience, folder: DataDirectory | None = None) -> AsyncIterator[Served]:
    """With a folder for a certificate: over TLS."""
    tls = server_context(folder, datetime.now(timezone.utc)) if folder else None
    trusting = ssl.create_default_context(cafile=str(folder.ca)) if folder else None
    connection = type("Hurried", (Connection,), {"patience": patience})
    app = App()
    server = HttpServer(app, tls, connection=connection)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await server.listening.wait()
        try:
            yield Served(listener.getsockname()[1], app, server, trusting)
        finally:
            app.held.set()
            server.stop()
            await serving


def refused(answer: bytes, status: int, message: str) -> None:
    """The whole of an answer is this refusal, in the form of all of them."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0].startswith(b"HTTP/1.1 %d " % status)
    headers = dict(line.lower().split(b": ") for line in lines[1:])
    assert headers[b"content-type"] == b"application/json"
    assert headers[b"connection"] == b"close"
    assert int(headers[b"content-length"]) == len(body)
    found: dict[str, Any] = json.loads(body)
    assert re.search(message, found["error"])
    assert found["code"].encode() == headers[b"x-request-id"]
