"""``DirectTransport``: many requests at a time on kept connections, for thousands of calls.

A request through ``requests`` takes about a millisecond of this process's own time, of which
Python runs one at a time. With many calls at once, that and not the host would set the pace. This
transport writes the request and reads the response itself (``direct_connection``), in about a
twentieth of the time. All requests share one thread with an event loop, because threads that take
the interpreter from each other for every request take as long as the requests.

It sends each request once and never repeats it: its callers (``workspace/batches``) decide that
for each call. The responses and errors are those of ``Transport``. It does not follow redirects,
and does not know proxies: ``transport_for_batches`` uses ``ThreadedTransport`` if there is one.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import ssl
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from contextvars import copy_context
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from jupyter_faas.client.answer_limits import AnswerLimitError, AnswerLimits, AnswerTooLarge
from jupyter_faas.client.base import USER_AGENT, Sender
from jupyter_faas.client.direct_connection import DirectConnection, Response
from jupyter_faas.client.target import Target
from jupyter_faas.client.transport import Reply, Timeouts, Transport, encode_json
from jupyter_faas.client.transport_errors import (
    connection_broken,
    not_json,
    repeat_hint,
    tls_error,
    unreachable,
)
from jupyter_faas.errors import FaasError, RequestNotSent, TargetNotReachable
from jupyter_faas.playground_proof import Challenge, NotProved
from jupyter_faas.telemetry import trace_headers

# The connections that are opened at a time. If a hundred are opened at once, a host with a short
# queue drops some of them, which look open to this side, and whose requests are never answered.
_MOST_OPENING = 4


class AsyncSender(Protocol):
    """A transport for an event loop."""

    @property
    def send(self) -> Callable[..., Coroutine[Any, Any, Reply]]:
        """Send a request, with the arguments of ``Transport.send``."""
        ...

    def close(self) -> None: ...


def transport_for_batches(target: Target, timeouts: Timeouts | None = None) -> AsyncSender:
    """Return the fastest transport that reaches the target. Call this in the event loop."""
    timeouts = timeouts or Timeouts()
    if not target.is_local:
        from requests.utils import get_environ_proxies, select_proxy

        if select_proxy(target.apihost, get_environ_proxies(target.apihost)):
            return ThreadedTransport(Transport(target, user_agent=USER_AGENT, timeouts=timeouts))
    return DirectTransport(target, timeouts)


class ThreadedTransport:
    """A transport that blocks, with a thread for each request."""

    def __init__(self, transport: Sender) -> None:
        self._transport = transport

    def close(self) -> None:
        self._transport.close()

    async def send(self, method: str, path: str, **options: Any) -> Reply:
        """Send a request with the arguments, result and errors of ``Transport.send``."""
        loop = asyncio.get_running_loop()
        reply: asyncio.Future[Reply] = loop.create_future()

        def settle(set_value: Callable[[Any], None], value: object) -> None:
            # The caller may have been cancelled.
            if not reply.done():
                set_value(value)

        def send() -> None:
            # The loop may have been closed.
            with suppress(RuntimeError):
                try:
                    found = self._transport.send(method, path, **options)
                except BaseException as error:
                    loop.call_soon_threadsafe(settle, reply.set_exception, error)
                else:
                    loop.call_soon_threadsafe(settle, reply.set_result, found)

        # With the current span. A daemon, because the process need not wait for it.
        threading.Thread(target=copy_context().run, args=(send,), daemon=True).start()
        return await reply


class DirectTransport:
    """Requests with a JSON body or none. Use it only in one event loop."""

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
        self._idle: list[DirectConnection] = []
        self._opening = asyncio.Semaphore(_MOST_OPENING)

    def close(self) -> None:
        """Close the connections that no request uses."""
        for each in self._idle:
            each.close()
        self._idle.clear()

    async def send(self, method: str, path: str, **options: Any) -> Reply:
        """Send a request once, and return its reply regardless of the status.

        The options are ``query``, ``body``, ``headers`` and ``read_s`` of ``Transport.send``.
        Raises RequestNotSent if there is no connection, ConnectionBroken if it breaks later, and
        TargetNotReachable if the response does not come in time, is too large or is not JSON.
        """
        request = self._request(method, path, **options)
        connection = await self._connection()
        try:
            response = await connection.exchange(
                request, options.get("read_s") or self._timeouts.read_s
            )
        except AnswerLimitError as exc:
            connection.close()
            raise self._limited(exc) from exc
        except TimeoutError as exc:
            connection.close()
            raise TargetNotReachable(
                f"{self._target.label} did not respond in time.",
                hint=repeat_hint(method),
            ) from exc
        except (OSError, ValueError, EOFError) as exc:
            connection.close()
            raise connection_broken(self._target, method) from exc
        except BaseException:
            # The rest of the response must not be read as that of the next request.
            connection.close()
            raise
        if response.kept:
            self._idle.append(connection)
        else:
            connection.close()
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
    ) -> bytes:
        where = f"{path}?{_encoded(tuple(query.items()))}" if query else path
        sent = {**trace_headers(), **(headers or {})}
        more = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        if body is None:
            length = "Content-Length: 0\r\n" if method != "GET" else ""
            return f"{method} {where}{self._head}{more}{length}\r\n".encode("ascii")
        data = encode_json(body)
        more += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        return f"{method} {where}{self._head}{more}\r\n".encode("ascii") + data

    async def _connection(self) -> DirectConnection:
        # The one that was used last has been idle for the shortest time.
        while self._idle:
            kept = self._idle.pop()
            if kept.is_usable:
                return kept
            kept.close()
        host, port = self._address
        try:
            async with self._opening:
                _, connection = await asyncio.wait_for(
                    asyncio.get_running_loop().create_connection(
                        lambda: DirectConnection(self._limits), host, port, ssl=self._tls
                    ),
                    self._timeouts.connect_s,
                )
            if self._target.must_prove_key:
                await self._challenge(connection)
        except ssl.SSLError as exc:
            raise self._tls_error(exc) from exc
        except (OSError, asyncio.TimeoutError) as exc:
            is_late = isinstance(exc, (TimeoutError, asyncio.TimeoutError))
            words = "no connection in time" if is_late else getattr(exc, "strerror", None)
            reason = f" ({_system_words(exc, words)})" if words else ""
            proved = not isinstance(exc, NotProved)
            raise unreachable(self._target, reason, RequestNotSent, proved=proved) from exc
        return connection

    async def _challenge(self, connection: DirectConnection) -> None:
        """Let a playground prove its key. Raises OSError, after closing the connection."""
        challenge = Challenge(self._target.auth, self._address[1])
        try:
            answer = await connection.exchange(challenge.request, self._timeouts.connect_s)
            challenge.check(answer.headers, answer.body)
        except (AnswerLimitError, ValueError, EOFError) as exc:
            connection.close()
            raise NotProved from exc
        except BaseException:
            connection.close()
            raise

    def _tls_error(self, exc: ssl.SSLError) -> FaasError:
        import requests

        return tls_error(requests.exceptions.SSLError(exc), self._target)

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


def _system_words(exc: BaseException, words: str) -> str:
    # asyncio puts the address into the text of the system's error.
    number = getattr(exc, "errno", None)
    return (os.strerror(number) if isinstance(number, int) and number > 0 else words).lower()


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
