"""What a web action is given: the request as arguments (contract §4)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from jupyter_faas.errors import InputError
from jupyter_faas.playground.jsontext import read_json
from jupyter_faas.playground.mediatypes import OCTETS, MediaType
from jupyter_faas.playground.plan import RESERVED
from jupyter_faas.playground.refusals import Malformed

_FORM = "application/x-www-form-urlencoded"

_METHOD, _HEADERS, _PATH, _USER, _QUERY, _BODY = (
    f"__ow_{each}" for each in ("method", "headers", "path", "user", "query", "body")
)
_SYSTEM = frozenset((_METHOD, _HEADERS, _PATH, _USER, _QUERY, _BODY))

# They are about the connection, which is not the action's.
_OF_THE_CONNECTION = frozenset(("content-length", "transfer-encoding", "connection"))


@dataclass(frozen=True)
class WebRequest:
    """``headers`` have lower-case names; ``path`` is what follows the action, as it was written.

    ``query`` is the raw query string. ``user`` is the namespace of the key that came along, if a
    valid one did.
    """

    method: str
    headers: tuple[tuple[str, str], ...]
    path: str
    query: str
    body: bytes
    user: str | None = None

    def header(self, name: str) -> str | None:
        """Of a header that is repeated, the last."""
        return dict(self.headers).get(name)

    def arguments(self, *, raw: bool, immutable: frozenset[str]) -> dict[str, Any]:
        """The payload of the invocation.

        Raises InputError when query or body name what is reserved or ``immutable``, Malformed
        when the body is not the JSON that it says it is. A ``raw`` action takes everything.
        """
        system: dict[str, Any] = {
            _METHOD: self.method.lower(),
            _HEADERS: {key: value for key, value in self.headers if key not in _OF_THE_CONNECTION},
            _PATH: self.path,
        }
        if self.user is not None:
            system[_USER] = self.user
        if raw:
            return {**system, _QUERY: self.query, _BODY: self._raw_body()}
        # Of a key that is repeated, the last counts.
        given: dict[str, Any] = dict(_pairs(self.query))
        fields, opaque = self._body()
        given.update(fields)
        if not (_SYSTEM | immutable).isdisjoint(given):
            raise InputError(RESERVED)
        return {**system, **given, **opaque}

    @property
    def _media_type(self) -> MediaType:
        return MediaType.parse(self.header("content-type") or "") or OCTETS

    def _raw_body(self) -> str:
        media_type = self._media_type
        if media_type.is_binary or media_type.name == "application/json":
            return base64.b64encode(self.body).decode()
        return self.body.decode(errors="replace")

    def _body(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The fields that it adds, and itself as one argument: one of them is empty."""
        media_type = self._media_type
        if not self.body:
            return {}, {}
        if media_type.is_json:
            value = _json(self.body)
            return (value, {}) if isinstance(value, dict) else ({}, {_BODY: value})
        if media_type.name == _FORM:
            return dict(_pairs(self.body.decode(errors="replace"))), {}
        return {}, {_BODY: self._raw_body()}


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True)


def _json(body: bytes) -> Any:
    try:
        return read_json(body)
    except ValueError as error:
        raise Malformed(str(error)) from error
