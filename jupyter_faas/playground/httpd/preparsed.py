"""Connections whose application may take a request before anything has looked at it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from jupyter_faas.playground.httpd.connection import CLOSING, END, Connection

# In the scope of a POST that came in one piece, if its connection goes on: its line and headers as
# they came, to the empty line.
HEAD = "faas.head"

# If the application has a method ``take(head, body, answer)``, requests that come in one piece are
# offered to it: it may take one whose head, byte for byte, was in a scope before. ``answer`` is
# then to be called once, with what ``connection.ANSWER`` takes.
TAKE = "take"

Answer = Callable[[int, bytes, bytes], None]

_HEAD_END = b"\r\n\r\n"


class TakingConnection(Connection):
    """What is taken is not parsed, has no scope and no task, and sets no timer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._take: Callable[[bytes, bytes, Answer], bool] | None = getattr(self.app, TAKE, None)
        self._piece = b""
        # Whether a request is taken, whether none may follow it, and what has come behind it.
        self._is_taken = self._is_last = False
        self._behind = b""
        self._answered_at = 0.0

    def data_received(self, data: bytes) -> None:
        if self._is_taken:
            self._behind += data
            self.flow.pause_reading()
            return
        self._piece = b""
        if self._take is not None and not self._is_deaf and self.is_between():
            end = data.find(_HEAD_END) + len(_HEAD_END)
            if end >= len(_HEAD_END) and not self.flow.write_paused:
                self._is_taken = True
                if self._take(data[:end], data[end:], self._answer_taken):
                    return
                self._is_taken = False
            self._piece = data
        super().data_received(data)

    def eof_received(self) -> bool | None:  # type: ignore[override]
        if not self._is_taken or self.scheme == "https":
            return super().eof_received()
        self._is_last = True
        return True

    def shutdown(self) -> None:
        if self._is_taken:
            self._is_last = True
        else:
            super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        # What is taken leaves the timer alone, which costs less than a new one each time.
        left_s = self.patience.idle_s
        if not self._is_taken:
            left_s -= self.loop.time() - self._answered_at
        if left_s > 0:
            self.timeout_keep_alive_task: asyncio.TimerHandle | None = self.loop.call_later(
                left_s, self.timeout_keep_alive_handler
            )
        else:
            super().timeout_keep_alive_handler()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        head, end, body = self._piece.partition(_HEAD_END)
        self._piece = b""
        # Not what a parser would have passed over, nor what a request is that ends elsewhere.
        whole = (b"content-length", b"%d" % len(body)) in self.headers
        if whole and head.startswith(b"POST ") and self.cycle.keep_alive:
            self.scope[HEAD] = head + end  # type: ignore[literal-required]  # uvicorn has its own

    def _answer_taken(self, status: int, headers: bytes, body: bytes) -> None:
        self._is_taken = False
        self._answered_at = self.loop.time()
        if self.transport.is_closing():
            return
        ending = CLOSING if self._is_last else END
        self.transport.write(
            b"%bcontent-length: %d\r\n%b%b%b"
            % (STATUS_LINE[status], len(body), headers, ending, body)
        )
        self.server_state.total_requests += 1
        if self._is_last:
            self.transport.close()
        elif self._behind:
            data, self._behind = self._behind, b""
            self.flow.resume_reading()
            self.data_received(data)
