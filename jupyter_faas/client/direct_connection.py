"""``DirectConnection``: HTTP/1.1 requests and responses on one connection of an event loop.

``_read_response`` is a generator that parses a response. It yields where it needs more data, which
``buffer_updated`` appends before it lets the generator go on.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Generator, Mapping
from typing import NamedTuple

from jupyter_faas.client.answer_limits import (
    AnswerLimitError,
    AnswerLimits,
    AnswerTooLarge,
    AnswerTooSlow,
)

# The longest header of a response, and the longest line of its chunks, in bytes.
_HEAD_BYTES = 65_536
_HEAD_END, _LINE_END = b"\r\n\r\n", b"\r\n"
# Without a buffer of the protocol, asyncio allocates 256 kB for each read, which takes longer than
# everything else about a small response.
_BUFFER_BYTES = 16_384


class Response(NamedTuple):
    """A response. The names of ``headers`` are in lower case.

    ``kept`` says whether another request can be sent on the connection.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    kept: bool


class DirectConnection(asyncio.BufferedProtocol):
    """A connection, for one request at a time. Use it only in the event loop."""

    def __init__(self, limits: AnswerLimits) -> None:
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))
        self._data = bytearray()
        self._left = 0
        self._has_ended = False
        self._response: Generator[None, None, Response] | None = None
        self._answer: asyncio.Future[Response] | None = None
        # The timer is not set again for each request, but only when it expires too early.
        self._timer: asyncio.TimerHandle | None = None
        self._each_s = self._next_by = self._ends_by = 0.0

    @property
    def is_usable(self) -> bool:
        """Whether a request can be sent.

        A connection that received data between two requests is out of step.
        """
        if self._transport is None or self._has_ended or self._data:
            return False
        # The event loop may not know yet that the host has closed the connection. A request that is
        # sent then would have to count as one that may have run.
        return not self._transport.is_closing() and not _is_readable(self._transport)

    async def exchange(self, request: bytes, read_s: float) -> Response:
        """Send a request, and return its response.

        Each wait for data takes ``read_s`` seconds at most, and the whole response as long as
        ``AnswerLimits`` says. Raises TimeoutError, AnswerLimitError, OSError if the connection
        breaks, EOFError if it ends early, and ValueError if the response is not HTTP. The
        connection must then be closed.
        """
        if self._transport is None:
            raise ConnectionError
        self._left = self._limits.most_bytes
        self._response = self._read_response()
        next(self._response)
        self._answer = self._loop.create_future()
        self._each_s = read_s
        self._next_by = self._loop.time() + read_s
        self._ends_by = self._next_by + self._limits.seconds
        if self._timer is None or self._timer.when() > self._next_by:
            self._set_timer()
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            self._answer = self._response = None

    def close(self) -> None:
        """Close the connection at once."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._transport is not None:
            self._transport.abort()

    # Events of the transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._data += self._buffer[:nbytes]
        self._left -= nbytes
        self._next_by = self._loop.time() + self._each_s
        if self._answer is None:
            return
        if self._left < 0:
            self._fail(AnswerTooLarge(self._limits.most_bytes))
        else:
            self._continue()

    def connection_lost(self, exc: Exception | None) -> None:
        self._has_ended = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if exc is not None:
            self._fail(exc)
        elif self._answer is not None:
            # The end of a response may be that of the connection.
            self._continue()
            self._fail(EOFError())

    def _continue(self) -> None:
        response = self._response
        if response is None:
            return
        try:
            next(response)
        except StopIteration as done:
            if self._answer is not None and not self._answer.done():
                self._answer.set_result(done.value)
        except (AnswerLimitError, ValueError) as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = min(self._next_by, self._ends_by)
        self._timer = self._loop.call_at(due, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._answer is None or self._answer.done():
            return
        now = self._loop.time()
        if now >= self._ends_by:
            self._fail(AnswerTooSlow(self._each_s + self._limits.seconds))
        elif now >= self._next_by:
            self._fail(TimeoutError())
        else:
            self._set_timer()

    # The parser

    def _read_response(self) -> Generator[None, None, Response]:
        yield
        # 1xx responses precede the real one.
        status = 100
        while 100 <= status < 200:
            first, *lines = (yield from self._until(_HEAD_END)).decode("latin-1").split("\r\n")
            version, code = first.split(None, 2)[:2]
            status, headers = int(code), _headers(lines)
        kept = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        body = b""
        if status in (204, 304):
            pass
        elif headers.get("transfer-encoding", "").lower() == "chunked":
            body = yield from self._chunks()
        elif "content-length" in headers:
            body = yield from self._take(_size(headers["content-length"]))
        else:
            while not self._has_ended:
                yield
            return Response(status, headers, bytes(self._data), kept=False)
        # What follows the response is not the response to a later request.
        return Response(status, headers, body, kept and not self._data)

    def _chunks(self) -> Generator[None, None, bytes]:
        pieces: list[bytes] = []
        while size := _size((yield from self._until(_LINE_END)).partition(b";")[0], 16):
            pieces.append((yield from self._take(size)))
            yield from self._until(_LINE_END)
        # Headers may follow the last chunk.
        while (yield from self._until(_LINE_END)):
            pass
        return b"".join(pieces)

    def _until(self, end: bytes) -> Generator[None, None, bytes]:
        """Remove and return the data before ``end``, which is removed too."""
        while (length := self._data.find(end)) < 0:
            if len(self._data) > _HEAD_BYTES:
                raise ValueError("The header is too long.")
            yield
        found = bytes(self._data[:length])
        del self._data[: length + len(end)]
        return found

    def _take(self, size: int) -> Generator[None, None, bytes]:
        if size > self._limits.most_bytes:
            raise AnswerTooLarge(self._limits.most_bytes)
        while len(self._data) < size:
            yield
        found = bytes(self._data[:size])
        del self._data[:size]
        return found


def _is_readable(transport: asyncio.Transport) -> bool:
    sock = transport.get_extra_info("socket")
    # ``select.select`` fails for file descriptors above 1023. Windows does not have ``poll``.
    if not hasattr(select, "poll"):
        return bool(select.select([sock], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _headers(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        found[name.strip().lower()] = value.strip()
    return found


def _size(text: str | bytes, base: int = 10) -> int:
    size = int(text, base)
    if size < 0:
        raise ValueError("A length is negative.")
    return size
