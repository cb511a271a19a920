"""One connection of the HTTP server, which waits for nobody for ever."""

from __future__ import annotations

import asyncio
import functools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

# The application may have a method of this name. It is called with the scope of each request and
# returns a handler for one that needs no ASGI: the connection then calls the handler with the whole
# body, in the turn of the event loop in which its last byte came, without a task.
DIRECT = "find_direct_handler"

# Takes status, headers and body; to be called once, and not before the handler has returned.
# ``headers`` are whole lines in lower case, each with its line end, without those of the length and
# of how the connection goes on.
Respond = Callable[[int, bytes, bytes], None]
DirectHandler = Callable[[bytearray, Respond], None]

END, CLOSING = b"\r\n", b"connection: close\r\n\r\n"

_KB = 1024

# So long it is listened to a client that was refused.
_LINGER_S = 1

NOT_HTTP = "The request is no HTTP/1.1 that can be understood."
HEAD_TOO_LARGE = "The request's line and headers are larger than allowed: more than {} bytes."
HEAD_TOO_SLOW = "The request's line and headers took longer than {:g} seconds."
BODY_TOO_SLOW = "The request's body came slower than {} bytes in {:g} seconds."


@dataclass(frozen=True)
class Patience:
    """How long a client may take, in seconds, and how much it may send before its body.

    ``idle_s``: between requests and before the first: clients keep their connections, and closing
    one at the moment of a POST would be a guess for them. ``head_s``: with a request line
    and headers, from their first byte. ``body_s``: in every such time at least ``body_bytes`` of a
    body must come. ``answer_s``: in every such time it must read something of its answer.
    """

    idle_s: float = 300
    head_s: float = 60
    body_s: float = 60
    body_bytes: int = _KB
    answer_s: float = 60
    head_bytes: int = 64 * _KB


