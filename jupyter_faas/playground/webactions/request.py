"""What a web action is given: the request as arguments (contract §4)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from jupyter_faas.errors import InputError
from jupyter_faas.playground.entities.resolved_action import RESERVED
from jupyter_faas.playground.errors import Malformed
from jupyter_faas.playground.strict_json import read_json

# -- Media types as web actions tell them apart: JSON, text, or binary (contract §4).


_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER = re.compile(rf'\s*;\s*(?:({_WORD})\s*=\s*({_WORD}|"(?:[^"\\]|\\.)*"))?')
_TYPE = re.compile(rf"\s*({_WORD})/({_WORD})")

# Text, although their names do not begin with it.
_TEXT = frozenset(
    f"application/{each}"
    for each in (
        "atom+xml",
        "base64",
        "javascript",
        "rss+xml",
        "soap+xml",
        "vnd.google-earth.kml+xml",
        "x-latex",
        "x-vrml",
        "x-www-form-urlencoded",
        "xhtml+xml",
        "xml",
        "xml-dtd",
    )
)


@dataclass(frozen=True)
class MediaType:
    """``name`` is ``image/png``, in lower case; ``parameters`` are as written, charset left out."""

    name: str
    parameters: str = ""
    has_charset: bool = False

    @classmethod
    def parse(cls, text: str) -> MediaType | None:
        """None when ``text`` is no media type."""
        found = _TYPE.match(text)
        if found is None:
            return None
        parameters, has_charset, end = "", False, found.end()
        while end < len(text.rstrip()):
            parameter = _PARAMETER.match(text, end)
            if parameter is None:
                return None
            end = parameter.end()
            key, value = parameter.groups()
            if key is not None and key.lower() == "charset":
                has_charset = True
            elif key is not None:
                parameters += f"; {key}={value}"
        return cls(f"{found[1]}/{found[2]}".lower(), parameters, has_charset)

    @property
    def is_json(self) -> bool:
        return self.name == "application/json" or self.name.endswith("+json")

    @property
    def is_binary(self) -> bool:
        """Upstream takes a type that it does not know for binary, unless it names a charset."""
        main = self.name.partition("/")[0]
        text = main in ("text", "multipart") or self.name in _TEXT
        return not (text or self.is_json or self.has_charset)

    @property
    def content_type(self) -> str:
        """The header of a response. Text is always sent as UTF-8, which JSON need not say."""
        plain = self.is_json or self.is_binary
        return f"{self.name}{self.parameters}{'' if plain else '; charset=UTF-8'}"


HTML = MediaType("text/html")
JSON = MediaType("application/json")
PLAIN = MediaType("text/plain")
SVG = MediaType("image/svg+xml")
OCTETS = MediaType("application/octet-stream")


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
