"""The short way of a blocking invocation, whose address has been understood before.

What starlette does for a request (routing, its objects for requests, parameters and answers) takes
longer than a warm run. This does the same for the common case, and leaves every other to it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.connection import ANSWER
from jupyter_faas.playground.http.errors import INCOMPLETE, INTERNAL, error_response, faas_error
from jupyter_faas.playground.http.invocations import (
    ACTIVATION_ID,
    REPLAY,
    Asked,
    answer_of,
    later,
    read_asked,
)
from jupyter_faas.playground.http.query import as_payload
from jupyter_faas.playground.http.services import Services
from jupyter_faas.playground.jsontext import read_json
from jupyter_faas.playground.refusals import Malformed
from jupyter_faas.playground.run import Caller

log = logging.getLogger(__name__)

_PATH = re.compile(
    r"/api/v1/namespaces/(?P<namespace>[^/]+)/actions/(?:(?P<package>[^/]+)/)?(?P<name>[^/]+)"
)
# More addresses than that are not in use at a time.
_REMEMBERED = 1024
# Larger ones are parsed in a thread, elsewhere.
_LARGEST = 64 * 1024
_JSON = frozenset((b"application/json", b"application/json; charset=utf-8"))

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True)
class _Way:
    """An address that leads to a plain action; ``changes``: as things stood then."""

    asked: Asked
    changes: int


class Lane:
    """Blocking invocations of plain actions, with a small JSON body of a known length."""

    def __init__(self, known: Services, headers: Headers) -> None:
        """``headers`` are in every answer."""
        self._known = known
        self._headers = headers
        lines = b"".join(b"%b: %b\r\n" % each for each in headers).replace(b"%", b"%%")
        self._lines = (
            b"content-type: application/json\r\nx-openwhisk-activation-id: %b\r\n"
            b"x-request-id: %b\r\n" + lines
        )
        self._ways: dict[tuple[str, bytes, bytes], _Way] = {}

    def way(self, scope: Scope, headers: Mapping[bytes, bytes], caller: Caller) -> Asked | None:
        """What is asked for, if it can go this way. Nothing of the body has been read then."""
        length = headers.get(b"content-length", b"")
        # Digits without end are digits too, and int() would not take them.
        if not length.isdigit() or len(length) > 9 or not 0 < int(length) <= _LARGEST:
            return None
        if headers.get(b"content-type", b"").lower() not in _JSON or b"expect" in headers:
            return None
        key = (caller.namespace, scope["raw_path"], scope["query_string"])
        way = self._ways.get(key)
        changes = self._known.access.changes
        if way is None or way.changes != changes:
            asked = self._understood(scope, caller)
            if asked is None:
                return None
            if len(self._ways) >= _REMEMBERED:
                self._ways.clear()
            way = self._ways[key] = _Way(asked, changes)
        return way.asked

    def _understood(self, scope: Scope, caller: Caller) -> Asked | None:
        """None for what is refused too: whoever says so in the right words is not here."""
        match = _PATH.fullmatch(scope["path"])
        if match is None:
            return None
        named = {key: text for key, text in match.groupdict().items() if text is not None}
        request = Request({**scope, "path_params": named, "caller": caller})
        try:
            asked = read_asked(request, self._known)
            plan = self._known.invoker.lookup(asked.name, caller)
        except FaasError:
            return None
        return asked if asked.wait_s is not None and not plan.is_composite else None

    async def run(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        asked: Asked,
        headers: Mapping[bytes, bytes],
        caller: Caller,
    ) -> None:
        """Answer a request whose ``way`` was ``asked``."""
        transaction_id: str = scope["transaction_id"]
        at_once = scope.get(ANSWER)
        answered: asyncio.Task[None] | None = None

        async def answer(status: int, body: bytes, activation_id: str) -> None:
            if at_once is not None:
                headers = self._lines % (activation_id.encode(), transaction_id.encode())
                await at_once(status, headers, body)
                return
            await send(
                {
                    "type": "http.response.start",
                    "status": status,
                    "headers": [
                        (b"content-length", b"%d" % len(body)),
                        (b"content-type", b"application/json"),
                        (ACTIVATION_ID.encode(), activation_id.encode()),
                        (b"x-request-id", transaction_id.encode()),
                        *self._headers,
                    ],
                }
            )
            await send({"type": "http.response.body", "body": body})

        def late(activation_id: str) -> None:
            nonlocal answered
            work = answer(*later(activation_id), activation_id)
            answered = asyncio.get_running_loop().create_task(work)

        try:
            body = await _body(receive)
            if body is None:
                response = error_response(400, INCOMPLETE, transaction_id)
            else:
                known = self._known
                known.rates.invocation(caller.namespace)
                payload = _payload(body)
                known.rates.start(caller.namespace)
                done = await known.invoker.invoke_here(
                    asked.name,
                    payload,
                    caller=caller,
                    transaction_id=transaction_id,
                    wait_s=asked.wait_s or 0.0,
                    late=late,
                    keep_input=REPLAY.encode() not in headers,
                )
                if answered is None:
                    status, content = answer_of(done, asked.result_only)
                    await answer(status, content, done.activation.activation_id)
                return
        except Exception as error:
            if not isinstance(error, FaasError):
                log.exception("An invocation failed.")
            if answered is not None:
                return
            if isinstance(error, FaasError):
                response = faas_error(error, transaction_id)
            else:
                response = error_response(500, INTERNAL, transaction_id)
        response.raw_headers.append((b"x-request-id", transaction_id.encode()))
        response.raw_headers.extend(self._headers)
        await response(scope, receive, send)


async def _body(receive: Receive) -> bytes | None:
    """None when the client has gone before it was whole."""
    message: Message = await receive()
    body: bytes = message.get("body", b"")
    while message["type"] == "http.request" and message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body if message["type"] == "http.request" else None


def _payload(body: bytes) -> dict[str, object]:
    """Raises Malformed."""
    try:
        value = read_json(body) if body.strip() else None
    except ValueError as error:
        raise Malformed(str(error)) from error
    return as_payload(value)
