"""Parsing and validation of the query parameters and bodies of requests (contract §1)."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request

from jupyter_faas.playground.errors import Malformed, MalformedQuery, NotJson, TooLarge
from jupyter_faas.playground.strict_json import read_json
from jupyter_faas.playground.webactions.request import MediaType

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})

MAX_LIMIT = 200
DEFAULT_LIMIT = 30

_MOST_MB = 1_000_000

# Bodies above this size in bytes are parsed in a thread, so that they do not delay other requests.
_LARGE = 1024 * 1024


def query_value(request: Request, name: str) -> str | None:
    """Return a query parameter, or None if it is missing.

    As in OpenWhisk, the first value of a parameter that is given twice counts.
    """
    return next(iter(request.query_params.getlist(name)), None)


def boolean(request: Request, name: str, default: bool) -> bool:
    """Return a Boolean query parameter, or ``default`` if it is missing.

    Accepts true, yes, on, 1 and their opposites. Raises MalformedQuery for other values.
    """
    text = query_value(request, name)
    if not text:
        return default
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise MalformedQuery(name, f"'{text}' is not a valid Boolean value")


def page(request: Request, collection: str) -> tuple[int, int]:
    """Return the query parameters ``limit`` and ``skip``. A ``limit`` of 0 stands for MAX_LIMIT.

    Raises MalformedQuery, whose message mentions ``collection``.
    """
    limit = _number(request, "limit", DEFAULT_LIMIT, collection)
    if not 0 <= limit <= MAX_LIMIT:
        raise MalformedQuery(
            "limit",
            f"The value '{limit}' is not in the range of 0 to {MAX_LIMIT} for {collection}.",
        )
    skip = _number(request, "skip", 0, collection)
    if skip < 0:
        raise MalformedQuery(
            "skip", f"The value '{skip}' is not greater than or equal to 0 for {collection}."
        )
    return limit or MAX_LIMIT, skip


def epoch_ms(request: Request, name: str) -> int | None:
    """Return a query parameter in epoch ms, or None if it is missing. Raises MalformedQuery."""
    text = query_value(request, name)
    if text is None:
        return None
    number = whole_number(text)
    if number is None:
        raise MalformedQuery(name, f"Parameter is not a valid value for epoch seconds: {text}")
    return number


def megabytes(request: Request, name: str, default: int, *, least: int = 0) -> int:
    """Return a query parameter in MB, or ``default`` if it is missing. Raises MalformedQuery."""
    text = query_value(request, name)
    number = default if text is None else whole_number(text)
    if number is None or not least <= number <= _MOST_MB:
        raise MalformedQuery(name, f"Parameter is not a number of MB: {text}")
    return number


def whole_number_between(
    request: Request, name: str, default: int, *, least: int, most: int
) -> int:
    """Return a query parameter that must be a whole number, or ``default`` if it is missing.

    Raises MalformedQuery unless the number is between ``least`` and ``most``.
    """
    text = query_value(request, name)
    number = default if text is None else whole_number(text)
    if number is None or not least <= number <= most:
        raise MalformedQuery(name, f"Parameter is not a number from {least} to {most}: {text}")
    return number


def wait_ms(request: Request, most: int) -> int:
    """Return the query parameter ``timeout``: how long a blocking invocation waits, in ms.

    The default and maximum is ``most``. Raises MalformedQuery.
    """
    text = query_value(request, "timeout")
    if text is None:
        return most
    number = whole_number(text)
    if number is None or not 0 < number <= most:
        raise MalformedQuery("timeout", f"Timeout must be number of milliseconds up to {most}.")
    return number


async def whole_body(request: Request, most: int) -> bytearray:
    """Return the body of a request.

    Raises TooLarge if it has more than ``most`` bytes. The Content-Length header is checked before
    the body is read.
    """
    declared = whole_number(request.headers.get("content-length", "")) or 0
    if declared > most:
        raise TooLarge("Request", declared, most)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLarge("Request", len(body), most)
    return body


async def _parsed(body: bytearray, request: Request) -> Any:
    """Parse a body as JSON. Raises NotJson for another content type, and Malformed."""
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise NotJson(content_type if MediaType.parse(content_type) else "")
    if len(body) > _LARGE:
        return await asyncio.to_thread(_parse_json, body)
    return _parse_json(body)


async def required_body(request: Request, most: int) -> Any:
    """Parse the body of a request as JSON.

    Raises TooLarge if the body has more than ``most`` bytes, NotJson if the content type is not
    JSON, and Malformed if the body is empty or not valid JSON.
    """
    body = await whole_body(request, most)
    return await _parsed(body, request) if body else _parse_json(body)


async def json_payload(request: Request, most: int) -> dict[str, Any]:
    """Parse the body of a request as the payload of an action or trigger.

    An empty body is an empty object. Raises Malformed if the body is not an object, and the other
    errors of ``required_body``.
    """
    body = await whole_body(request, most)
    return as_payload(await _parsed(body, request)) if body else {}


def payload_of(body: bytes | bytearray) -> dict[str, Any]:
    """Parse a small JSON body as a payload. An empty body is an empty object. Raises Malformed."""
    return as_payload(_parse_json(body)) if body else {}


def _parse_json(body: bytes | bytearray) -> Any:
    try:
        return read_json(body)
    except ValueError as error:
        raise Malformed(str(error)) from error


def as_payload(value: Any) -> dict[str, Any]:
    """Return parsed JSON as a payload. Raises Malformed if it is not an object."""
    if not isinstance(value, dict):
        raise Malformed("JSON object expected")
    return value


def _number(request: Request, name: str, default: int, collection: str) -> int:
    text = query_value(request, name)
    if text is None:
        return default
    number = whole_number(text)
    if number is None:
        raise MalformedQuery(name, f"The value '{text}' is not an integer for {collection}.")
    return number


def whole_number(text: str) -> int | None:
    """Parse a whole number of at most 18 digits. Return None if ``text`` is anything else."""
    digits = text.removeprefix("-")
    # ``int`` would also accept underscores, whitespace and digits of other scripts.
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None
