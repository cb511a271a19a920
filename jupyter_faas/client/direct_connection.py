"""``DirectConnection``: HTTP/1.1 requests and responses on one socket, with few system calls.

The socket does not block. A timeout is a wait for ``poll`` with a descriptor that is registered
once. Python's own timeouts would change the mode of the socket and poll before each send as well,
and each of these calls lets other threads take the interpreter away.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from jupyter_faas.client.answer_limits import AnswerLimits, AnswerTooLarge, AnswerTooSlow

# The longest header of a response, and the longest line of its chunks, in bytes.
_HEAD_BYTES = 65_536
_PIECE_BYTES = 65_536
_END, _LINE = b"\r\n\r\n", b"\r\n"
# For sockets with TLS, which may have to read before they can write, and the reverse.
_NOT_READABLE = (BlockingIOError, ssl.SSLWantReadError)
_NOT_WRITABLE = (BlockingIOError, ssl.SSLWantWriteError)


class Response(NamedTuple):
    """A response. The names of ``headers`` are in lower case.

    ``kept`` says whether another request can be sent on the connection.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    kept: bool


class DirectConnection:
    """An open connection, for one request at a time."""

    def __init__(self, sock: socket.socket, limits: AnswerLimits) -> None:
        """Take over a connected socket, whose handshake is complete if it uses TLS."""
        sock.setblocking(False)
        self._sock = sock
        self._tls = sock if isinstance(sock, ssl.SSLSocket) else None
        self._limits = limits
        self._readable, self._writable = (
            _Poll(sock, writing) if hasattr(select, "poll") else _Select(sock, writing)
            for writing in (False, True)
        )
        self._data = bytearray()
        self._each_s = self._ends = 0.0
        self._left = 0

    @property
    def is_usable(self) -> bool:
        """Whether a request can be sent.

        A connection with something to read between two requests has ended, or is out of step.
        """
        return self._sock.fileno() >= 0 and not self._readable.wait(0)

    def close(self) -> None:
        """Close the connection. Any thread may call this, and a waiting ``exchange`` then fails."""
        # ``close`` alone does not wake a thread that waits for data.
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def exchange(self, request: bytes, read_s: float) -> Response:
        """Send a request, and return its response.

        Each wait for data takes ``read_s`` seconds at most, and the whole response as long as
        ``AnswerLimits`` says. Raises TimeoutError, AnswerLimitError, OSError if the connection
        breaks, EOFError if it ends early, and ValueError if the response is not HTTP. The
        connection must then be closed.
        """
        self._send(request, read_s)
        self._each_s, self._left = read_s, self._limits.most_bytes
        self._ends = self._limits.clock() + read_s + self._limits.seconds
        # 1xx responses precede the real one.
        status = 100
        while 100 <= status < 200:
            version, status, headers = self._head()
        kept = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        if status in (204, 304):
            return Response(status, headers, b"", kept and not self._data)
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = self._chunks()
        elif "content-length" in headers:
            body = self._take(_size(headers["content-length"]))
        else:
            return Response(status, headers, self._rest(), kept=False)
        # What follows the response is not the response to a later request.
        return Response(status, headers, body, kept and not self._data)

    def _head(self) -> tuple[str, int, dict[str, str]]:
        first, *lines = self._until(_END).decode("latin-1").split("\r\n")
        version, code = first.split(None, 2)[:2]
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        return version, int(code), headers

    def _chunks(self) -> bytes:
        pieces: list[bytes] = []
        while size := _size(self._until(_LINE).partition(b";")[0], 16):
            pieces.append(self._take(size))
            self._until(_LINE)
        # Headers may follow the last chunk.
        while self._until(_LINE):
            pass
        return b"".join(pieces)

    def _rest(self) -> bytes:
        """Return all data until the host closes the connection."""
        with suppress(EOFError):
            while True:
                self._receive()
        return bytes(self._data)

    def _until(self, end: bytes) -> bytes:
        """Remove and return the data before ``end``, which is removed too."""
        while (length := self._data.find(end)) < 0:
            if len(self._data) > _HEAD_BYTES:
                raise ValueError("The header is too long.")
            self._receive()
        found = bytes(self._data[:length])
        del self._data[: length + len(end)]
        return found

    def _take(self, size: int) -> bytes:
        if size > self._limits.most_bytes:
            raise AnswerTooLarge(self._limits.most_bytes)
        while len(self._data) < size:
            self._receive()
        found = bytes(self._data[:size])
        del self._data[:size]
        return found

    def _receive(self) -> None:
        while True:
            left_s = self._ends - self._limits.clock()
            if left_s <= 0:
                raise AnswerTooSlow(self._each_s + self._limits.seconds)
            # A TLS record may have been received, of which only a part was read.
            if not (self._tls is not None and self._tls.pending()):
                self._wait(self._readable, left_s)
            try:
                piece = self._sock.recv(_PIECE_BYTES)
            except _NOT_READABLE:
                continue
            except ssl.SSLWantWriteError:
                self._wait(self._writable, left_s)
                continue
            if not piece:
                raise EOFError
            self._left -= len(piece)
            if self._left < 0:
                raise AnswerTooLarge(self._limits.most_bytes)
            self._data += piece
            return

    def _wait(self, ready: _Poll | _Select, left_s: float) -> None:
        if ready.wait(min(self._each_s, left_s)):
            return
        # A wait that is shortened by the end of the time is not a read timeout.
        if left_s < self._each_s:
            raise AnswerTooSlow(self._each_s + self._limits.seconds)
        raise TimeoutError

    def _send(self, request: bytes, wait_s: float) -> None:
        left = memoryview(request)
        while left:
            try:
                left = left[self._sock.send(left) :]
                continue
            except _NOT_WRITABLE:
                ready = self._writable
            except ssl.SSLWantReadError:
                ready = self._readable
            if not ready.wait(wait_s):
                raise TimeoutError


class _Poll:
    """A wait until a socket is readable or writable, with ``poll``."""

    def __init__(self, sock: socket.socket, writing: bool) -> None:
        self._poll = select.poll()
        self._poll.register(sock, select.POLLOUT if writing else select.POLLIN)

    def wait(self, seconds: float) -> bool:
        """Return whether the socket is ready, which includes its end, within the time."""
        return bool(self._poll.poll(seconds * 1000))


class _Select:
    """A wait with ``select``, for Windows, which has no ``poll``."""

    def __init__(self, sock: socket.socket, writing: bool) -> None:
        self._sets = ([], [sock], [sock]) if writing else ([sock], [], [])

    def wait(self, seconds: float) -> bool:
        return any(select.select(*self._sets, seconds))


def _size(text: str | bytes, base: int = 10) -> int:
    size = int(text, base)
    if size < 0:
        raise ValueError("A length is negative.")
    return size
