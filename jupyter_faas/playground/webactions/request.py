"""Conversion of an HTTP request to the arguments of a web action, and media types (contract §4)."""

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

# Media types: JSON, text or binary (contract §4)

_HTTP_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER = re.compile(rf'\s*;\s*(?:({_HTTP_WORD})\s*=\s*({_HTTP_WORD}|"(?:[^"\\]|\\.)*"))?')
_TYPE = re.compile(rf"\s*({_HTTP_WORD})/({_HTTP_WORD})")

# OpenWhisk's HTTP library passes these media types as text, and all others as base64 (contract §4).
_JSON_TYPES = frozenset(
    f"application/{each}"
    for each in ("json", "json-patch+json", "merge-patch+json", "problem+json", "vnd.api+json")
)
_APPLICATION_TEXTS = (
    *("atom+xml", "base64", "javascript", "problem+xml", "rss+xml", "soap+xml"),
    *("vnd.google-earth.kml+xml", "x-latex", "x-vrml", "x-www-form-urlencoded", "xhtml+xml"),
    *("xml", "xml-dtd"),
)
_TEXTS = (
    *("asp", "cache-manifest", "calendar", "css", "csv", "event-stream", "html", "markdown", "mcf"),
    *("plain", "richtext", "tab-separated-values", "uri-list", "vnd.wap.wml", "vnd.wap.wmlscript"),
    *("x-asm", "x-c", "x-component", "x-h", "x-java-source", "x-pascal", "x-script"),
    *("x-server-parsed-html", "x-setext", "x-sgml", "x-speech", "x-uuencode", "x-vcalendar"),
    *("x-vcard", "xml"),
)
_TEXT_TYPES = (
    _JSON_TYPES
    | {f"application/{each}" for each in _APPLICATION_TEXTS}
    | {f"text/{each}" for each in _TEXTS}
)


@dataclass(frozen=True)
class MediaType:
    """A media type.

    ``name``: type and subtype in lower case (``image/png``).
    ``parameters``: the parameters except the charset, each after a semicolon.
    """

    name: str
    parameters: str = ""
    has_charset: bool = False

    @classmethod
    def parse(cls, text: str) -> MediaType | None:
        """Parse a Content-Type header; return None if it is not a valid media type."""
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
        """Whether bodies of this type are passed as base64.

        As in OpenWhisk, all types are binary except a list of known ones.
        """
        return self.name not in _TEXT_TYPES and not self.name.startswith("text/x-script")

    @property
    def content_type(self) -> str:
        """The Content-Type header of a response. Text is UTF-8; JSON does not need a charset."""
        plain = self.is_json or (self.is_binary and not self.has_charset)
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

# Headers that concern the connection between client and server. The action does not get them.
_CONNECTION_HEADERS = frozenset(("content-length", "transfer-encoding", "connection"))


@dataclass(frozen=True)
class WebRequest:
    """A request to a web action.

    ``headers``: names in lower case, and values.
    ``path``: the rest of the URL path after the action's name, percent-encoded.
    ``query``: the raw query string.
    ``user``: the namespace of the request's API key, or None without a valid key.
    """

    method: str
    headers: tuple[tuple[str, str], ...]
    path: str
    query: str
    body: bytes
    user: str | None = None

    def header(self, name: str) -> str | None:
        """Return the last value of a header, or None if it is missing."""
        return dict(self.headers).get(name)

    def arguments(self, *, raw: bool, immutable: frozenset[str]) -> dict[str, Any]:
        """Return the arguments of the invocation. A ``raw`` action gets query and body unparsed.

        Raises InputError if the query or the body contains a reserved or ``immutable`` name, and
        Malformed if a body with a JSON media type is not valid JSON.
        """
        system: dict[str, Any] = {
            _METHOD: self.method.lower(),
            _HEADERS: {key: value for key, value in self.headers if key not in _CONNECTION_HEADERS},
            _PATH: self.path,
        }
        if self.user is not None:
            system[_USER] = self.user
        if raw:
            return {**system, _QUERY: self.query, _BODY: self._raw_body()}
        # The last value of a repeated key is used. A field of the body replaces a query parameter
        # with the same name.
        given: dict[str, Any] = dict(_pairs(self.query))
        body_fields, body_value = self._body()
        given.update(body_fields)
        if not (_SYSTEM | immutable).isdisjoint(given):
            raise InputError(RESERVED)
        return {**system, **given, **body_value}

    @property
    def _media_type(self) -> MediaType:
        return MediaType.parse(self.header("content-type") or "") or OCTETS

    def _raw_body(self) -> str:
        media_type = self._media_type
        # OpenWhisk also passes application/json as base64, but not media types that end in +json.
        if media_type.is_binary or media_type.name == "application/json":
            return base64.b64encode(self.body).decode()
        return self.body.decode(errors="replace")

    def _body(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the fields of the body, and a dict with ``__ow_body``; at least one is empty."""
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
