"""Serve an MCP server over stdio, for a client that starts it, or over HTTP on this machine.

HTTP is bound to the loopback interface, and every request needs the token in the file ``mcp-token``
of the data folder, as ``Authorization: Bearer …``. The token is never printed or logged.
"""

from __future__ import annotations

import hmac
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import uvicorn
from mcp.server.stdio import stdio_server

from jupyter_faas.errors import InputError
from jupyter_faas.workspace.settings import make_private

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

HOST = "127.0.0.1"
_Message = MutableMapping[str, Any]
_App = Callable[
    [_Message, Callable[[], Awaitable[_Message]], Callable[[_Message], Awaitable[None]]],
    Awaitable[None],
]


def serve_stdio(server: Server[Any]) -> None:
    """Serve one client over stdin and stdout, until it closes them."""

    async def serve() -> None:
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())

    anyio.run(serve)


def serve_http(server: Server[Any], listener: socket.socket, token: str) -> None:
    """Serve clients over streamable HTTP at ``/mcp`` until SIGINT or SIGTERM.

    ``listener`` is a bound socket of ``listen``.
    """
    app = BearerOnly(server.streamable_http_app(host=HOST), token)
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="on")
    uvicorn.Server(config).run(sockets=[listener])


def listen(port: int) -> socket.socket:
    """Return a socket on the loopback interface. Port 0 stands for a free one.

    Raises InputError if the port is in use.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else "ports are 1 to 65535"
        raise InputError(
            f"Port {port} cannot be used: {reason}.",
            hint="Leave --port out to use any free port, or choose another port.",
        ) from error
    return listener


def read_token(data_dir: Path) -> tuple[str, Path]:
    """Return the token of this data folder and its private file, which is created if needed."""
    path = make_private(data_dir) / "mcp-token"
    try:
        # O_EXCL: another server may be starting.
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(file, "w") as text:
            text.write(secrets.token_urlsafe(32) + "\n")
    token = path.read_text("utf-8").strip()
    if not token:
        raise InputError(f"{path} is empty.", hint="Delete the file, and start the server again.")
    return token, path


class BearerOnly:
    """An ASGI application that answers only requests with the right token."""

    def __init__(self, app: Any, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: _Message, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            given = headers.get(b"authorization", b"")
            if not hmac.compare_digest(given, self._expected):
                await _unauthorized(send)
                return
        await self._app(scope, receive, send)


async def _unauthorized(send: Callable[[_Message], Awaitable[None]]) -> None:
    body = b'{"error": "The token is missing or wrong. It is in the file mcp-token."}'
    headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": body})
