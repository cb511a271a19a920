"""Activation logs: lines with a timestamp and stream, truncated at a limit (contract §3.4)."""

from __future__ import annotations

import time
from collections.abc import Callable

STDOUT, STDERR = "stdout", "stderr"
TRUNCATED = "Logs were truncated because the total bytes size exceeds the limit of {} bytes."
# OpenWhisk adds this line to the logs of every developer error, except with a log limit of 0.
MISSING = "The action did not initialize or run as expected. Log data might be missing."

# Docker splits longer lines.
MAX_LINE_BYTES = 16_384
# Docker stores each line as JSON. OpenWhisk's limit counts these bytes around the text, too:
# ``{"log":"…\\n","stream":"stdout","time":"2026-11-24T22:36:23.189364123Z"}`` and a newline.
_JSON_BYTES = 71
# Characters that take one byte more in Docker's JSON.
_ESCAPED = (b'"', b"\\")
# The length of the timestamp, the stream and the punctuation before the text of a line.
_PREFIX_LENGTH = 39


class LogCollector:
    """Converts the bytes from both log pipes into log lines, in order of arrival.

    An example of a line is ``2026-11-24T22:36:23.189364123Z stdout: hi``. The timestamp is in UTC
    and padded to 30 columns. The limit applies to the lines as Docker stores them, in bytes, so it
    also limits memory use. When the limit is reached, a last line says that the logs were
    truncated, and later output is dropped. With a limit of 0, no lines are kept.

    As in OpenWhisk with Docker, lines are split after MAX_LINE_BYTES, and text without a line break
    at the end of a run is lost.
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
        self._bytes_left = limit
        self._full = limit == 0
        if previous:
            self._bytes_left -= sum(_JSON_BYTES + len(line) - _PREFIX_LENGTH for line in previous)
            # The previous lines may already have reached the limit.
            self._full = self._full or previous[-1].endswith(TRUNCATED.format(limit))
        self._partial = {STDOUT: b"", STDERR: b""}

    def feed(self, stream: str, data: bytes) -> None:
        """Add bytes that were read from ``stream``."""
        if self._full:
            return
        prefix = self._prefix(stream)
        *lines, partial = (self._partial[stream] + data).split(b"\n")
        for line in lines:
            while len(line) >= MAX_LINE_BYTES:
                if not self._add(prefix, line[:MAX_LINE_BYTES]):
                    return
                line = line[MAX_LINE_BYTES:]
            if not self._add(prefix, line):
                return
        # Endless output without a newline must not fill up memory.
        while len(partial) >= MAX_LINE_BYTES:
            if not self._add(prefix, partial[:MAX_LINE_BYTES]):
                return
            partial = partial[MAX_LINE_BYTES:]
        self._partial[stream] = partial

    def say(self, text: str) -> None:
        """Add a message from the playground itself as a stderr line."""
        if not self._full:
            self._add(self._prefix(STDERR), text.encode())

    @property
    def so_far(self) -> tuple[str, ...]:
        """The complete lines so far, for a run that has not ended."""
        return tuple(self._lines)

    def finish(self) -> tuple[str, ...]:
        """Return all complete lines. Later output is ignored."""
        self._full = True
        return tuple(self._lines)

    def _add(self, prefix: str, text: bytes) -> bool:
        """Add a line and return True, or add the truncation message and return False.

        After the truncation message, no more lines are added.
        """
        size = _JSON_BYTES + len(text) + sum(map(text.count, _ESCAPED))
        if size > self._bytes_left:
            self._full = True
            self._partial = {STDOUT: b"", STDERR: b""}
            self._lines.append(self._prefix(STDERR) + TRUNCATED.format(self._limit))
            return False
        self._bytes_left -= size
        self._lines.append(prefix + text.decode(errors="replace"))
        return True

    def _prefix(self, stream: str) -> str:
        return _prefix(stream, self._now_ns())


def with_missing_line(logs: tuple[str, ...], limit: int, now_ns: int) -> tuple[str, ...]:
    """Return the logs of a developer error: ``logs``, and the line that ends them.

    ``limit``: the maximum size of the logs in bytes. The added line does not count. ``now_ns``: the
    current time since the epoch.
    """
    return (*logs, _prefix(STDERR, now_ns) + MISSING) if limit else logs


def _prefix(stream: str, now_ns: int) -> str:
    seconds, nanos = divmod(now_ns, 1_000_000_000)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanos:09d}Z"
    return f"{stamp:<30} {stream}: "
