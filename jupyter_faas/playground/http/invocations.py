"""``POST /namespaces/{ns}/actions/[{package}/]{name}``: invoke an action (contract §3.2).

Starlette's routing and its request and response objects take longer than a warm run. So
``DirectInvocations`` handles what nearly all clients send (a small JSON body of a known length, a
key that was checked before) without them; ``invoke_action`` is the route for every other request.
Both start the run with ``Invoker.start`` and answer with the same status, headers and body.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.http.actions import action_name
from jupyter_faas.playground.http.auth import Authenticator, is_loopback_host
from jupyter_faas.playground.http.errors import invocation_error
from jupyter_faas.playground.http.info import raw_response
from jupyter_faas.playground.http.parsing import boolean, json_payload, payload_of, wait_ms
from jupyter_faas.playground.http.services import Services, caller, services
from jupyter_faas.playground.httpd.connection import DirectHandler, Respond
from jupyter_faas.playground.invocation.invoker import Answer
from jupyter_faas.playground.invocation.run import Finished
from jupyter_faas.whisk import FullName
from jupyter_faas.whisk.activations import APPLICATION_ERROR, DEVELOPER_ERROR, SUCCESS, WHISK_ERROR
from jupyter_faas.whisk.entities import SEQUENCE

log = logging.getLogger(__name__)

_STATUS = MappingProxyType(
    {SUCCESS: 200, APPLICATION_ERROR: 502, DEVELOPER_ERROR: 502, WHISK_ERROR: 500}
)
ACTIVATION_ID = "x-openwhisk-activation-id"
# The input is one that was kept before.
REPLAY = "x-faas-replay"

_PATH = re.compile(
    r"/api/v1/namespaces/(?P<namespace>[^/]+)/actions/(?:(?P<package>[^/]+)/)?(?P<name>[^/]+)"
)
_PATH_BEGIN = "/api/v1/namespaces/"
# More URLs than that are not in use at a time.
_CACHE_SIZE = 1024
# Larger bodies are parsed in a thread, which is the route's part.
_MAX_BODY_BYTES = 64 * 1024
_JSON = frozenset((b"application/json", b"application/json; charset=utf-8"))


@dataclass(frozen=True)
class InvocationRequest:
    """What the URL of an invocation says. ``wait_s`` is None for one that is not blocking."""

    name: FullName
    wait_s: float | None
    result_only: bool


def read_request(request: Request, max_wait_ms: int) -> InvocationRequest:
    """Raises MalformedQuery, NameNotAllowed."""
    blocking = boolean(request, "blocking", False)
    result_only = boolean(request, "result", False)
    wait = wait_ms(request, max_wait_ms)
    return InvocationRequest(action_name(request), wait / 1000 if blocking else None, result_only)


def answer_of(answer: Finished | str, result_only: bool) -> tuple[int, str, bytes]:
    """Return status, activation id and body for a run that has ended, or for one that goes on."""
    if isinstance(answer, str):
        return 202, answer, orjson.dumps({"activationId": answer})
    response = answer.response
    status = _STATUS[response.status_code]
    # A list is the whole answer, whether or not only the result was asked for.
    if result_only or isinstance(response.result, list):
        return status, answer.activation_id, orjson.dumps(response.result)
    # The logs of a sequence or composition are the ids of its components, which its caller sees.
    if not answer.logs or answer.activation.kind == SEQUENCE:
        return status, answer.activation_id, answer.doc
    return (
        status,
        answer.activation_id,
        orjson.dumps(replace(answer.activation, logs=()).to_json()),
    )


async def invoke_action(request: Request) -> Response:
    parts = services(request)
    own = caller(request)
    parts.rates.count_invocation(own.namespace)
    asked = read_request(request, parts.bounds.max_blocking)
    payload = await json_payload(request, parts.bounds.max_payload_bytes)
    parts.rates.check_concurrency(own.namespace)
    answer = await parts.invoker.invoke(
        asked.name,
        payload,
        caller=own,
        transaction_id=request.scope["transaction_id"],
        wait_s=asked.wait_s,
        keep_input=REPLAY not in request.headers,
    )
    status, activation_id, content = answer_of(answer, asked.result_only)
    return raw_response(content, status, {ACTIVATION_ID: activation_id})


class DirectInvocations:
    """Invocations that cost no task and none of starlette's objects.

    ``find_handler`` is for ``httpd.connection``. A request that it declines has had no effect, and
    goes to ``invoke_action``.
    """

    def __init__(
        self,
        parts: Services,
        authenticator: Authenticator,
        headers: tuple[tuple[bytes, bytes], ...],
    ) -> None:
        """``headers`` are in every response."""
        self._parts = parts
        self._authenticator = authenticator
        self._headers = HeaderLines(headers)
        # By namespace of the caller, path and query, on which alone the values depend.
        self._requests: dict[tuple[str, bytes, bytes], InvocationRequest] = {}

    def find_handler(self, scope: Scope) -> DirectHandler | None:
        """Return what handles the body of a request, or None if this is not a simple invocation.

        None also for one that will be refused: the route finds the right words for that.
        """
        if scope["method"] != "POST" or not scope["path"].startswith(_PATH_BEGIN):
            return None
        headers = dict(scope["headers"])
        # A header that stands twice, or a transaction id of the client's own, is rare.
        if len(headers) != len(scope["headers"]) or b"x-request-id" in headers:
            return None
        length = headers.get(b"content-length", b"")
        # int() would not take digits without end.
        if not length.isdigit() or len(length) > 9 or not 0 < int(length) <= _MAX_BODY_BYTES:
            return None
        if headers.get(b"content-type", b"").lower() not in _JSON or b"expect" in headers:
            return None
        host, credentials = headers.get(b"host"), headers.get(b"authorization")
        if credentials is None or (host is not None and not is_loopback_host(host)):
            return None
        own = self._authenticator.recall(credentials)
        if own is None:
            return None
        asked = self._read(scope, own)
        if asked is None:
            return None
        return partial(self._start, asked, own, REPLAY.encode() not in headers)

    def _read(self, scope: Scope, own: Caller) -> InvocationRequest | None:
        key = (own.namespace, scope["raw_path"], scope["query_string"])
        asked = self._requests.get(key)
        if asked is None:
            match = _PATH.fullmatch(scope["path"])
            if match is None:
                return None
            named = {name: text for name, text in match.groupdict().items() if text is not None}
            request = Request({**scope, "path_params": named, "caller": own})
            try:
                asked = read_request(request, self._parts.bounds.max_blocking)
            except FaasError:
                return None
            if len(self._requests) >= _CACHE_SIZE:
                self._requests.clear()
            self._requests[key] = asked
        return asked

    def _start(
        self,
        asked: InvocationRequest,
        own: Caller,
        keep_input: bool,
        body: bytes | bytearray,
        respond: Respond,
    ) -> None:
        parts = self._parts
        parts.touch()
        transaction_id = parts.new_id()
        on_answer = partial(self._answer, asked.result_only, transaction_id, respond)
        try:
            parts.rates.count_invocation(own.namespace)
            payload = payload_of(body)
            parts.rates.check_concurrency(own.namespace)
            parts.invoker.start(
                asked.name,
                payload,
                caller=own,
                transaction_id=transaction_id,
                wait_s=asked.wait_s,
                on_answer=on_answer,
                keep_input=keep_input,
            )
        except Exception as error:
            if not isinstance(error, FaasError):
                log.exception("An invocation could not be started.")
            # Not at once: the connection is still parsing what has come.
            asyncio.get_running_loop().call_soon(on_answer, error)

    def _answer(
        self, result_only: bool, transaction_id: str, respond: Respond, answer: Answer
    ) -> None:
        if isinstance(answer, Exception):
            response = invocation_error(answer, transaction_id)
            respond(
                response.status_code, self._headers.of_error(transaction_id), bytes(response.body)
            )
            return
        status, activation_id, content = answer_of(answer, result_only)
        respond(status, self._headers.of_run(activation_id, transaction_id), content)


class HeaderLines:
    """The headers of a response, without those that the connection adds."""

    def __init__(self, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        lines = b"".join(b"%b: %b\r\n" % each for each in headers).replace(b"%", b"%%")
        self._error = b"content-type: application/json\r\nx-request-id: %b\r\n" + lines
        self._run = b"%b: %%b\r\n%b" % (ACTIVATION_ID.encode(), self._error)

    def of_run(self, activation_id: str, transaction_id: str) -> bytes:
        return self._run % (activation_id.encode(), transaction_id.encode())

    def of_error(self, transaction_id: str) -> bytes:
        return self._error % transaction_id.encode()
