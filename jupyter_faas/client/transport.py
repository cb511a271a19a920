"""HTTP requests to a target, with timeouts, retries, authentication and network errors.

``Transport.send`` uses one ``requests`` session, which keeps connections alive. It repeats a
request, after the pauses of ``Timeouts``, only if the connection could not be established or if a
GET was interrupted. Any other request may already have been executed. A request is never repeated
after a read timeout.

The API key is passed to each request as ``auth``. ``.netrc``, cookies and redirects are disabled,
so that the key is never sent to another host.

Replies with any status are returned, and ``errors.py`` converts them to exceptions. If there is no
reply, or if the reply is a redirect or not JSON, TargetNotReachable states the reason. Error
messages never contain the API key or the query of a redirect.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from jupyter_faas.client.target import Target
from jupyter_faas.client.transport_errors import (
    connection_broken,
    is_not_proved,
    is_retryable,
    is_unsent,
    not_json,
    repeat_hint,
    system_reason,
    tls_error,
    unreachable,
)
from jupyter_faas.errors import (
    FaasError,
    ParametersRejected,
    RequestNotSent,
    TargetNotReachable,
)
from jupyter_faas.telemetry import trace_headers

if TYPE_CHECKING:
    import requests

    from jupyter_faas.client.answer_limits import AnswerLimitError


@dataclass(frozen=True)
class Timeouts:
    """Timeouts in seconds for connecting and for reading, and the pauses before retries.

    ``read_s`` limits each wait for data. From the end of a request to the last byte of its answer
    at most ``read_s + answer_s`` may pass. ``most_bytes`` is the largest size of an answer. Code of
    48 MB fits in the default.

    If ``pauses_s`` is empty, requests are never repeated.
    """

    connect_s: float = 5.0
    read_s: float = 30.0
    pauses_s: tuple[float, ...] = (0.1, 0.5)
    answer_s: float = 120.0
    most_bytes: int = 128 * 1024 * 1024


@dataclass(frozen=True)
class Reply:
    """A reply with any status.

    ``body`` is the parsed JSON, plain text, or None if it is empty. The names of ``headers`` are in
    lower case.
    """

    status: int
    body: Any
    headers: Mapping[str, str]


class Transport:
    """A session with one target.

    It keeps connections alive, and never sends the API key to another host.
    """

    def __init__(
        self,
        target: Target,
        *,
        user_agent: str,
        timeouts: Timeouts,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        # These libraries are imported inside functions to keep ``import jupyter_faas`` fast.
        import requests
        import urllib3
        from requests.auth import HTTPBasicAuth

        from jupyter_faas.client.answer_limits import AnswerLimits, LimitedAdapter

        self._target = target
        self._timeouts = timeouts
        self._pause = pause
        user, _, key = target.auth.partition(":")
        self._auth = HTTPBasicAuth(user, key)
        self._session = requests.Session()
        self._session.headers["User-Agent"] = user_agent
        # An empty list of allowed domains disables cookies.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # Proxies from the environment cannot reach the loopback interface of this machine.
        self._session.trust_env = not target.is_local
        limits = AnswerLimits(timeouts.answer_s, timeouts.most_bytes)
        for scheme in ("http://", "https://"):
            adapter = LimitedAdapter(limits, target.auth if target.must_prove_key else "")
            self._session.mount(scheme, adapter)
        if target.insecure:
            # The user has chosen ``insecure``, so a warning for every request would not help.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def close(self) -> None:
        self._session.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: object = None,
        content: BinaryIO | None = None,
        headers: Mapping[str, str] | None = None,
        read_s: float | None = None,
        credentials: bool = True,
        plain: bool = False,
        probe: bool = False,
    ) -> Reply:
        """Send one request, and return its reply regardless of the status.

        ``body`` is sent as JSON. ``content`` is a file that is streamed unchanged. ``read_s``
        replaces the read timeout. If ``plain`` is true, a successful reply may also be plain text.
        If ``probe`` is true, the reply may be anything, such as a web page or a redirect, which
        are returned without a body.
        The module's docstring describes when a request is repeated.

        Raises TargetNotReachable if there is no reply, or if it is a redirect or not JSON, too slow
        or too large. Raises ParametersRejected if ``body`` is not JSON-serializable.
        """
        import requests

        from jupyter_faas.client.answer_limits import AnswerLimitError

        data = None if body is None else encode_json(body)
        sent = {**trace_headers(), **(headers or {})}
        if data is not None:
            sent["Content-Type"] = "application/json"
        if content is not None:
            sent["Content-Type"] = "application/octet-stream"
        pauses = iter(self._timeouts.pauses_s)
        while True:
            try:
                # The session's own way to prepare a request merges settings that are not used
                # here, which takes 0.04 ms of each call.
                prepared = requests.PreparedRequest()
                prepared.prepare(
                    method,
                    f"{self._target.apihost}{path}",
                    headers={**self._session.headers, **sent},
                    params=query,
                    data=data if content is None else content,
                    # If ``auth`` were None, requests would send a password in the URL.
                    auth=self._auth if credentials else _no_auth,
                )
                response = self._session.send(
                    prepared,
                    timeout=(self._timeouts.connect_s, read_s or self._timeouts.read_s),
                    allow_redirects=False,
                    **self._session.merge_environment_settings(
                        prepared.url, {}, True, self._verify(), None
                    ),
                )
                answer = self._content(response)
            except AnswerLimitError as exc:  # noqa: PERF203 - the loop is the retry
                raise self._limited(exc) from exc
            except requests.RequestException as exc:
                wait = next(pauses, None) if is_retryable(exc, method) else None
                if wait is None:
                    raise self._unreachable(exc, method) from exc
                self._pause(wait)
                # The failed attempt may have read part of the file.
                if content is not None:
                    content.seek(0)
            else:
                return self._read(response, answer, plain, probe)

    def _verify(self) -> bool | str | None:
        if self._target.insecure:
            return False
        # This is passed with each request, because REQUESTS_CA_BUNDLE overrides ``session.verify``.
        return str(self._target.ca) if self._target.ca else None

    def _content(self, response: requests.Response) -> bytes:
        """Read the body of a response, whose decoded size is limited too. A zip bomb is small."""
        from jupyter_faas.client.answer_limits import AnswerTooLarge

        pieces, left = [], self._timeouts.most_bytes
        try:
            for piece in response.iter_content(_PIECE_BYTES):
                pieces.append(piece)
                left -= len(piece)
                if left < 0:
                    raise AnswerTooLarge(self._timeouts.most_bytes)
        except BaseException:
            # The rest of the response must not be read by the next request on this connection.
            response.close()
            raise
        return b"".join(pieces)

    def _read(self, response: requests.Response, answer: bytes, plain: bool, probe: bool) -> Reply:
        headers = {name.lower(): value for name, value in response.headers.items()}
        if response.is_redirect and not probe:
            origin = _origin_of(headers.get("location", ""))
            raise TargetNotReachable(
                f"{self._target.label} redirects to {origin or 'another address'}.",
                hint="The key is sent only to the configured host. If the new host is correct, "
                f"use {origin or 'its address'} as the API host of the target.",
            )
        if not answer:
            return Reply(response.status_code, None, headers)
        try:
            body = json.loads(answer)
        except (ValueError, RecursionError) as exc:
            if probe:
                return Reply(response.status_code, None, headers)
            kind = headers.get("content-type", "no content type").partition(";")[0]
            # A web page with status 200 is an error too, because a login page or a proxy sent it.
            if plain and response.ok and kind == "text/plain":
                return Reply(response.status_code, answer.decode("utf-8", "replace"), headers)
            proxy = self._proxy()
            # Through a tunnel to an https host, only the host answers.
            if (
                proxy
                and self._target.apihost.startswith("http:")
                and response.status_code in _PROXY_STATUSES
            ):
                raise TargetNotReachable(
                    f"The proxy {proxy} responded instead of {self._target.label} (status "
                    f"{response.status_code}, {kind}).",
                    hint=self._proxy_hint(),
                ) from exc
            raise not_json(self._target, response.status_code, kind) from exc
        return Reply(response.status_code, body, headers)

    def _limited(self, exc: AnswerLimitError) -> TargetNotReachable:
        from jupyter_faas.client.answer_limits import AnswerTooLarge, AnswerTooSlow

        label, hint = self._target.label, f"Check that {self._target.apihost} is the API host."
        proxy = self._proxy()
        through = f" through the proxy {proxy}" if proxy else ""
        if isinstance(exc, AnswerTooLarge):
            most = exc.most // (1024 * 1024)
            return TargetNotReachable(
                f"The response from {label}{through} exceeds the limit of {most} MB.",
                hint=hint,
            )
        seconds = exc.seconds if isinstance(exc, AnswerTooSlow) else self._timeouts.answer_s
        return TargetNotReachable(
            f"{label} responded too slowly{through}: the response was not complete after "
            f"{seconds:.0f} s.",
            hint=self._proxy_hint() if proxy else hint,
        )

    def _proxy(self) -> str:
        """Return the proxy between this machine and the target, without its credentials."""
        if not self._session.trust_env:
            return ""
        from requests.utils import get_environ_proxies, select_proxy

        url = self._target.apihost
        found = select_proxy(url, get_environ_proxies(url))
        parts = urlsplit(found or "")
        if not parts.hostname:
            return ""
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"

    def _proxy_hint(self) -> str:
        return (
            "The proxy is set in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY. If the host is reachable "
            f"without the proxy, add {urlsplit(self._target.apihost).hostname} to NO_PROXY."
        )

    def _unreachable(self, exc: requests.RequestException, method: str) -> FaasError:
        import requests

        target = self._target
        # Specific errors are checked first, because most errors of requests are subclasses of
        # ConnectionError.
        if isinstance(exc, requests.exceptions.SSLError):
            return tls_error(exc, target)
        if isinstance(exc, requests.exceptions.ProxyError):
            return TargetNotReachable(
                f"The proxy {self._proxy()} cannot connect to {target.label}{system_reason(exc)}.",
                hint=self._proxy_hint(),
            )
        if isinstance(exc, requests.ReadTimeout):
            through = f" through the proxy {self._proxy()}" if self._proxy() else ""
            return TargetNotReachable(
                f"{target.label} did not respond in time{through}.",
                hint=repeat_hint(method),
            )
        if isinstance(exc, requests.ConnectionError) and not is_unsent(exc) and method != "GET":
            return connection_broken(target, method)
        unsent = is_unsent(exc)
        kind = RequestNotSent if unsent else TargetNotReachable
        return unreachable(target, system_reason(exc), kind, proved=not is_not_proved(exc))


_PIECE_BYTES = 64 * 1024
# The statuses with which proxies answer in place of a host.
_PROXY_STATUSES = frozenset({403, 407, 502, 503, 504})


def encode_json(body: object) -> bytes:
    """Return a request's body as JSON. Raises ParametersRejected. Bytes are JSON already."""
    if isinstance(body, bytes):
        return body
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as exc:
        raise ParametersRejected(
            f"The request cannot be written as JSON: {exc}.",
            hint="Use strings, numbers, true, false, null, lists, and dictionaries with string "
            "keys.",
        ) from exc


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _origin_of(location: str) -> str:
    parts = urlsplit(location)
    # The path is not shown, because the URL of a login page may contain tokens.
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if parts.hostname else ""
