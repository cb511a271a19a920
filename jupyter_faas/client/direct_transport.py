"""``DirectTransport``: requests on kept connections, one per thread, for thousands of calls.

A request through ``requests`` takes about a millisecond of this process's own time, of which
Python runs one at a time. With many calls at once, that and not the host would set the pace. This
transport writes the request and reads the response itself (``direct_connection``), in about a
twentieth of the time.

It sends each request once and never repeats it: its callers (``workspace/batches``) decide that
for each call. The responses and errors are those of ``Transport``. It does not follow redirects,
and does not know proxies, so ``transport_for_batches`` uses it only where there is no proxy.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import ssl
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from jupyter_faas.client.answer_limits import AnswerLimitError, AnswerLimits, AnswerTooLarge
from jupyter_faas.client.base import USER_AGENT, Sender
from jupyter_faas.client.direct_connection import DirectConnection, Response
from jupyter_faas.client.target import Target
from jupyter_faas.client.transport import (
    Reply,
    Timeouts,
    connection_broken,
    encode_json,
    not_json,
    unreachable,
)
from jupyter_faas.errors import FaasError, RequestNotSent, TargetNotReachable
from jupyter_faas.telemetry import trace_headers


def transport_for_batches(target: Target, timeouts: Timeouts | None = None) -> Sender | None:
    """Return a DirectTransport, or None if a proxy is between this machine and the target."""
    if not target.is_local:
        from requests.utils import get_environ_proxies, select_proxy

        if select_proxy(target.apihost, get_environ_proxies(target.apihost)):
            return None
    return DirectTransport(target, timeouts or Timeouts())


class DirectTransport:
    """Requests with a JSON body or none, on one connection per thread. Thread-safe."""

    def __init__(self, target: Target, timeouts: Timeouts, *, user_agent: str = USER_AGENT) -> None:
        self._target = target
        self._timeouts = timeouts
        url = urlsplit(target.apihost)
        self._address = (url.hostname or "", url.port or (443 if url.scheme == "https" else 80))
        self._tls = _tls(target) if url.scheme == "https" else None
        key = base64.b64encode(target.auth.encode()).decode()
        self._head = (
            f" HTTP/1.1\r\nHost: {url.netloc}\r\nUser-Agent: {user_agent}\r\n"
            f"Authorization: Basic {key}\r\nAccept: application/json\r\n"
        )
        self._limits = AnswerLimits(timeouts.answer_s, timeouts.most_bytes)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: set[DirectConnection] = set()

    def close(self) -> None:
        """Close all connections. Threads that wait for a response get ConnectionBroken."""
        with self._lock:
            connections, self._open = self._open, set()
        for each in connections:
            each.close()

    def send(self, method: str, path: str, **options: Any) -> Reply:
        """Send a request once, and return its reply regardless of the status.

        The options are ``query``, ``body``, ``headers`` and ``read_s`` of ``Transport.send``.
        Raises RequestNotSent if there is no connection, ConnectionBroken if it breaks later, and
        TargetNotReachable if the response does not come in time, is too large or is not JSON.
        """
        request = self._request(method, path, **options)
        connection = self._connection()
        try:
            response = connection.exchange(request, options.get("read_s") or self._timeouts.read_s)
        except AnswerLimitError as exc:
            self._drop()
            raise self._limited(exc) from exc
        except TimeoutError as exc:
            self._drop()
            raise TargetNotReachable(
                f"{self._target.label} did not respond in time.",
                hint="The request may still be running. Check before you repeat it.",
            ) from exc
        except (OSError, ValueError, EOFError) as exc:
            self._drop()
            raise connection_broken(self._target) from exc
        except BaseException:
            # The rest of the response must not be read as that of the next request.
            self._drop()
            raise
        if not response.kept:
            self._drop()
        return self._reply(response)

    def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        read_s: float | None = None,
        credentials: bool = True,
    ) -> bytes:
        if not credentials:
            raise NotImplementedError("A DirectTransport always sends the API key.")
        where = f"{path}?{_encoded(tuple(query.items()))}" if query else path
        sent = {**trace_headers(), **(headers or {})}
        more = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        if body is None:
            length = "Content-Length: 0\r\n" if method != "GET" else ""
            return f"{method} {where}{self._head}{more}{length}\r\n".encode("ascii")
        data = encode_json(body)
        more += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        return f"{method} {where}{self._head}{more}\r\n".encode("ascii") + data

    def _connection(self) -> DirectConnection:
        kept: DirectConnection | None = getattr(self._local, "connection", None)
        if kept is not None:
            if kept.is_usable:
                return kept
            self._drop()
        try:
            sock = socket.create_connection(self._address, self._timeouts.connect_s)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_hostname=self._address[0])
        except ssl.SSLError as exc:
            raise self._tls_error(exc) from exc
        except OSError as exc:
            words = "no connection in time" if isinstance(exc, TimeoutError) else exc.strerror
            reason = f" ({words.lower()})" if words else ""
            raise unreachable(self._target, reason, RequestNotSent) from exc
        connection = self._local.connection = DirectConnection(sock, self._limits)
        with self._lock:
            self._open.add(connection)
        return connection

    def _tls_error(self, exc: ssl.SSLError) -> FaasError:
        import requests

        from jupyter_faas.client.transport import tls_error

        return tls_error(requests.exceptions.SSLError(exc), self._target)

    def _drop(self) -> None:
        connection: DirectConnection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _reply(self, response: Response) -> Reply:
        status, headers, answer, _ = response
        if not answer:
            return Reply(status, None, headers)
        try:
            return Reply(status, json.loads(answer), headers)
        except (ValueError, RecursionError) as exc:
            kind = headers.get("content-type", "no content type").partition(";")[0]
            raise not_json(self._target, status, kind) from exc

    def _limited(self, exc: AnswerLimitError) -> TargetNotReachable:
        what = "too large" if isinstance(exc, AnswerTooLarge) else "too slow"
        return TargetNotReachable(
            f"The response from {self._target.label} was {what}, so it was not read completely.",
            hint=f"Check that {self._target.apihost} is the API host.",
        )


def _tls(target: Target) -> ssl.SSLContext:
    if target.insecure:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if target.ca is not None:
        return ssl.create_default_context(cafile=str(target.ca))
    import requests
    from requests.utils import DEFAULT_CA_BUNDLE_PATH

    # The file that the user's environment names for ``requests``, or the one that comes with it.
    with requests.Session() as session:
        found = session.merge_environment_settings(target.apihost, {}, None, None, None)["verify"]
    path = found if isinstance(found, str) else DEFAULT_CA_BUNDLE_PATH
    if os.path.isdir(path):
        return ssl.create_default_context(capath=path)
    return ssl.create_default_context(cafile=path)


@lru_cache(maxsize=128)
def _encoded(query: tuple[tuple[str, str | int], ...]) -> str:
    # Thousands of calls have the same one.
    return urlencode(query)
