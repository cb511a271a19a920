"""``POST /namespaces/{ns}/actions/[{package}/]{name}``: invoke an action (contract §3.2).

Starlette's routing and its request and response objects take longer than a warm run. Therefore
``DirectInvocations`` handles typical requests, which have a small JSON body of a known length and a
valid API key, without Starlette. ``invoke_action`` is the route for all other requests. Both start
the run with ``Invoker.start`` and respond with the same status, headers and body.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import replace
from functools import partial
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple, Protocol
from urllib.parse import unquote

import httptools
import orjson
from starlette.requests import Request
from starlette.responses import Response

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.http.actions import action_name
from jupyter_faas.playground.http.auth import Authenticator, is_loopback_host
from jupyter_faas.playground.http.errors import invocation_error, is_router_error
from jupyter_faas.playground.http.info import raw_response
from jupyter_faas.playground.http.parsing import boolean, json_payload, payload_of, wait_ms
from jupyter_faas.playground.http.paths import is_normal
from jupyter_faas.playground.http.services import Services, caller, origin_of, services_of
from jupyter_faas.playground.invocation.run import Finished
from jupyter_faas.playground.invocation.run_client import Answer
from jupyter_faas.playground.webserver.direct_request import DirectHandler, DirectRequest
from jupyter_faas.playground.webserver.negotiation import accepts
from jupyter_faas.telemetry import CALL, Origin, TraceContext
from jupyter_faas.whisk import FullName
from jupyter_faas.whisk.activations import APPLICATION_ERROR, DEVELOPER_ERROR, SUCCESS, WHISK_ERROR
from jupyter_faas.whisk.entities import SEQUENCE

log = logging.getLogger(__name__)

_STATUS = MappingProxyType(
    {SUCCESS: 200, APPLICATION_ERROR: 502, DEVELOPER_ERROR: 502, WHISK_ERROR: 500}
)
ACTIVATION_ID = "x-openwhisk-activation-id"
# This request header marks a replay, whose input has already been kept.
REPLAY = "x-faas-replay"
_REPLAY = REPLAY.encode()

_PATH = re.compile(
    r"/api/v1/namespaces/(?P<namespace>[^/]+)/actions/(?:(?P<package>[^/]+)/)?(?P<name>[^/]+)"
)
_PATH_BEGIN = b"/api/v1/namespaces/"
# The maximum number of cached handlers. It exceeds the number of clients and URLs in use at a time.
_CACHE_SIZE = 1024
_MAX_CACHED_BYTES = 4096
# Requests with larger bodies are left to the route, which can parse them in a thread.
_MAX_BODY_BYTES = 64 * 1024
_JSON = frozenset((b"application/json", b"application/json; charset=utf-8"))


_TRACE = frozenset((b"traceparent", b"tracestate"))


class _Handler(Protocol):
    """A ``DirectHandler`` that also accepts the trace context of the request."""

    def __call__(self, request: DirectRequest, trace: TraceContext | None = None) -> None: ...


def _trace_of(headers: list[tuple[bytes, bytes]]) -> TraceContext | None:
    """Return the trace context of a request, or None if a header is repeated or invalid."""
    found = [each for each in headers if each[0] in _TRACE]
    fields = {name.decode(): value.decode("latin-1") for name, value in found}
    return TraceContext.of_headers(fields) if len(fields) == len(found) else None


class InvocationRequest(NamedTuple):
    """The parameters in the URL of an invocation.

    ``wait_s`` is None if the invocation is not blocking. If ``result_only`` is true, the response
    contains only the result.
    """

    name: FullName
    wait_s: float | None
    result_only: bool


def read_request(request: Request, max_wait_ms: int) -> InvocationRequest:
    """Parse the URL of an invocation. Raises MalformedQuery or NameNotAllowed."""
    blocking = boolean(request, "blocking", False)
    result_only = boolean(request, "result", False)
    wait = wait_ms(request, max_wait_ms)
    return InvocationRequest(action_name(request), wait / 1000 if blocking else None, result_only)


def answer_of(answer: Finished | str, result_only: bool) -> tuple[int, str, bytes]:
    """Return the status, activation id and body of the response to an invocation.

    ``answer`` is a finished run, or the activation id of a run that continues.
    """
    if isinstance(answer, str):
        return 202, answer, orjson.dumps({"activationId": answer})
    response = answer.response
    status = _STATUS[response.status_code]
    # A list is always sent without its record, whether or not the client asked for the result only.
    if result_only or isinstance(response.result, list):
        return status, answer.activation_id, orjson.dumps(response.result)
    # Logs are not part of the response, except those of sequences and compositions, which are the
    # ids of the components.
    if not answer.logs or answer.activation.kind == SEQUENCE:
        return status, answer.activation_id, answer.doc
    return (
        status,
        answer.activation_id,
        orjson.dumps(replace(answer.activation, logs=()).to_json()),
    )


async def invoke_action(request: Request) -> Response:
    services = services_of(request)
    own = caller(request)
    services.rates.count_invocation(own.namespace)
    invocation = read_request(request, services.bounds.max_blocking)
    payload = await json_payload(request, services.bounds.max_payload_bytes)
    services.rates.check_concurrency(own.namespace)
    origin = origin_of(request)
    answer = await services.invoker.invoke(
        invocation.name,
        payload,
        caller=own,
        transaction_id=request.scope["transaction_id"],
        wait_s=invocation.wait_s,
        keep_input=REPLAY not in request.headers,
        trace=TraceContext.of_headers(request.headers),
        origin=origin,
    )
    status, activation_id, content = answer_of(answer, invocation.result_only)
    origin.answered(status)
    return raw_response(content, status, {ACTIVATION_ID: activation_id})


class DirectInvocations:
    """Handles invocations without creating tasks or Starlette's objects.

    ``webserver.connection`` calls ``find_handler`` for each request. If it returns None, the
    request has not had any effect and is passed to ``invoke_action``.
    """

    def __init__(
        self,
        services: Services,
        authenticator: Authenticator,
        headers: tuple[tuple[bytes, bytes], ...],
    ) -> None:
        """Create the handler. ``headers`` are those that only the API's own responses have."""
        self._services = services
        self._authenticator = authenticator
        self._headers = HeaderLines(headers)
        # Handlers are cached by URL and headers, because clients repeat them. The cache is cleared
        # when the API keys of namespaces change.
        self._handlers: dict[tuple[object, ...], _Handler] = {}
        self._generation = -1

    def find_handler(
        self, method: bytes, url: bytes, headers: list[tuple[bytes, bytes]]
    ) -> DirectHandler | None:
        """Return the handler of a simple invocation, or None for any other request.

        Also returns None for invalid requests, so that the route responds with the right error.
        """
        if method != b"POST" or not url.startswith(_PATH_BEGIN):
            return None
        if not is_normal(url):
            return None
        namespaces = self._services.namespaces
        if not namespaces.is_current(self._generation):
            self._generation = namespaces.generation
            self._handlers.clear()
        # Headers contain API keys, but the time of a lookup does not help an attacker to guess one.
        # A dictionary compares only entries with the same hash, and hashes are randomly seeded.
        key = (url, *headers)
        handler = self._handlers.get(key)
        if handler is not None:
            return handler
        # Trace headers differ in every request, so they are looked for only now, and the cache
        # does not contain them.
        rest = [each for each in headers if each[0] not in _TRACE]
        if len(rest) == len(headers):
            return self._cached_handler(url, headers)
        handler = self._cached_handler(url, rest)
        return handler and partial(handler, trace=_trace_of(headers))

    def _cached_handler(self, url: bytes, headers: list[tuple[bytes, bytes]]) -> _Handler | None:
        """Return the handler of a request, whose headers do not include those of a trace."""
        key = (url, *headers)
        handler = self._handlers.get(key)
        if handler is None:
            handler = self._create_handler(url, headers)
            if handler is not None and sum(map(len, chain(*headers))) <= _MAX_CACHED_BYTES:
                if len(self._handlers) >= _CACHE_SIZE:
                    self._handlers.clear()
                self._handlers[key] = handler
        return handler

    def _create_handler(self, url: bytes, headers: list[tuple[bytes, bytes]]) -> _Handler | None:
        fields = dict(headers)
        # Requests with repeated headers, a transaction id or ``Expect`` are rare, so they are left
        # to the route.
        if len(fields) != len(headers) or b"x-request-id" in fields or b"expect" in fields:
            return None
        length = fields.get(b"content-length", b"")
        # The number of digits is checked first, because ``int`` is slow for very long strings.
        if not length.isdigit() or len(length) > 9 or not 0 < int(length) <= _MAX_BODY_BYTES:
            return None
        if fields.get(b"content-type", b"").lower() not in _JSON:
            return None
        if not _accepts_json(fields):
            return None
        host = fields.get(b"host")
        if host is not None and not is_loopback_host(host):
            return None
        try:
            caller = self._authenticator.check(fields.get(b"authorization", b"").decode("latin-1"))
            target = httptools.parse_url(url)
            match = _PATH.fullmatch(unquote(target.path.decode("ascii")))
            if match is None:
                return None
            named = {name: text for name, text in match.groupdict().items() if text is not None}
            scope = {"type": "http", "path_params": named, "caller": caller, "headers": []}
            request = Request({**scope, "query_string": target.query or b""})
            invocation = read_request(request, self._services.bounds.max_blocking)
        except (FaasError, httptools.HttpParserInvalidURLError, UnicodeDecodeError):
            return None
        where = None
        if self._services.telemetry.is_on:
            where = target.path.decode("ascii"), (host or b"").decode("latin-1")
        return partial(self._start, invocation, caller, _REPLAY not in fields, where)

    def _start(
        self,
        invocation: InvocationRequest,
        caller: Caller,
        keep_input: bool,
        where: tuple[str, str] | None,
        request: DirectRequest,
        trace: TraceContext | None = None,
    ) -> None:
        services = self._services
        services.touch()
        transaction_id = services.new_id()
        origin = CALL
        if where is not None:
            path, host = where
            origin = Origin.of_request("POST", path, request.scheme, host)
        on_answer = partial(self._respond, request, invocation.result_only, transaction_id, origin)
        try:
            services.rates.count_invocation(caller.namespace)
            payload = payload_of(request.body)
            services.rates.check_concurrency(caller.namespace)
            services.invoker.start(
                invocation.name,
                payload,
                caller=caller,
                transaction_id=transaction_id,
                wait_s=invocation.wait_s,
                on_answer=on_answer,
                keep_input=keep_input,
                trace=trace,
                origin=origin,
            )
        except Exception as error:
            if not isinstance(error, FaasError):
                log.exception("An invocation could not be started.")
            # The answer is deferred, because the connection is still parsing received data.
            asyncio.get_running_loop().call_soon(on_answer, error)

    def _respond(
        self,
        request: DirectRequest,
        result_only: bool,
        transaction_id: str,
        origin: Origin,
        answer: Answer,
    ) -> None:
        if isinstance(answer, Exception):
            response = invocation_error(answer, transaction_id)
            origin.answered(response.status_code)
            lines = self._headers.of_error(transaction_id, cors=not is_router_error(answer))
            request.respond(response.status_code, lines, bytes(response.body))
            return
        status, activation_id, content = answer_of(answer, result_only)
        origin.answered(status)
        request.respond(status, self._headers.of_run(activation_id, transaction_id), content)


def _accepts_json(fields: dict[bytes, bytes]) -> bool:
    accept, charsets = (
        (fields[name].decode("latin-1"),) if name in fields else ()
        for name in (b"accept", b"accept-charset")
    )
    return accepts(accept, charsets, "application/json")


class HeaderLines:
    """Templates for response headers, without the headers that the connection adds.

    The given headers (CORS) are left out of the responses to requests that the router refuses.
    """

    def __init__(self, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        lines = b"".join(b"%b: %b\r\n" % each for each in headers).replace(b"%", b"%%")
        self._refused = b"content-type: application/json\r\nx-request-id: %b\r\n"
        self._error = self._refused + lines
        self._run = b"%b: %%b\r\n%b" % (ACTIVATION_ID.encode(), self._error)

    def of_run(self, activation_id: str, transaction_id: str) -> bytes:
        return self._run % (activation_id.encode(), transaction_id.encode())

    def of_error(self, transaction_id: str, *, cors: bool = True) -> bytes:
        return (self._error if cors else self._refused) % transaction_id.encode()
