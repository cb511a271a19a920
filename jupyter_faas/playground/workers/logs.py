"""The logs of one activation, as lines (contract §3.4), within their limit."""

from __future__ import annotations

import time
from collections.abc import Callable

STDOUT, STDERR = "stdout", "stderr"
TRUNCATED = "Logs were truncated because the total bytes size exceeds the limit of {} bytes."
MISSING = "The action did not initialize or run as expected. Log data might be missing."


class LogCollector:
    """Takes what comes out of the pipes in the order it comes; gives lines.

    ``2026-11-24T22:36:23.189364123Z stdout: hi``: time in UTC, padded to 30 columns, stream, text.
    The limit, in bytes, counts whole lines as they are stored, so that it bounds the memory too;
    what comes after it is dropped, and the last line says so. With a limit of 0 nothing is kept
    at all.
    """

    def __init__(
        self, limit: int, earlier: tuple[str, ...] = (), now_ns: Callable[[], int] = time.time_ns
    ) -> None:
        """``earlier``: lines of the same activation, which count and come first."""
        self._limit = limit
        self._now_ns = now_ns
        self._lines = list(earlier)
        self._left = limit - sum(map(len, earlier))
        self._full = limit == 0 or bool(earlier and earlier[-1].endswith(TRUNCATED.format(limit)))
        self._tails = {STDOUT: b"", STDERR: b""}

    def feed(self, stream: str, data: bytes) -> None:
        if self._full:
            return
        head = self._head(stream)
        pieces = (self._tails[stream] + data).split(b"\n")
        tail = pieces.pop()
        for piece in pieces:
            if not self._add(head, piece):
                return
        if len(tail) <= self._left:
            self._tails[stream] = tail
        else:
            # A line without an end must not fill the memory either.
            self._add(head, tail)

    def say(self, text: str) -> None:
        """Add a line of our own, on stderr."""
        if not self._full:
            self._add(self._head(STDERR), text.encode())

    def finish(self) -> tuple[str, ...]:
        """The lines; an unfinished one counts too."""
        if not self._lines and not any(self._tails.values()):
            self._full = True
            return ()
        for stream, tail in self._tails.items():
            if tail and not self._full:
                self._add(self._head(stream), tail)
            self._tails[stream] = b""
        self._full = True
        return tuple(self._lines)

    def _add(self, head: str, text: bytes) -> bool:
        """False when the line did not fit; nothing is kept from then on."""
        size = len(head) + len(text)
        if size > self._left:
            self._full = True
            self._tails = {STDOUT: b"", STDERR: b""}
            self._lines.append(self._head(STDERR) + TRUNCATED.format(self._limit))
            return False
        self._left -= size
        self._lines.append(head + text.decode(errors="replace"))
        return True

    def _head(self, stream: str) -> str:
        seconds, nanos = divmod(self._now_ns(), 1_000_000_000)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanos:09d}Z"
        return f"{stamp:<30} {stream}: "