class Connection(HttpToolsProtocol):
    """Uvicorn's, which has no bounds of these kinds, and answers what is no HTTP in its own words.

    A request that comes in one piece, as nearly all do, costs no timer.
    """

    patience = Patience()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = False
        self._in_request = False
        # Whether ``cycle`` is that of the request that comes in, not of one before it.
        self._has_cycle = False
        self._piece_bytes = 0
        self._head_bytes = 0
        self._body_bytes = 0
        self._refusal = (400, NOT_HTTP)
        self._is_deaf = False
        self._find_direct_handler: Callable[[Any], DirectHandler | None] | None
        self._find_direct_handler = getattr(self.app, DIRECT, None)
        # Of the request whose body is not complete.
        self._direct_handler: DirectHandler | None = None
        self._request_timer: asyncio.TimerHandle | None = None
        self._answer_timer: asyncio.TimerHandle | None = None

    # -- the transport -------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Uvicorn does so after answers only.
        self._wait_for_a_request()

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            return
        self._piece_bytes = len(data)
        if self._in_head:
            self._head_bytes += len(data)
        else:
            self._body_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > self.patience.head_bytes:
            self._refuse(431, HEAD_TOO_LARGE.format(self.patience.head_bytes))
        elif self._is_over():
            return
        elif self._in_request:
            if self._request_timer is None:
                self._wait_for_the_request()
        elif self.is_between():
            # Line ends, which may stand before a request and are none of it.
            self._unset_keepalive_if_required()
            self._wait_for_a_request()

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """A client that has said all that it wants to say may still hear the answer."""
        if self._is_deaf or self._in_request or self.cycle is None or self.cycle.response_complete:
            return None
        if self.scheme == "https":  # TLS knows no half of a connection.
            return None
        self.cycle.keep_alive = False
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._request_came()
        self._answer_went()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_the_reader(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._answer_went()

    # -- the parser ----------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = self._in_request = True
        self._has_cycle = False
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._body_bytes = 0
        self._request_came()
        most = self.patience.head_bytes
        if (self._head_bytes > most or self._piece_bytes > most) and self._head_is_too_large():
            self._refusal = (431, HEAD_TOO_LARGE.format(most))
            # Through the parser, which then calls us no more.
            raise ValueError(HEAD_TOO_LARGE)
        if not self.url.startswith(b"/"):
            self._take_host_of_the_target()
        super().on_headers_complete()
        self._has_cycle = True

    def on_message_complete(self) -> None:
        self._in_request = False
        self._request_came()
        super().on_message_complete()
        if self._direct_handler is not None:
            handler, self._direct_handler = self._direct_handler, None
            self._handle(handler, self.cycle)

    def send_400_response(self, msg: str) -> None:
        """As every other refusal: ``{"error", "code"}``."""
        self._refuse(*self._refusal)

    # -- requests that need no ASGI --------------------------------------------------------------

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Uvicorn calls this when it is the request's turn to be answered."""
        handler = None
        # A client that does not read its responses has to wait, which takes a task.
        if self._find_direct_handler is not None and not self.flow.write_paused:
            handler = self._find_direct_handler(cycle.scope)
        if handler is None:
            super()._start_asgi_task(cycle, app)
        elif cycle.more_body:
            self._direct_handler = handler
        else:
            self._handle(handler, cycle)

    def _handle(self, handler: DirectHandler, cycle: RequestResponseCycle) -> None:
        handler(cycle.body, functools.partial(self._respond, cycle))

    def _respond(
        self, cycle: RequestResponseCycle, status: int, headers: bytes, body: bytes
    ) -> None:
        if cycle.disconnected or self.transport.is_closing():
            return
        cycle.response_started = cycle.response_complete = True
        ending = END if cycle.keep_alive else CLOSING
        self.transport.write(
            b"%bcontent-length: %d\r\n%b%b%b"
            % (STATUS_LINE[status], len(body), headers, ending, body)
        )
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()

    # -- ours ----------------------------------------------------------------------------------

    def _head_is_too_large(self) -> bool:
        # Two for the colon and the blank, two for the end of the line.
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        return size > self.patience.head_bytes

    def _take_host_of_the_target(self) -> None:
        """What a target in absolute form names counts, whatever Host says (RFC 9112 §3.2.2)."""
        try:
            target = httptools.parse_url(self.url)
        except httptools.HttpParserInvalidURLError:
            return
        if not target.host:
            return
        host = b"[%b]" % target.host if b":" in target.host else target.host
        if target.port:
            host += b":%d" % target.port
        self.headers[:] = [each for each in self.headers if each[0] != b"host"]
        self.headers.append((b"host", host))

    def _wait_for_a_request(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            self.patience.idle_s, self.timeout_keep_alive_handler
        )

    def _wait_for_the_request(self) -> None:
        wait_s = self.patience.head_s if self._in_head else self.patience.body_s
        self._body_bytes = 0
        self._request_timer = self.loop.call_later(wait_s, self._request_is_late)

    def _request_is_late(self) -> None:
        self._request_timer = None
        if self._is_over():
            return
        if self.flow.read_paused:  # It is we who are slow.
            self._wait_for_the_request()
        elif self._in_head:
            self._refuse(408, HEAD_TOO_SLOW.format(self.patience.head_s))
        elif self._body_bytes >= self.patience.body_bytes:
            self._wait_for_the_request()
        else:
            self._refuse(408, BODY_TOO_SLOW.format(self.patience.body_bytes, self.patience.body_s))

    def _request_came(self) -> None:
        if self._request_timer is not None:
            self._request_timer.cancel()
            self._request_timer = None

    def _wait_for_the_reader(self, unread: int) -> None:
        self._answer_went()
        self._answer_timer = self.loop.call_later(
            self.patience.answer_s, self._answer_is_unread, unread
        )

    def _answer_is_unread(self, unread: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left < unread:
            self._wait_for_the_reader(left)
        else:
            self.transport.abort()

    def _answer_went(self) -> None:
        if self._answer_timer is not None:
            self._answer_timer.cancel()
            self._answer_timer = None

    def is_between(self) -> bool:
        """Whether the next byte is the first of a request, and no other is being answered."""
        return not self._in_request and (self.cycle is None or self.cycle.response_complete)

    def _is_over(self) -> bool:
        return self._is_deaf or self.transport.is_closing()

    def _refuse(self, status: int, message: str) -> None:
        """Answer the request that comes in, if nothing was yet, and end the connection."""
        if self._is_over():
            return
        if not self._has_cycle and self.cycle is not None and not self.cycle.response_complete:
            # The one before it is being answered; ours would be taken for that answer.
            self.cycle.keep_alive = False
            self.flow.pause_reading()
            return
        if not (self._has_cycle and self.cycle.response_started):
            code = uuid.uuid4().hex
            body = orjson.dumps({"error": message, "code": code})
            self.transport.write(
                b"%bcontent-type: application/json\r\ncontent-length: %d\r\n"
                b"x-request-id: %b\r\nconnection: close\r\n\r\n%b"
                % (STATUS_LINE[status], len(body), code.encode(), body)
            )
        self._end()

    def _end(self) -> None:
        """Say no more, and hear out for a moment what is on its way.

        To close at once would reset the connection, and the answer would be lost with it.
        """
        self._is_deaf = True
        self._request_came()
        self._unset_keepalive_if_required()
        if self._has_cycle:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not self.transport.can_write_eof():
            self.transport.close()
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self._request_timer = self.loop.call_later(_LINGER_S, self.transport.close)
