"""The heads (request line and headers) of a connection's requests, to recognize their repetitions.

Clients that keep a connection open repeat the head of a request byte for byte. Parsing it, with a
callback for each header, takes a tenth of the time of a warm run.
"""

from __future__ import annotations

from typing import NamedTuple

from jupyter_faas.playground.webserver.direct_request import DirectHandler

_END = b"\r\n\r\n"

# A client uses few heads on a connection, unless a header differs in every request. When there are
# more, all are forgotten.
MOST_HEADS = 16
MOST_BYTES = 4096


class Head(NamedTuple):
    """A parsed head. ``length`` is the number of bytes of the body that follows it."""

    method: bytes
    url: bytes
    headers: list[tuple[bytes, bytes]]
    length: int


class HeldHead(NamedTuple):
    """A known head, whose bytes are ``piece``, that waits for its body of ``length`` bytes."""

    piece: bytes
    length: int
    handler: DirectHandler


class KnownHeads:
    """The parsed heads of one connection, by their bytes."""

    def __init__(self) -> None:
        self._heads: dict[bytes, Head] = {}

    def add(self, request: bytes, head: Head) -> None:
        """Remember the head of ``request``, which must consist of it, or of it and its body.

        Heads that are long, or that something else precedes or follows, are not remembered.
        """
        size = request.find(_END) + len(_END)
        if len(request) not in (size, size + head.length) or size > MOST_BYTES:
            return
        if not request.startswith(b"%b %b " % (head.method, head.url)):
            return
        if len(self._heads) >= MOST_HEADS:
            self._heads.clear()
        self._heads[request[:size]] = head

    def find(self, data: bytes) -> tuple[Head, bytes] | None:
        """Return the head and the body of ``data`` if it is one request with a known head.

        The body is empty if ``data`` is the head only. No known head has an empty body.
        """
        size = data.find(_END) + len(_END)
        head = self._heads.get(data[:size])
        if head is None or len(data) not in (size, size + head.length):
            return None
        return head, data[size:]
