"""An HTTP connection with timeouts, limits (408, 431, 400), pipelining and requests without ASGI.

A connection works as follows:

1. uvicorn's ``HttpToolsProtocol`` owns the socket and calls httptools, which calls ``on_…`` here.
2. ``on_headers_complete`` asks the application for a handler (see ``DIRECT``). If the application
   returns one, ``cycle`` is a ``DirectRequest``, and the handler is called as soon as the body is
   complete. Otherwise uvicorn builds the ASGI scope and starts a task, which is much slower.
   A direct request whose head the connection has parsed before skips httptools (``_repeat``). If
   the head arrives without its body, as most clients send it, it is held until more arrives.
3. A request that arrives before the response to the previous one is queued in ``pipeline``, as
   uvicorn does, and starts when that response has been sent.
4. ``_deadlines`` holds up to three timeouts at a time. IDLE applies between requests, REQUEST
   applies to headers or a body that arrive in more than one piece, and ANSWER applies while the
   client does not read its response.
5. ``_refuse`` sends an error response and ends the connection without losing that response.
"""

from __future__ import annotations

import asyncio
import functools
import sys
import uuid
from typing import Any, NamedTuple

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from jupyter_faas.playground.webserver.direct_request import (
    DIRECT,
    DirectHandler,
    DirectRequest,
    FindDirectHandler,
)
from jupyter_faas.playground.webserver.known_heads import Head, HeldHead, KnownHeads
from jupyter_faas.playground.webserver.targets import (
    method_refusal,
    refusal,
    unknown_method_refusal,
)
from jupyter_faas.playground.workers.deadlines import Deadlines

# The keys of a connection's timeouts in ``_deadlines``.
IDLE, REQUEST, ANSWER, HELD = "idle", "request", "answer", "held"

_KB = 1024

# The time in seconds after which a head that is held is parsed, so that the other timeouts begin.
_HELD_S = 0.1

# The time in seconds for which data from the client is read and discarded after an error response.
_LINGER_S = 1

NOT_HTTP = "The request is not valid HTTP/1.1."
HEAD_TOO_LARGE = "The request's line and headers are larger than allowed: more than {} bytes."
HEAD_TOO_SLOW = "The request's line and headers took longer than {:g} seconds."
BODY_TOO_SLOW = "The request's body arrived more slowly than {} bytes in {:g} seconds."


class Patience(NamedTuple):
    """Timeouts in seconds, and limits in bytes.

    ``idle_s`` applies before the first request and between requests. It is long, because a client
    that sends a POST while the connection is being closed cannot tell whether it was handled.
    ``head_s`` applies to the request line and headers, from their first byte, and ``head_bytes`` is
    their maximum size. While a body arrives, each period of ``body_s`` must bring at least
    ``body_bytes``. While a response is sent, the client must read some of it in each period of
    ``answer_s``.
    """

    idle_s: float = 300
    head_s: float = 60
    body_s: float = 60
    body_bytes: int = _KB
    answer_s: float = 60
    head_bytes: int = 64 * _KB


