"""Limits for a response: the time until its last byte, and its size.

The read timeout of a socket limits each wait for data, so a host that sends a byte a second never
reaches it. ``LimitedAdapter`` therefore gives each connection a response class that reads from the
socket through ``LimitedReader``, which knows when the response must be complete. This covers the
header too, and needs no thread.

The time starts when the request has been sent, because an upload may take long on a slow network.

``LimitedAdapter`` also begins each connection to a playground with a challenge
(``playground_proof``), since both need connection classes of their own.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from jupyter_faas.playground_proof import Challenge


class AnswerLimitError(Exception):
    """Raised while a response is read that is too slow or too large. Not an error of requests."""


class AnswerTooSlow(AnswerLimitError):
    """Raised when a response is not complete in time. ``seconds`` is the time that it had."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class AnswerTooLarge(AnswerLimitError):
    """Raised when a response has more than ``most`` bytes."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


@dataclass(frozen=True)
class AnswerLimits:
    """The limits of a response: its largest size in bytes, and its longest time.

    The time is ``seconds`` more than the read timeout, which the host may use before it begins.
    """

    seconds: float
    most_bytes: int
    clock: Callable[[], float] = time.monotonic


class LimitedAdapter(HTTPAdapter):
    """An adapter whose responses have limits, those through a proxy included."""

    def __init__(self, limits: AnswerLimits, playground_key: str = "") -> None:
        """Create the adapter. With ``playground_key``, hosts must prove that they know this key."""
        # HTTPAdapter's constructor creates the pool manager, so the classes must exist before.
        self._pools = _pool_classes(limits, playground_key)
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pool_classes(limits: AnswerLimits, playground_key: str) -> dict[str, type]:
    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
            super().__init__(sock, *arguments, **options)
            # ``makefile`` keeps the socket open until the response is closed, so the file that
            # HTTPResponse made is replaced and not only wrapped.
            raw = sock.makefile("rb", buffering=0)
            self.fp.close()
            self.fp = io.BufferedReader(LimitedReader(raw, sock, limits))

    class PlainConnection(HTTPConnection):
        response_class = Response

        def connect(self) -> None:
            super().connect()
            if playground_key:
                self._challenge()

        def _challenge(self) -> None:
            # These errors mean that no request was sent, as those of the connection.
            try:
                Challenge(playground_key, self.port).put_to(self.sock)
            except TimeoutError as error:
                self.close()
                raise ConnectTimeoutError(self, "no proof in time") from error
            except OSError as error:
                self.close()
                raise NewConnectionError(self, str(error.strerror)) from error

    class SecureConnection(HTTPSConnection):
        response_class = Response

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = PlainConnection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": PlainPool, "https": SecurePool}


class LimitedReader(io.RawIOBase):
    """The bytes of one response, until its time or its size is used up."""

    def __init__(self, raw: Any, sock: socket.socket, limits: AnswerLimits) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        self._limits = limits
        # urllib3 has set the read timeout of this request as the timeout of the socket.
        self._each_s = sock.gettimeout() or limits.seconds
        self._seconds = self._each_s + limits.seconds
        self._ends = limits.clock() + self._seconds
        self._left = limits.most_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left_s = self._ends - self._limits.clock()
        if left_s <= 0:
            raise AnswerTooSlow(self._seconds)
        # A wait that is shortened by the end of the time must not look like a read timeout.
        self._sock.settimeout(min(self._each_s, left_s))
        try:
            count: int = self._raw.readinto(buffer)
        except TimeoutError as exc:
            if left_s < self._each_s:
                raise AnswerTooSlow(self._seconds) from exc
            raise
        self._left -= count
        if self._left < 0:
            raise AnswerTooLarge(self._limits.most_bytes)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
