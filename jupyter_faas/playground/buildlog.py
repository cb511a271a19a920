"""What an installation says, for two readers: the playground's log and an activation's."""

from __future__ import annotations

import logging
import re

from jupyter_faas.playground.logs import STDERR, STDOUT, LogCollector

log = logging.getLogger(__name__)

# The end of what an installation says; and how many lines of it the playground's log takes.
_OUTPUT_BYTES = 65536
_LOG_LINES = 200
_LOG_COLUMNS = 500

_CREDENTIALS = re.compile(r"(?<=://)[^/\s]+(?=@)")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class BuildLog(LogCollector):
    """Each line goes to the playground's log, up to a number; the end of it all is kept."""

    def __init__(self, name: str) -> None:
        super().__init__(0)
        self._name = name
        self._parts = {STDOUT: b"", STDERR: b""}
        self._kept: list[bytes] = []
        self._size = 0
        self._loggable = _LOG_LINES

    def feed(self, stream: str, data: bytes) -> None:
        *lines, rest = (self._parts[stream] + data).split(b"\n")
        for line in lines:
            self._keep(line)
        self._parts[stream] = rest[-_OUTPUT_BYTES:]

    def say(self, text: str) -> None:
        self._keep(text.encode())

    def output(self) -> bytes:
        """Its end, without anybody's credentials."""
        for stream, rest in self._parts.items():
            if rest:
                self._keep(rest)
                self._parts[stream] = b""
        return b"".join(line + b"\n" for line in self._kept)

    def _keep(self, line: bytes) -> None:
        text = without_credentials(line.rstrip(b"\r").decode(errors="replace"))
        line = text.encode()[:_OUTPUT_BYTES]
        self._kept.append(line)
        self._size += len(line) + 1
        while self._size > _OUTPUT_BYTES and len(self._kept) > 1:
            self._size -= len(self._kept.pop(0)) + 1
        if self._loggable > 0 and text.strip():
            self._loggable -= 1
            log.info("%s: %s", self._name, _UNPRINTABLE.sub("?", text[:_LOG_COLUMNS]))


def without_credentials(text: str) -> str:
    """Registries and requirements may be addresses with a password in them."""
    return _CREDENTIALS.sub("***", text)
