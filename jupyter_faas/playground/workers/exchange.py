"""One request to a worker, and what comes back for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, TypeVar

from jupyter_faas.playground.workers.logs import LogCollector

_T = TypeVar("_T")


def resolve(future: asyncio.Future[_T], value: _T) -> None:
    """Unless it has a value, or whoever waited for one was cancelled."""
    if not future.done():
        future.set_result(value)


class OutcomeStatus(Enum):
    """How a request to a worker came out; only the first leaves the worker usable."""

    ANSWERED = "answered"
    EXITED = "exited"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"


class Outcome(NamedTuple):
    """``reply`` is the line that came back, cut at the limit; ``size`` its whole length in bytes.

    ``seconds`` is the time from the request to the answer or the end. ``proxied``: in OpenWhisk,
    a proxy would still be there to answer for a process that is gone. ``peak_mb``: the most memory
    that it had meanwhile, where that is known.
    """

    status: OutcomeStatus
    reply: bytes
    size: int
    seconds: float
    logs: tuple[str, ...]
    proxied: bool = False
    peak_mb: int | None = None


class Exchange:
    """Made before the request is sent, so that no answer can come too early.

    ``on_done`` is called with it at once when it is known how the request came out, not in another
    turn of the event loop.
    """

    def __init__(
        self,
        logs: LogCollector,
        max_reply_bytes: int,
        on_done: Callable[[Exchange, OutcomeStatus], None],
    ) -> None:
        self.logs = logs
        self.status: OutcomeStatus | None = None
        self.reply = bytearray()
        self.size = 0
        self._max_reply = max_reply_bytes
        self._on_done = on_done

    @property
    def open(self) -> bool:
        return self.status is None

    def settle(self, ending: OutcomeStatus) -> None:
        """The first word counts."""
        if self.status is None:
            self.status = ending
            self._on_done(self, ending)

    def take(self, data: bytes) -> tuple[bool, bool]:
        """Bytes of the answer, which a newline ends: whether it came, and whether more follows.

        Kept up to the limit, however many come.
        """
        piece, newline, rest = data.partition(b"\n")
        self.reply += piece[: max(self._max_reply - len(self.reply), 0)]
        self.size += len(piece)
        return bool(newline), bool(rest)

    def outcome(
        self, ending: OutcomeStatus, seconds: float, proxied: bool, peak_mb: int | None = None
    ) -> Outcome:
        logs = self.logs.finish()
        return Outcome(ending, bytes(self.reply), self.size, seconds, logs, proxied, peak_mb)
