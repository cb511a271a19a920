"""The logs of one activation: lines with time and stream, truncated at a limit (contract §3.4)."""

from __future__ import annotations

import time
from collections.abc import Callable

STDOUT, STDERR = "stdout", "stderr"
TRUNCATED = "Logs were truncated because the total bytes size exceeds the limit of {} bytes."
MISSING = "The action did not initialize or run as expected. Log data might be missing."


class LogCollector:
    """Turns the bytes of both log pipes into lines, in order of arrival.

    A line looks like ``2026-11-24T22:36:23.189364123Z stdout: hi``: the time in UTC padded to 30
    columns, the stream, the text. The limit is in bytes and counts lines as they are stored, so it
    bounds the memory too. Later lines are dropped, and the last line says so. A limit of 0 keeps
    nothing.
    """

    def __init__(
        self, limit: int, previous: tuple[str, ...] = (), now_ns: Callable[[], int] = time.time_ns
    ) -> None:
        """``previous``: earlier lines of the same activation, which count towards the limit."""
        self._limit = limit
        self._now_ns = now_ns
        self._lines = list(previous)
        self._bytes_left = limit - sum(map(len, previous))
        # The earlier lines may have reached the limit already.
        self._full = limit == 0 or bool(previous and previous[-1].endswith(TRUNCATED.format(limit)))
        self._partial = {STDOUT: b"", STDERR: b""}

    def feed(self, stream: str, data: bytes) -> None:
        """Add bytes that were read from ``stream``."""
        if self._full:
            return
        prefix = self._prefix(stream)
        lines = (self._partial[stream] + data).split(b"\n")
        partial = lines.pop()
        for line in lines:
            if not self._add(prefix, line):
                return
        if len(partial) <= self._bytes_left:
            self._partial[stream] = partial
        else:
            # Endless output without a newline must not fill the memory either.
            self._add(prefix, partial)

    def say(self, text: str) -> None:
        """Add a line that the playground writes itself, on stderr."""
        if not self._full:
            self._add(self._prefix(STDERR), text.encode())

    def finish(self) -> tuple[str, ...]:
        """Return all lines, unfinished ones included. Nothing can be added after that."""
        # Most runs write no logs, so this case is handled first.
        if not self._lines and not any(self._partial.values()):
            self._full = True
            return ()
        for stream, partial in self._partial.items():
            if partial and not self._full:
                self._add(self._prefix(stream), partial)
            self._partial[stream] = b""
        self._full = True
        return tuple(self._lines)

    def _add(self, prefix: str, text: bytes) -> bool:
        """Add a line; return False if it did not fit. After that no line is kept."""
        size = len(prefix) + len(text)
        if size > self._bytes_left:
            self._full = True
            self._partial = {STDOUT: b"", STDERR: b""}
            self._lines.append(self._prefix(STDERR) + TRUNCATED.format(self._limit))
            return False
        self._bytes_left -= size
        self._lines.append(prefix + text.decode(errors="replace"))
        return True

    def _prefix(self, stream: str) -> str:
        seconds, nanos = divmod(self._now_ns(), 1_000_000_000)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanos:09d}Z"
        return f"{stamp:<30} {stream}: "
