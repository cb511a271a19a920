"""The HTTP server: uvicorn without its habits that cost, and with TLS beside plain HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable, Coroutine, Generator

import uvicorn
from starlette.types import ASGIApp

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.httpd.connection import Connection
from jupyter_faas.playground.options import DEFAULT_PORT

# -- One port that speaks http and https.


log = logging.getLogger(__name__)

# A TLS connection begins with a handshake record (RFC 8446 §5.1); no HTTP method does.
_HANDSHAKE = b"\x16"

_BACKLOG = 2048


class MixedPort:
    """Accepts connections, and gives those that begin as TLS does to the protocol decrypted.

    Clients that turn ``http://host:port`` into ``https://host:port`` (lithops does, and all do
    with ``host:port``) find what they expect at the very port they were told of.
    ``pause_s``: where this process has no descriptor left, one may be free again after so long.
    ``silence_s``: whoever has said nothing by then is dropped.
    """

    def __init__(
        self,
        listener: socket.socket,
        tls: ssl.SSLContext,
        new_protocol: Callable[[], asyncio.Protocol],
        *,
        pause_s: float = 1.0,
        silence_s: float = 300.0,
    ) -> None:
        self._listener = listener
        self._tls = tls
        self._new_protocol = new_protocol
        self._pause_s = pause_s
        self._silence_s = silence_s
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Listen; the socket is bound already."""
        self._listener.setblocking(False)
        self._listener.listen(_BACKLOG)
        self._go(self._accept())

    async def close(self) -> None:
        """Accept no more, and drop who has not said anything yet; the listener stays its owner's.

        Connections that a protocol has taken over are the protocol's.
        """
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        refused = False
        while True:
            try:
                connection, _ = await loop.sock_accept(self._listener)
            except ConnectionAbortedError:
                continue
            except OSError as error:
                if not refused:
                    log.warning("A connection could not be accepted: %s.", error.strerror)
                refused = True
                await asyncio.sleep(self._pause_s)
                continue
            refused = False
            self._go(self._admit(connection))

    async def _admit(self, connection: socket.socket) -> None:
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            first = await _first_byte(connection, self._silence_s)
            if not first:
                connection.close()
                return
            await asyncio.get_running_loop().connect_accepted_socket(
                self._new_protocol,
                connection,
                ssl=self._tls if first == _HANDSHAKE else None,
            )
        except OSError as error:
            # Most often a client that does not trust the certificate: it knows and says so.
            log.debug("A connection came to nothing: %s.", error)
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise

    def _go(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _first_byte(connection: socket.socket, patience_s: float) -> bytes:
    """The byte that will be read first; it stays in the socket. Empty at the end of the stream.

    Raises BlockingIOError when none comes in time.
    """
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connection, readable.set)
    too_late = loop.call_later(patience_s, readable.set)
    try:
        await readable.wait()
    finally:
        too_late.cancel()
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)


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
        connection: type[Connection] = Connection,
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


# -- The port that the playground listens to, on this machine only.


def listen(wanted: int | None, folder: DataDirectory) -> socket.socket:
    """The port that was asked for, else the last one, the usual one, or any.

    Raises PlaygroundError when the one that was asked for is taken.
    """
    last = folder.read_state().get("port")
    for port in [wanted] if wanted is not None else [last, DEFAULT_PORT, 0]:
        if not isinstance(port, int):
            continue
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            # At once: until one listens, Linux lets another bind it, who would think it his own.
            listener.listen()
        except OSError:
            listener.close()
            continue
        return listener
    raise PlaygroundError(
        f"Port {wanted} is taken.", hint="Choose another with --port, or leave it out."
    )
