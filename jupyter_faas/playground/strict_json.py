"""Functions that parse JSON so that it can be written again unchanged.

Plain orjson would fail on deep nesting and change large integers. Documents with such integers are
parsed by ``json``, and deep ones and those that orjson refuses by the slower ``json_parser``.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import orjson

from jupyter_faas.playground.json_parser import FRAGMENT_LEVELS, integer_value, parse

log = logging.getLogger(__name__)

_Entity = TypeVar("_Entity")

# orjson writes 254 levels at most.
_WRITABLE = 254
# orjson reads 1024 levels at most, and a written document has no more.
_READABLE = 1024

# A document of this many bytes cannot have more than FRAGMENT_LEVELS levels.
_SHORT = 2 * FRAGMENT_LEVELS

# orjson reads integers of more than 64 bits as floats, which changes their value.
_LONG = re.compile(rb"(?:^|[\[:,\s])(?:-?[0-9]{20}|-9[0-9]{18})")
# Matching _LONG is slow, and few documents have 19 digits in a row. A faster check runs first: it
# replaces every digit with 0 and searches for _ROW, which takes a tenth of the time.
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_ROW = b"0" * 19

# OpenWhisk's numbers do not have a negative zero. The characters before and after it are checked,
# because many strings contain "-0", such as UUIDs.
_MINUS_ZERO = b"-0"
_NEGATIVE_ZERO = re.compile(rb"-0(?<![^\[:,\s]-0)(?:\.0*)?(?:[eE][+-]?[0-9]+)?(?=[\]},\s]|$)")


# Parses documents that orjson accepts, and keeps integers beyond 64 bits.
_LONG_NUMBERS = json.JSONDecoder(parse_int=integer_value)


def read_json(text: bytes | bytearray | str) -> Any:
    """Parse the JSON of a request or an answer.

    A value that orjson cannot keep becomes an ``orjson.Fragment``, which orjson writes as it was
    read. Raises json_parser.ParseError, a ValueError, with OpenWhisk's message.
    """
    if isinstance(text, str):
        text = text.encode(errors="replace")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return parse(text)
    if _is_plain(text):
        return value
    if _is_deep(text, value) or _has_negative_zero(text):
        return parse(text)
    return _LONG_NUMBERS.decode(text.decode()) if _has_long(text) else value


def read_written(text: bytes) -> Any:
    """Parse JSON that orjson wrote from a value of ``read_json``."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return parse(text, _READABLE)
    if _is_deep(text, value):
        return parse(text, _READABLE)
    return _LONG_NUMBERS.decode(text.decode()) if _has_long(text) else value


def read_rows(
    docs: Iterable[bytes], read: Callable[[Any], _Entity], kind: str
) -> Iterator[_Entity]:
    """Yield ``read(JSON)`` of each document from the database; log those that cannot be read.

    One damaged document must not prevent the start. It stays in the database until its name is
    written again.
    """
    for doc in docs:
        try:
            yield read(read_written(doc))
        except Exception as error:  # noqa: PERF203 - each document is a separate entity
            log.error("An entry of the database cannot be read (%s): %r", kind, error)


def _is_plain(text: bytes | bytearray) -> bool:
    """Return whether orjson keeps every value of a document, by checks of a microsecond in all."""
    return len(text) <= _SHORT and _MINUS_ZERO not in text and _ROW not in text.translate(_DIGITS)


def _has_long(text: bytes | bytearray) -> bool:
    return _ROW in text.translate(_DIGITS) and _LONG.search(text) is not None


def _has_negative_zero(text: bytes | bytearray) -> bool:
    return _MINUS_ZERO in text and _NEGATIVE_ZERO.search(text) is not None


def _is_deep(text: bytes | bytearray, value: Any) -> bool:
    """Return whether a value has more than FRAGMENT_LEVELS levels."""
    # The cheap checks come first: a short document, or one with few brackets, cannot be deep.
    if len(text) <= _SHORT:
        return False
    if text.count(b"[") + text.count(b"{") <= FRAGMENT_LEVELS:
        return False
    # Let orjson measure the depth, which is much faster than a recursion in Python. A value is too
    # deep if orjson cannot write it inside 54 more levels.
    for _ in range(_WRITABLE - FRAGMENT_LEVELS):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:
        return True
    return False
