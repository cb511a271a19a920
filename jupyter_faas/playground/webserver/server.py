"""The HTTP server, which is based on uvicorn.

``HttpServer`` is uvicorn's server without polling. ``MixedPort`` accepts HTTP and HTTPS on one
port, and distinguishes them by the first byte of a connection. ``listen`` chooses and binds a port
on 127.0.0.1.
"""

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
from jupyter_faas.playground.data_dir import DEFAULT_PORT, DataDirectory
from jupyter_faas.playground.webserver.connection import Connection

log = logging.getLogger(__name__)

# A TLS connection begins with a handshake record (RFC 8446 §5.1). No HTTP method begins with this
# byte.
_HANDSHAKE = b"\x16"

_BACKLOG = 2048


class MixedPort:
    """A port that accepts both HTTP and HTTPS connections.

    Both are needed, because some clients such as lithops replace ``http://host:port`` with
    ``https://host:port``, and all clients assume https for ``host:port``.

    ``pause_s`` is the wait after a failed accept, for example if this process has no file
    descriptors left. ``silence_s`` is the time within which a client must send its first byte.
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
        """Start accepting connections. The listener must already be bound."""
        self._listener.setblocking(False)
        self._listener.listen(_BACKLOG)
        self._go(self._accept())

    async def close(self) -> None:
        """Stop accepting connections, and close those that have not sent a byte.

        The listener stays open, and so do the connections that already have a protocol.
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
            # In most cases, the client does not trust the certificate and shows its own error.
            log.debug("A connection failed: %s.", error)
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise

    def _go(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _first_byte(connection: socket.socket, timeout_s: float) -> bytes:
    """Return the first byte without removing it from the socket's buffer.

    Returns an empty value at the end of the stream. Raises BlockingIOError after ``timeout_s``.
    """
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connection, readable.set)
    timer = loop.call_later(timeout_s, readable.set)
    try:
        await readable.wait()
    finally:
        timer.cancel()
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)


# The time in seconds that requests in flight get to finish when the server stops.
_GRACE_S = 3


class HttpServer(uvicorn.Server):
    """A uvicorn server that waits for ``stop`` instead of polling a flag ten times a second.

    If ``tls`` is given, its port accepts HTTPS as well as HTTP.
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
        """Do not install uvicorn's handlers, which re-raise signals before the playground stops."""
        yield


def listen(wanted: int | None, folder: DataDirectory) -> socket.socket:
    """Bind a port on 127.0.0.1, and return the listening socket.

    If ``wanted`` is None, the last used port, the default port and any free port are tried in this
    order. Raises PlaygroundError if ``wanted`` is taken.
    """
    last = folder.read_state().get("port")
    for port in [wanted] if wanted is not None else [last, DEFAULT_PORT, 0]:
        if not isinstance(port, int):
            continue
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            # The socket listens at once, because Linux lets another process bind the same port
            # until then.
            listener.listen()
        except OSError:
            listener.close()
            continue
        return listener
    raise PlaygroundError(
        f"Port {wanted} is already in use.",
        hint="Leave --port out, or choose another port.",
    )
