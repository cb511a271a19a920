"""A request that is handled without ASGI, and the types of its handlers."""

from __future__ import annotations

from collections.abc import Callable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

# The name of an optional method of the application. It receives the method, the URL and the headers
# of each request, and returns a handler if the request can be handled without ASGI, or else None.
DIRECT = "find_direct_handler"

_END, _CLOSING = b"\r\n", b"connection: close\r\n\r\n"


class _NoEvent:
    """A replacement for the event that wakes uvicorn's task, for requests without a task."""

    @staticmethod
    def set() -> None: ...


class DirectRequest:
    """A request that is handled without ASGI.

    The handler is called with this object when ``body`` is complete. It must arrange for one call
    of ``respond`` after it has returned. The other attributes are those of uvicorn's
    ``RequestResponseCycle``, which this class replaces.
    """

    __slots__ = (
        "_connection",
        "body",
        "disconnected",
        "handler",
        "is_waiting",
        "keep_alive",
        "more_body",
        "response_complete",
    )

    message_event = _NoEvent

    def __init__(
        self,
        connection: HttpToolsProtocol,
        handler: DirectHandler,
        keep_alive: bool,
        is_waiting: bool,
    ) -> None:
        """Create a request.

        ``is_waiting`` is true if the response to an earlier request of the connection is pending.
        """
        self._connection = connection
        self.handler = handler
        self.keep_alive = keep_alive
        self.is_waiting = is_waiting
        self.body = bytearray()
        self.more_body = True
        self.disconnected = self.response_complete = False

    @property
    def response_started(self) -> bool:
        return self.response_complete

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return str(self._connection.scheme)

    def respond(self, status: int, headers: bytes, body: bytes) -> None:
        """Send the response, unless the client has disconnected.

        ``headers`` contains complete header lines with lower-case names, each with its CRLF. It
        must not contain ``content-length`` and ``connection``.
        """
        transport = self._connection.transport
        if self.disconnected or transport.is_closing():
            return
        self.response_complete = True
        ending = _END if self.keep_alive else _CLOSING
        transport.write(
            b"%bcontent-length: %d\r\n%b%b%b"
            % (STATUS_LINE[status], len(body), headers, ending, body)
        )
        if not self.keep_alive:
            transport.close()
        self._connection.on_response_complete()


DirectHandler = Callable[[DirectRequest], None]
FindDirectHandler = Callable[[bytes, bytes, list[tuple[bytes, bytes]]], DirectHandler | None]