class Connection(HttpToolsProtocol):
    """A uvicorn connection with timeouts, limits, JSON errors and requests without ASGI."""

    patience = Patience()
    cycle: RequestResponseCycle | DirectRequest  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = False
        self._in_request = False
        # Whether ``cycle`` belongs to the request that is arriving, and not to an earlier one.
        self._has_cycle = False
        # The data that is being parsed.
        self._piece = b""
        self._piece_bytes = 0
        self._head_bytes = 0
        self._body_bytes = 0
        self._refusal = (400, NOT_HTTP)
        # Whether ``_refusal`` is sent as text, as OpenWhisk does for an illegal URL.
        self._refuses_as_text = False
        self._is_deaf = False
        # Whether the data that is being parsed continues at the start of a request.
        self._is_at_start = False
        # The data that began with the request that is arriving, or b"" if it began amid other data.
        self._first_piece = b""
        self._heads = KnownHeads()
        self._held: HeldHead | None = None
        self._find_direct_handler: FindDirectHandler | None = getattr(self.app, DIRECT, None)
        self._deadlines = Deadlines()
        # Whether the timeout REQUEST is set.
        self._is_timed = False

    # Events of the transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadlines.add(IDLE, self.patience.idle_s, transport.close)

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            return
        held = self._held
        if held is None:
            if self._repeat(data):
                return
        else:
            self._held = None
            self._deadlines.drop(HELD)
            if len(data) == held.length:
                self._handle_repeated(held.handler, data)
                return
            data = held.piece + data
        self._parse(data)

    def _parse(self, data: bytes) -> None:
        self._piece = data
        self._piece_bytes = len(data)
        self._is_at_start = not self._in_request
        if self._in_head:
            self._head_bytes += len(data)
        else:
            self._body_bytes += len(data)
        super().data_received(data)
        self._piece = b""
        if self._in_head and self._head_bytes > self.patience.head_bytes:
            self._refuse(431, HEAD_TOO_LARGE.format(self.patience.head_bytes))
        elif self._in_request:
            if not self._is_timed and not self._is_over():
                self._limit_request_time()
        elif self.cycle is None or self.cycle.response_complete:
            # The data consists of line breaks before a request, or is the rest of a request that
            # was refused early.
            self._deadlines.add(IDLE, self.patience.idle_s, self.transport.close)

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Keep a half-closed connection open until its last response is sent.

        Returns True to keep the connection open, and None to close it.
        """
        if self._is_deaf or self._in_request or self.cycle is None or self.cycle.response_complete:
            return None
        if self.scheme == "https":  # TLS connections cannot be half-closed.
            return None
        self.cycle.keep_alive = False
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadlines.clear()
        self._held = None
        super().connection_lost(exc)

    def shutdown(self) -> None:
        # The response to a request that has begun is waited for.
        self._parse_held()
        super().shutdown()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._limit_answer_time(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._deadlines.drop(ANSWER)

    # Events of the parser

    def on_message_begin(self) -> None:
        self._deadlines.drop(IDLE)
        # uvicorn builds the ASGI scope here, but a direct request does not need one.
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._in_head = self._in_request = True
        self._first_piece = self._piece if self._is_at_start else b""
        self._is_at_start = False
        self._has_cycle = False
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._body_bytes = 0
        if self._is_timed:
            self._drop_request_limit()
        most = self.patience.head_bytes
        if (self._head_bytes > most or self._piece_bytes > most) and self._head_is_too_large():
            self._refusal = (431, HEAD_TOO_LARGE.format(most))
            # An error in a callback stops the parser and makes uvicorn call send_400_response.
            raise ValueError(HEAD_TOO_LARGE)
        method = self.parser.get_method()
        refused = method_refusal(method, self.headers) or refusal(self.url)
        if refused is not None:
            self._refusal, self._refuses_as_text = refused, True
            raise ValueError(refused[1])
        request = self._direct_request(method)
        if request is None:
            self._build_scope()
            super().on_headers_complete()
        else:
            if request.is_waiting:
                self.flow.pause_reading()
                self.pipeline.appendleft((request, self.app))  # type: ignore[arg-type]
            self.cycle = request
        self._has_cycle = True

    def on_message_complete(self) -> None:
        self._in_request = False
        if self._is_timed:
            self._drop_request_limit()
        request = self.cycle
        first_piece, self._first_piece = self._first_piece, b""
        if isinstance(request, DirectRequest):
            request.more_body = False
            if first_piece and request.keep_alive and not self.parser.should_upgrade():
                self._remember(first_piece, len(request.body))
            if not request.is_waiting:
                self._handle(request)
        else:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start the next request of the pipeline.

        This replaces uvicorn's method, which sets a timer after each response.
        """
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif not self._in_request:
            self._deadlines.add(IDLE, self.patience.idle_s, self.transport.close)

    def _build_scope(self) -> None:
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        if not url.startswith(b"/"):
            self._use_host_of_target()

    def send_400_response(self, msg: str) -> None:
        """Respond with ``{"error", "code"}`` as JSON instead of uvicorn's plain text."""
        # uvicorn calls this method while it handles the parser's error.
        if isinstance(sys.exc_info()[1], httptools.HttpParserInvalidMethodError):
            found = unknown_method_refusal(self._piece)
            if found is not None:
                self._refusal, self._refuses_as_text = found, True
        self._refuse(*self._refusal)

    # Requests without ASGI

    def _direct_request(self, method: bytes) -> DirectRequest | None:
        if self._find_direct_handler is None:
            return None
        handler = self._find_direct_handler(method, self.url, self.headers)
        if handler is None:
            return None
        is_waiting = self.cycle is not None and not self.cycle.response_complete
        # uvicorn uses the same rule.
        keep_alive = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        return DirectRequest(self, handler, keep_alive, is_waiting)

    def _remember(self, first_piece: bytes, length: int) -> None:
        head = Head(self.parser.get_method(), self.url, self.headers, length)
        self._heads.add(first_piece, head)

    def _repeat(self, data: bytes) -> bool:
        """Handle ``data`` without parsing it if it is a direct request whose head is known.

        A head without its body is held. Return False, without an effect, if it is anything else, or
        must wait for a response.
        """
        if self._in_request or not (self.cycle is None or self.cycle.response_complete):
            return False
        found = self._heads.find(data)
        if found is None or self._find_direct_handler is None:
            return False
        head, body = found
        # The keys of namespaces may have changed since.
        handler = self._find_direct_handler(head.method, head.url, head.headers)
        if handler is None:
            return False
        if body:
            self._handle_repeated(handler, body)
        else:
            self._held = HeldHead(data, head.length, handler)
            self._deadlines.add(HELD, _HELD_S, self._parse_held)
        return True

    def _parse_held(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._deadlines.drop(HELD)
            self._parse(held.piece)

    def _handle_repeated(self, handler: DirectHandler, body: bytes) -> None:
        self._deadlines.drop(IDLE)
        self.cycle = request = DirectRequest(self, handler, keep_alive=True, is_waiting=False)
        self._has_cycle = True
        request.body += body
        request.more_body = False
        self._handle(request)

    def _start_asgi_task(self, cycle: RequestResponseCycle | DirectRequest, app: Any) -> None:
        """Start a queued request. uvicorn and ``on_response_complete`` call this method."""
        if not isinstance(cycle, DirectRequest):
            super()._start_asgi_task(cycle, app)
            return
        cycle.is_waiting = False
        if not cycle.more_body:
            self._handle(cycle)

    def _handle(self, request: DirectRequest) -> None:
        if not self.flow.write_paused:
            request.handler(request)
            return
        # The client does not read its responses, and further responses would use up the memory.
        task = self.loop.create_task(self._handle_when_writable(request))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _handle_when_writable(self, request: DirectRequest) -> None:
        await self.flow.drain()
        if not self._is_over():
            request.handler(request)

    # Limits and refusals

    def _head_is_too_large(self) -> bool:
        # Each header needs four more bytes, for the colon, the space and the CRLF.
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        return size > self.patience.head_bytes

    def _use_host_of_target(self) -> None:
        """Replace the Host header with the host of an absolute-form URL (RFC 9112 §3.2.2)."""
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

    def _limit_request_time(self) -> None:
        wait_s = self.patience.head_s if self._in_head else self.patience.body_s
        self._body_bytes = 0
        self._is_timed = True
        self._deadlines.add(REQUEST, wait_s, self._on_request_timeout)

    def _on_request_timeout(self) -> None:
        self._is_timed = False
        if self._is_over():
            return
        if self.flow.read_paused:  # The client cannot send, because this server is not reading.
            self._limit_request_time()
        elif self._in_head:
            self._refuse(408, HEAD_TOO_SLOW.format(self.patience.head_s))
        elif self._body_bytes >= self.patience.body_bytes:
            self._limit_request_time()
        else:
            self._refuse(408, BODY_TOO_SLOW.format(self.patience.body_bytes, self.patience.body_s))

    def _drop_request_limit(self) -> None:
        self._is_timed = False
        self._deadlines.drop(REQUEST)

    def _limit_answer_time(self, unread: int) -> None:
        timed_out = functools.partial(self._on_answer_timeout, unread)
        self._deadlines.add(ANSWER, self.patience.answer_s, timed_out)

    def _on_answer_timeout(self, unread: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left < unread:
            self._limit_answer_time(left)
        else:
            self.transport.abort()

    def _is_over(self) -> bool:
        return self._is_deaf or self.transport.is_closing()

    def _refuse(self, status: int, message: str) -> None:
        """Respond with an error to the request that is arriving, and close the connection."""
        if self._is_over():
            return
        if not self._has_cycle and self.cycle is not None and not self.cycle.response_complete:
            # The client would take the error for the response to its earlier request, so the
            # connection is closed without an error response after that response.
            self.cycle.keep_alive = False
            self.flow.pause_reading()
            return
        if not (self._has_cycle and self.cycle.response_started):
            code = uuid.uuid4().hex.encode()
            if self._refuses_as_text:
                body, headers = message.encode(), b"content-type: text/plain; charset=UTF-8\r\n"
            else:
                body = orjson.dumps({"error": message, "code": code.decode()})
                headers = b"content-type: application/json\r\nx-request-id: %b\r\n" % code
            self.transport.write(
                b"%b%bcontent-length: %d\r\nconnection: close\r\n\r\n%b"
                % (STATUS_LINE[status], headers, len(body), body)
            )
        self._end()

    def _end(self) -> None:
        """Close the sending side, and discard incoming data for a moment before closing the rest.

        Closing the connection at once could reset it, and the client would lose the response.
        """
        self._is_deaf = True
        self._deadlines.drop(IDLE)
        if self._has_cycle:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not self.transport.can_write_eof():
            self.transport.close()
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self._deadlines.add(REQUEST, _LINGER_S, self.transport.close)
