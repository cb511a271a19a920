"""``DirectTransport``: requests on kept connections, one per thread, for thousands of calls.

A request through ``requests`` takes about a millisecond of this process's own time, of which
Python runs one at a time. With many calls at once, that and not the host would set the pace. This
transport writes the request and reads the response itself, in about a tenth of the time.

It sends each request once and never repeats it: its callers (``workspace/batches``) decide that
for each call. The responses and errors are those of ``Transport``. It does not follow redirects,
and does not know proxies, so ``transport_for_batches`` uses it only where there is no proxy.
"""

from __future__ import annotations

import base64
import io
import json
import os
import select
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, BinaryIO
from urllib.parse import urlencode, urlsplit

from jupyter_faas.client.answer_limits import (
    AnswerLimitError,
    AnswerLimits,
    AnswerTooLarge,
    LimitedReader,
)
from jupyter_faas.client.base import USER_AGENT, Sender
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

# The longest line of a response's header, in bytes.
_LINE_BYTES = 65_536


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
        self._open: set[socket.socket] = set()

    def close(self) -> None:
        """Close all connections. Threads that wait for a response get ConnectionBroken."""
        with self._lock:
            sockets, self._open = self._open, set()
        for each in sockets:
            _close(each)

    def send(self, method: str, path: str, **options: Any) -> Reply:
        """Send a request once, and return its reply regardless of the status.

        The options are ``query``, ``body``, ``headers`` and ``read_s`` of ``Transport.send``.
        Raises RequestNotSent if there is no connection, ConnectionBroken if it breaks later, and
        TargetNotReachable if the response does not come in time, is too large or is not JSON.
        """
        request = self._request(method, path, **options)
        sock = self._connection()
        sock.settimeout(options.get("read_s") or self._timeouts.read_s)
        try:
            sock.sendall(request)
            status, headers, answer, kept = self._response(sock)
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
        if not kept:
            self._drop()
        return self._reply(status, headers, answer)

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
        where = f"{path}?{urlencode(query)}" if query else path
        sent = {**trace_headers(), **(headers or {})}
        more = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        if body is None:
            length = "Content-Length: 0\r\n" if method != "GET" else ""
            return f"{method} {where}{self._head}{more}{length}\r\n".encode("ascii")
        data = encode_json(body)
        more += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        return f"{method} {where}{self._head}{more}\r\n".encode("ascii") + data

    def _connection(self) -> socket.socket:
        sock: socket.socket | None = getattr(self._local, "sock", None)
        if sock is not None:
            # A kept connection with something to read has ended, or is out of step.
            if sock.fileno() >= 0 and not _is_readable(sock):
                return sock
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
        with self._lock:
            self._open.add(sock)
        self._local.sock = sock
        return sock

    def _tls_error(self, exc: ssl.SSLError) -> FaasError:
        import requests

        from jupyter_faas.client.transport import tls_error

        return tls_error(requests.exceptions.SSLError(exc), self._target)

    def _drop(self) -> None:
        sock: socket.socket | None = getattr(self._local, "sock", None)
        self._local.sock = None
        if sock is not None:
            with self._lock:
                self._open.discard(sock)
            _close(sock)

    def _response(self, sock: socket.socket) -> tuple[int, dict[str, str], bytes, bool]:
        """Read a response: its status, headers and body, and whether the connection is kept."""
        raw = sock.makefile("rb", buffering=0)
        with io.BufferedReader(LimitedReader(raw, sock, self._limits)) as stream:
            status, headers = 100, dict[str, str]()
            # 1xx responses precede the real one.
            while 100 <= status < 200:
                line = stream.readline(_LINE_BYTES)
                if not line.endswith(b"\n"):
                    raise EOFError
                version, code = line.split(None, 2)[:2]
                status, headers = int(code), _headers(stream)
            body = self._body(stream, status, headers)
        kept = headers.get("connection", "").lower() != "close" and version == b"HTTP/1.1"
        if body is None:
            return status, headers, b"", kept
        whole = "content-length" in headers or _is_chunked(headers)
        return status, headers, body, kept and whole

    def _body(self, stream: BinaryIO, status: int, headers: Mapping[str, str]) -> bytes | None:
        if status in (204, 304):
            return None
        if _is_chunked(headers):
            return self._chunks(stream)
        if "content-length" not in headers:
            return stream.read()
        length = int(headers["content-length"])
        if length > self._timeouts.most_bytes:
            raise AnswerTooLarge(self._timeouts.most_bytes)
        data = stream.read(length)
        if len(data) < length:
            raise EOFError
        return data

    def _chunks(self, stream: BinaryIO) -> bytes:
        pieces: list[bytes] = []
        # The reader raises AnswerTooLarge before the pieces fill the memory.
        while size := int(stream.readline(_LINE_BYTES).partition(b";")[0], 16):
            piece = stream.read(size)
            if len(piece) < size:
                raise EOFError
            pieces.append(piece)
            stream.readline(_LINE_BYTES)
        _headers(stream)
        return b"".join(pieces)

    def _reply(self, status: int, headers: Mapping[str, str], answer: bytes) -> Reply:
        if not answer:
            return Reply(status, None, headers)
        try:
            return Reply(status, json.loads(answer), headers)
        except ValueError as exc:
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


def _headers(stream: BinaryIO) -> dict[str, str]:
    found: dict[str, str] = {}
    while (line := stream.readline(_LINE_BYTES)) not in (b"\r\n", b"\n"):
        if not line.endswith(b"\n"):
            raise EOFError
        name, _, value = line.decode("latin-1").partition(":")
        found[name.strip().lower()] = value.strip()
    return found


def _is_chunked(headers: Mapping[str, str]) -> bool:
    return headers.get("transfer-encoding", "").lower() == "chunked"


def _is_readable(sock: socket.socket) -> bool:
    # ``select.select`` fails for file descriptors above 1023.
    if not hasattr(select, "poll"):
        return bool(select.select([sock], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _close(sock: socket.socket) -> None:
    # ``close`` alone does not wake a thread that waits in ``recv``.
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
