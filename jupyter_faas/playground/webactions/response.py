"""Conversion of a web action's result to an HTTP response, for each extension (contract §4)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from jupyter_faas.errors import ActionNotFound, InputError
from jupyter_faas.playground.entities.actions import is_binary
from jupyter_faas.playground.webactions.request import HTML, JSON, PLAIN, SVG, MediaType
from jupyter_faas.whisk import ActivationResponse
from jupyter_faas.whisk.activations import APPLICATION_ERROR, SUCCESS

FAILED = "There was an error processing your request."
NO_PROPERTY = "Response does not include requested property."
NOT_OF_TYPE = "Response is not valid '{}'."
NOT_HTTP = NOT_OF_TYPE.format("message/http")
OTHER_TYPE = "Response type in header did not match generated content type."
UNKNOWN_TYPE = "Response did not specify a known content-type."

# The status codes of final responses, registered or not.
_STATUSES = range(200, 600)
_SCALARS = frozenset((str, int, float, bool, type(None)))
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")

# Headers that only the server sets. The action's content type is handled separately.
_SERVER_HEADERS = frozenset(
    (
        *("connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"),
        *("content-type", "x-request-id", "x-openwhisk-activation-id"),
    )
)


class WebResponse(NamedTuple):
    """An HTTP response.

    ``content_type``: the Content-Type header, or None without a body.
    ``headers``: the other headers; a name may occur several times.
    """

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


class ListResult(Exception):
    """Raised for a result that is a list, for which OpenWhisk fails (contract §4)."""


def web_response(response: ActivationResponse, extension: str) -> WebResponse:
    """Return the HTTP response for an extension (``.http``, ``.json``, …).

    Raises ListResult. Raises ActionNotFound if the property ``text`` or ``error`` is missing, and
    InputError if the result is invalid for the extension, or the run failed with a developer or
    internal error. The messages are those of OpenWhisk.
    """
    if response.status_code not in (SUCCESS, APPLICATION_ERROR):
        raise InputError(FAILED)
    result = response.result
    if response.status_code == APPLICATION_ERROR:
        if not isinstance(result, Mapping) or "error" not in result:
            raise ActionNotFound(NO_PROPERTY)
        result = result["error"]
    elif isinstance(result, list):
        raise ListResult
    return EXTENSIONS[extension](result)


def _as_http(result: Any) -> WebResponse:
    if not isinstance(result, Mapping):
        raise InputError(NOT_HTTP)
    headers = tuple(_headers(result.get("headers", {})))
    status = _status(result["statusCode"]) if "statusCode" in result else None
    body = result.get("body")
    action_headers = tuple(each for each in headers if each[0].lower() not in _SERVER_HEADERS)
    if body is None or body == "":
        return WebResponse(status or 204, headers=action_headers)
    type_header = next((value for name, value in headers if name.lower() == "content-type"), None)
    if isinstance(body, str):
        content_type, content = _text_or_binary(body, type_header)
    else:
        content_type, content = _json(body, type_header)
    status = status or 200
    if status in (204, 304):
        # HTTP does not allow a body with these status codes.
        return WebResponse(status, headers=action_headers)
    return WebResponse(status, content, content_type, action_headers)


def _as_json(result: Any) -> WebResponse:
    if not isinstance(result, (dict, list)):
        raise InputError(NOT_OF_TYPE.format(JSON.name))
    return WebResponse(200, pretty_json(result), JSON.content_type)


def _as_html(result: Any) -> WebResponse:
    return _string(_property(result, "html", None), HTML)


def _as_svg(result: Any) -> WebResponse:
    return _string(_property(result, "svg", None), SVG)


def _as_text(result: Any) -> WebResponse:
    value = _property(result, "text", _MISSING)
    if value is _MISSING:
        raise ActionNotFound(NO_PROPERTY)
    if isinstance(value, str):
        return _string(value, PLAIN)
    return WebResponse(200, pretty_json(value), PLAIN.content_type)


EXTENSIONS: Mapping[str, Callable[[Any], WebResponse]] = MappingProxyType(
    {
        ".http": _as_http,
        ".json": _as_json,
        ".html": _as_html,
        ".svg": _as_svg,
        ".text": _as_text,
    }
)

_MISSING = object()


def _property(result: Any, name: str, default: Any) -> Any:
    """Return the property ``body`` of an object, else its property ``name``, else ``default``.

    A result that is not an object is returned unchanged.
    """
    if not isinstance(result, Mapping):
        return result
    return result.get("body", result.get(name, default))


def _string(value: Any, media_type: MediaType) -> WebResponse:
    if not isinstance(value, str):
        raise InputError(NOT_OF_TYPE.format(media_type.name))
    return WebResponse(200, _encode(value), media_type.content_type)


def _status(value: Any) -> int:
    numeral = isinstance(value, str) and _INTEGER.fullmatch(value)
    if numeral or (isinstance(value, float) and value.is_integer()):
        value = int(value)
    # Check for bool, because bool is a subclass of int.
    if isinstance(value, bool) or not isinstance(value, int) or value not in _STATUSES:
        raise InputError(NOT_HTTP)
    return value


def _headers(fields: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(fields, Mapping):
        raise InputError(NOT_HTTP)
    for name, value in fields.items():
        for each in _header_values(value):
            # A line break in a value would begin another header (header injection).
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(each):
                raise InputError(NOT_HTTP)
            yield name, each


def _header_values(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _header_values(each)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, (bool, int, float)):
        yield orjson.dumps(value).decode()
    else:
        raise InputError(NOT_HTTP)


def _text_or_binary(body: str, type_header: str | None) -> tuple[str, bytes]:
    media_type = HTML if type_header is None else MediaType.parse(type_header)
    if media_type is None:
        raise InputError(UNKNOWN_TYPE)
    if media_type.is_binary or (media_type.is_json and is_binary(body)):
        return media_type.content_type, _decode_base64(body)
    return media_type.content_type, _encode(body)


def _json(body: Any, type_header: str | None) -> tuple[str, bytes]:
    media_type = JSON if type_header is None else MediaType.parse(type_header)
    if media_type is None or not media_type.is_json:
        raise InputError(OTHER_TYPE)
    if media_type.parameters and media_type.name != JSON.name:
        raise InputError(OTHER_TYPE)
    return media_type.content_type, pretty_json(body)


def pretty_json(value: Any) -> bytes:
    """Write JSON as OpenWhisk does: a line for each member, and lists on one line."""
    return _pretty(value, "").encode()


def _pretty(value: Any, indent: str) -> str:
    if isinstance(value, dict):
        inner = f"{indent}  "
        members = f",\n{inner}".join(
            f"{orjson.dumps(key).decode()}: {_pretty(each, inner)}" for key, each in value.items()
        )
        return f"{{\n{inner if value else ''}{members}\n{indent}}}"
    if isinstance(value, list):
        # Most long lists have only scalars, which this writes much faster than one by one.
        if _SCALARS.issuperset(map(type, value)):
            return json.dumps(value, ensure_ascii=False)
        return f"[{', '.join([_pretty(each, indent) for each in value])}]"
    return orjson.dumps(value).decode()


def _decode_base64(text: str) -> bytes:
    # OpenWhisk's decoder accepts base64 without padding.
    padding = "" if "=" in text else "=" * (-len(text) % 4)
    try:
        return base64.b64decode(text + padding, validate=True)
    except (binascii.Error, ValueError):
        raise InputError(OTHER_TYPE) from None


def _encode(text: str) -> bytes:
    # A lone surrogate cannot be encoded, so a question mark is sent instead, as in OpenWhisk.
    return text.encode(errors="replace")
