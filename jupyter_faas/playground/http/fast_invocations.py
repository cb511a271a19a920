"""The short way of a blocking invocation, whose address has been understood before.

What starlette does for a request (routing, its objects for requests, parameters and answers) takes
longer than a warm run. This does the same for the common case, and leaves every other to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.http.errors import INCOMPLETE, error_response, invocation_error
from jupyter_faas.playground.http.info import raw_response
from jupyter_faas.playground.http.invocations import (
    ACTIVATION_ID,
    REPLAY,
    Asked,
    answer_of,
    later,
    read_asked,
)
from jupyter_faas.playground.http.parsing import payload_of
from jupyter_faas.playground.http.preparsed_invocations import Headers, Lines, Shortcut
from jupyter_faas.playground.http.services import Services
from jupyter_faas.playground.httpd.connection import ANSWER
from jupyter_faas.playground.httpd.preparsed import HEAD
from jupyter_faas.playground.invocation.run import Finished

_PATH = re.compile(
    r"/api/v1/namespaces/(?P<namespace>[^/]+)/actions/(?:(?P<package>[^/]+)/)?(?P<name>[^/]+)"
)
# More addresses than that are not in use at a time.
_REMEMBERED = 1024
# Larger ones are parsed in a thread, elsewhere.
_LARGEST = 64 * 1024
_JSON = frozenset((b"application/json", b"application/json; charset=utf-8"))


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
        self._lines = Lines(headers)
        self.shortcut = Shortcut(known, self._lines)
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
        # Nothing has been waited for since the key was found to be right.
        generation = self._known.namespaces.generation
        try:
            body = await _body(receive)
            if body is None:
                response = error_response(400, INCOMPLETE, transaction_id)
            else:
                known, keep_input = self._known, REPLAY.encode() not in headers
                known.rates.count_invocation(caller.namespace)
                payload = payload_of(body)
                known.rates.check_concurrency(caller.namespace)
                done = await known.invoker.invoke(
                    asked.name,
                    payload,
                    caller=caller,
                    transaction_id=transaction_id,
                    wait_s=asked.wait_s,
                    keep_input=keep_input,
                )
                if isinstance(done, Finished):
                    activation_id = done.activation_id
                    status, content = answer_of(done, asked.result_only)
                else:
                    activation_id = done
                    status, content = later(done)
                if HEAD in scope:
                    self.shortcut.remember(
                        scope[HEAD],
                        asked,
                        caller,
                        length=len(body),
                        keep_input=keep_input,
                        generation=generation,
                    )
                if ANSWER in scope:
                    lines = self._lines.of_run(activation_id, transaction_id)
                    await scope[ANSWER](status, lines, content)
                    return
                response = raw_response(content, status, {ACTIVATION_ID: activation_id})
        except Exception as error:
            response = invocation_error(error, transaction_id)
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
