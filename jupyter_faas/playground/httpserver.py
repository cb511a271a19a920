"""The HTTP server: uvicorn without its habits that cost, and with TLS beside plain HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp

from jupyter_faas.playground.connection import Connection
from jupyter_faas.playground.mixedport import MixedPort
from jupyter_faas.playground.taking import TakingConnection

# Requests in flight when it is told to stop get this long.
_GRACE_S = 3


class HttpServer(uvicorn.Server):
    """Sleeps while nothing happens, where uvicorn's own looks around ten times a second.

    With ``tls`` its port speaks https as well as http.
    """

    def __init__(
        self,
        app: ASGIApp,
        tls: ssl.SSLContext | None = None,
        connection: type[Connection] = TakingConnection,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=connection,
                ws="none",
                lifespan="off",
                loop="none",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_keep_alive=round(connection.patience.idle_s),
                timeout_graceful_shutdown=_GRACE_S,
            )
        )
        self.listening = asyncio.Event()
        self._stopping = asyncio.Event()
        self._tls = tls
        self._silence_s = connection.patience.idle_s
        self._mixed: list[MixedPort] = []

    def stop(self) -> None:
        self._stopping.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self._tls is None:
            await super().startup(sockets)
            return
        await super().startup([])
        self._mixed = [
            MixedPort(each, self._tls, self._protocol, silence_s=self._silence_s)
            for each in sockets or ()
        ]
        for port in self._mixed:
            port.open()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for port in self._mixed:
            await port.close()
        await super().shutdown(sockets)

    def _protocol(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(
            config=self.config,  # type: ignore[call-arg]  # uvicorn types it by its base only
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )

    async def main_loop(self) -> None:
        self.listening.set()
        await self._stopping.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """The process handles them itself: uvicorn would raise them again before we are done."""
        yield
