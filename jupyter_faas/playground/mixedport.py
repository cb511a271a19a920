"""One port that speaks http and https."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Coroutine

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
