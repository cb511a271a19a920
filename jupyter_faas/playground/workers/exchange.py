"""A request to a worker: ``Exchange`` while it is in flight, ``Outcome`` when it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, TypeVar

from jupyter_faas.playground.workers.logs import LogCollector

_T = TypeVar("_T")


def resolve(future: asyncio.Future[_T], value: _T) -> None:
    """Set the result of a future, unless it has one or was cancelled."""
    if not future.done():
        future.set_result(value)


class OutcomeStatus(Enum):
    """How a request to a worker ended. A worker is usable after ANSWERED only."""

    ANSWERED = "answered"
    EXITED = "exited"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"


# Before Python 3.12, reading ``OutcomeStatus.ANSWERED`` takes a microsecond, and a warm run does
# that several times.
ANSWERED = OutcomeStatus.ANSWERED


class Outcome(NamedTuple):
    """The outcome of a request to a worker.

    ``reply`` is the line that the worker wrote, cut at the limit; ``size`` is its whole length in
    bytes. ``seconds`` is the time from the request to the reply or the worker's end. ``proxied``:
    whether OpenWhisk has a proxy that would answer for a process that has exited. ``peak_mb``: the
    peak memory during the request in MB; None if unknown.
    """

    status: OutcomeStatus
    reply: bytes
    size: int
    seconds: float
    logs: tuple[str, ...]
    proxied: bool = False
    peak_mb: int | None = None


class Exchange:
    """A request in flight.

    ``on_done`` is called once, as soon as the status is set, in the same turn of the event loop.
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
        """Set the status; only the first call has an effect."""
        if self.status is None:
            self.status = ending
            self._on_done(self, ending)

    def feed(self, data: bytes) -> tuple[bool, bool]:
        """Add bytes of the reply, and keep them up to the limit.

        Return whether they contain the newline that ends the reply, and whether bytes follow it.
        """
        content, newline, rest = data.partition(b"\n")
        # What exceeds the limit is only counted: the error message states the whole size.
        self.reply += content[: max(self._max_reply - len(self.reply), 0)]
        self.size += len(content)
        return bool(newline), bool(rest)

    def outcome(
        self, ending: OutcomeStatus, seconds: float, proxied: bool, peak_mb: int | None = None
    ) -> Outcome:
        logs = self.logs.finish()
        return Outcome(ending, bytes(self.reply), self.size, seconds, logs, proxied, peak_mb)
