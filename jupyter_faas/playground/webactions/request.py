"""Conversion of an HTTP request to the arguments of a web action, and media types (contract §4)."""

from __future__ import annotations

import base64
import re
from typing import Any, NamedTuple
from urllib.parse import quote_plus, unquote_plus

from jupyter_faas.errors import InputError
from jupyter_faas.playground.entities.resolved_action import RESERVED
from jupyter_faas.playground.errors import IllegalForm, Malformed
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


class MediaType(NamedTuple):
    """A media type.

    ``name``: type and subtype in lower case (``image/png``).
    ``parameters``: the parameters except the charset, each after a semicolon.
    ``charset``: in upper case, or empty if there is none.
    """

    name: str
    parameters: str = ""
    charset: str = ""

    @classmethod
    def parse(cls, text: str) -> MediaType | None:
        """Parse a Content-Type header; return None if it is not a valid media type."""
        found = _TYPE.match(text)
        if found is None:
            return None
        parameters, charset, end = "", "", found.end()
        while end < len(text.rstrip()):
            parameter = _PARAMETER.match(text, end)
            if parameter is None:
                return None
            end = parameter.end()
            key, value = parameter.groups()
            if key is not None and key.lower() == "charset":
                charset = value.strip('"').upper()
            elif key is not None:
                parameters += f"; {key}={value}"
        return cls(f"{found[1]}/{found[2]}".lower(), parameters, charset)

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
        plain = self.is_json or (self.is_binary and not self.charset)
        return f"{self.name}{self.parameters}{'' if plain else '; charset=UTF-8'}"

    def __str__(self) -> str:
        """Write the Content-Type header of a request as OpenWhisk's HTTP library does."""
        has_charset = self.charset and self.name not in _TYPES_WITHOUT_CHARSET
        return f"{self.name}{self.parameters}{f'; charset={self.charset}' if has_charset else ''}"


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

_CONTENT_TYPE = "content-type"
_AUTHORIZATION = "authorization"
_TYPES_WITHOUT_CHARSET = _JSON_TYPES | {_FORM, "text/event-stream"}
# Headers that OpenWhisk's HTTP library takes out. The action does not get them.
_CONSUMED_HEADERS = frozenset(("content-length", "transfer-encoding", "timeout-access"))
# What the library accepts in a form.
_LEGAL_FORM = re.compile(r"(?:[!-$&-~]+|%[0-9A-Fa-f]{2})*")
_HEX_DIGITS = "0123456789ABCDEFabcdef"
_BASE64 = re.compile(r"([A-Za-z0-9+/]+)={0,2}")
# Characters that the library does not encode when it writes a query.
_QUERY_CHARACTERS = "!$'()*,:@/?~"


class WebRequest(NamedTuple):
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
            _HEADERS: self._headers(),
            _PATH: self.path,
        }
        if self.user is not None:
            system[_USER] = self.user
        if raw:
            return {**system, _QUERY: _rewritten(self.query), _BODY: self._raw_body()}
        # The last value of a repeated key is used. A field of the body replaces a query parameter
        # with the same name.
        given: dict[str, Any] = dict(_pairs(self.query))
        body_fields, body_value = self._body()
        given.update(body_fields)
        if not (_SYSTEM | immutable).isdisjoint(given):
            raise InputError(RESERVED)
        return {**system, **given, **body_value}

    def _headers(self) -> dict[str, str]:
        headers = {key: value for key, value in self.headers if key not in _CONSUMED_HEADERS}
        if _AUTHORIZATION in headers:
            headers[_AUTHORIZATION] = _reencoded(headers[_AUTHORIZATION])
        if self.body or _CONTENT_TYPE in headers:
            headers[_CONTENT_TYPE] = str(self._media_type)
        return headers

    @property
    def _media_type(self) -> MediaType:
        return MediaType.parse(self.header(_CONTENT_TYPE) or "") or OCTETS

    def _raw_body(self) -> str:
        media_type = self._media_type
        # OpenWhisk also passes application/json as base64, but not media types that end in +json.
        if media_type.is_binary or media_type.name == "application/json":
            return base64.b64encode(self.body).decode()
        return self.body.decode(errors="replace")

    def _body(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the fields of the body, and a dict with ``__ow_body``; at least one is empty."""
        media_type = self._media_type
        if media_type.is_json:
            value = _json(self.body) if self.body else {}
            return (value, {}) if isinstance(value, dict) else ({}, {_BODY: value})
        if media_type.name == _FORM:
            form = self.body.decode(errors="replace")
            _check_form(form)
            return dict(_pairs(form)), {}
        # As in OpenWhisk, a body of another type may be empty.
        given = self.body or MediaType.parse(self.header(_CONTENT_TYPE) or "")
        return {}, {_BODY: self._raw_body()} if given else {}


def _pairs(text: str) -> list[tuple[str, str]]:
    """Parse a query or a form. As in OpenWhisk, an empty part is a parameter without a name."""
    parts = (part.partition("=") for part in text.split("&")) if text else ()
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in parts]


def _check_form(text: str) -> None:
    """Raise IllegalForm, with OpenWhisk's message, if a form cannot be parsed."""
    legal = _LEGAL_FORM.match(text)
    end = legal.end() if legal else 0
    if end == len(text):
        return
    expected = "query or 'EOI'"
    if text[end] == "%":
        expected = "HEXDIG"
        # The message reports the first character after the percent sign that is not a digit.
        end += 2 if text[end + 1 : end + 2] in _HEX_DIGITS and end + 1 < len(text) else 1
    found = f"Invalid input '{text[end]}'" if end < len(text) else "Unexpected end of input"
    raise IllegalForm(
        f"Illegal query: {found}, expected {expected} (line 1, column {end + 1}): "
        f"{text}\n{' ' * end}^"
    )


def _reencoded(authorization: str) -> str:
    """Write Basic credentials again as OpenWhisk does, also if they lack padding or a colon.

    Other schemes, and what is not base64, are returned unchanged.
    """
    scheme, _, text = authorization.partition(" ")
    found = _BASE64.fullmatch(text)
    # A single digit at the end is too short for a byte.
    if scheme.lower() != "basic" or found is None or len(found[1]) % 4 == 1:
        return authorization
    digits = found[1] + "=" * (-len(found[1]) % 4)
    decoded = base64.b64decode(digits).decode(errors="replace")
    credentials = decoded if ":" in decoded else f"{decoded}:"
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"


def _rewritten(query: str) -> str:
    """Return a query as OpenWhisk writes it after parsing: ``a=+`` for ``a=%20``."""
    parts = (part.partition("=") for part in query.split("&"))
    return "&".join(_encoded(name) + equals + _encoded(value) for name, equals, value in parts)


def _encoded(text: str) -> str:
    return quote_plus(unquote_plus(text), safe=_QUERY_CHARACTERS)


def _json(body: bytes) -> Any:
    try:
        return read_json(body)
    except ValueError as error:
        raise Malformed(str(error)) from error
