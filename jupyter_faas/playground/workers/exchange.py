"""Requests to a worker: ``Exchange`` is a request in flight, ``Outcome`` its final result."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, TypeVar

from jupyter_faas.playground.notes import OWN_JSON
from jupyter_faas.playground.workers.logs import LogCollector

# The Node.js worker adds this prefix to a reply if the action has replaced the functions of JSON.
_OWN_JSON = b"!own-json "

_T = TypeVar("_T")


def resolve(future: asyncio.Future[_T], value: _T) -> None:
    """Set the result of ``future``, unless the future is already done or cancelled."""
    if not future.done():
        future.set_result(value)


class OutcomeStatus(Enum):
    """The ways in which a request can end. Only after ANSWERED can the worker be reused."""

    ANSWERED = "answered"
    EXITED = "exited"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    CANCELLED = "cancelled"


# A module constant avoids the enum lookup: before Python 3.12, ``OutcomeStatus.ANSWERED`` takes a
# microsecond, and a warm run needs the value several times.
ANSWERED = OutcomeStatus.ANSWERED


class Outcome(NamedTuple):
    """The outcome of a request to a worker.

    ``reply``: the worker's reply without the newline, truncated at the size limit.
    ``size``: the length of the complete reply in bytes.
    ``seconds``: the time from the request to the reply or to the worker's end.
    ``proxied``: whether OpenWhisk runs this kind behind a proxy, which responds if the process
    exits.
    ``peak_mb``: the peak memory during the request in MB; None if unknown.
    ``note``: a remark for the record, or empty.
    """

    status: OutcomeStatus
    reply: bytes
    size: int
    seconds: float
    logs: tuple[str, ...]
    proxied: bool = False
    peak_mb: int | None = None
    note: str = ""


class Exchange:
    """A request in flight.

    ``on_done`` is called exactly once, synchronously, when the status is set.
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
        """Whether the request is still in flight."""
        return self.status is None

    def settle(self, ending: OutcomeStatus) -> None:
        """Set the status and call ``on_done``. Only the first call has an effect."""
        if self.status is None:
            self.status = ending
            self._on_done(self, ending)

    def feed(self, data: bytes) -> tuple[bool, bool]:
        """Append ``data`` to the reply, which is truncated at the size limit.

        Return two flags: whether ``data`` contains the newline that ends the reply, and whether
        more bytes follow that newline.
        """
        content, newline, rest = data.partition(b"\n")
        # Bytes beyond the limit are only counted, because the error message states the full size.
        self.reply += content[: max(self._max_reply - len(self.reply), 0)]
        self.size += len(content)
        return bool(newline), bool(rest)

    def outcome(
        self, ending: OutcomeStatus, seconds: float, proxied: bool, peak_mb: int | None = None
    ) -> Outcome:
        logs, reply, size, note = self.logs.finish(), bytes(self.reply), self.size, ""
        if reply.startswith(_OWN_JSON):
            reply, size, note = reply[len(_OWN_JSON) :], size - len(_OWN_JSON), OWN_JSON
        return Outcome(ending, reply, size, seconds, logs, proxied, peak_mb, note)
