"""Activation logs: lines with a timestamp and stream, truncated at a limit (contract §3.4)."""

from __future__ import annotations

import time
from collections.abc import Callable

STDOUT, STDERR = "stdout", "stderr"
TRUNCATED = "Logs were truncated because the total bytes size exceeds the limit of {} bytes."
MISSING = "The action did not initialize or run as expected. Log data might be missing."


class LogCollector:
    """Converts the bytes from both log pipes into log lines, in order of arrival.

    An example of a line is ``2026-11-24T22:36:23.189364123Z stdout: hi``. The timestamp is in UTC
    and padded to 30 columns. The limit applies to the stored lines in bytes, timestamps included,
    so it also limits memory use. When the limit is reached, a last line says that the logs were
    truncated, and later output is dropped. With a limit of 0, no lines are kept.
    """

    def __init__(
        self, limit: int, previous: tuple[str, ...] = (), now_ns: Callable[[], int] = time.time_ns
    ) -> None:
        """Start with ``previous``: earlier lines of the activation, which count towards the limit.

        ``limit``: the maximum size of the logs in bytes.
        """
        self._limit = limit
        self._now_ns = now_ns
        self._lines = list(previous)
        self._bytes_left = limit - sum(map(len, previous))
        # The previous lines may already have reached the limit.
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
            # Endless output without a newline must not fill up memory.
            self._add(prefix, partial)

    def say(self, text: str) -> None:
        """Add a message from the playground itself as a stderr line."""
        if not self._full:
            self._add(self._prefix(STDERR), text.encode())

    def finish(self) -> tuple[str, ...]:
        """Return all lines, including incomplete last lines. Later output is ignored."""
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
        """Add a line and return True, or add the truncation message and return False.

        After the truncation message, no more lines are added.
        """
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
