"""JSON from outside, of which it is certain that it can be written again, and as it was."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

# What is read becomes part of records, entities and messages, and orjson, which reads 1024 levels,
# writes 254: these leave enough for what is put around.
MOST_LEVELS = 200
_WRITABLE = 254

TOO_DEEP = f"The JSON is nested deeper than {MOST_LEVELS} levels."

# orjson makes floats of whole numbers beyond these, and so other numbers.
_LEAST, _MOST = -(2**63), 2**64 - 1
_LONG = re.compile(rb"(?:^|[\[:,\s])(?:-?[0-9]{20}|-9[0-9]{18})")
# Nearly no JSON has so many digits in a row, and this is a tenth of the time of looking for _LONG.
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_ROW = b"0" * 19


class TooDeep(ValueError):
    """Raised for JSON of more than MOST_LEVELS levels."""


def read_json(text: bytes | bytearray | str) -> Any:
    """Raises ValueError with what is wrong: orjson.JSONDecodeError, or TooDeep.

    A whole number beyond 64 bits is an ``orjson.Fragment``, which orjson writes as it was read.
    """
    value = orjson.loads(text)
    if isinstance(text, str):
        text = text.encode()
    # Neither a short text nor few brackets can be many levels.
    if len(text) > 2 * MOST_LEVELS and _has_many_brackets(text) and _is_deep(value):
        raise TooDeep(TOO_DEEP)
    return json.loads(text, parse_int=_whole) if _has_long(text) else value


def read_written(text: bytes) -> Any:
    """Read what orjson wrote of values that came from ``read_json``, however deep."""
    return json.loads(text, parse_int=_whole) if _has_long(text) else orjson.loads(text)


def _has_many_brackets(text: bytes | bytearray) -> bool:
    return text.count(b"[") + text.count(b"{") > MOST_LEVELS


def _has_long(text: bytes | bytearray) -> bool:
    return _ROW in text.translate(_DIGITS) and _LONG.search(text) is not None


def _whole(digits: str) -> int | orjson.Fragment:
    number = int(digits)
    return number if _LEAST <= number <= _MOST else orjson.Fragment(digits)


def _is_deep(value: Any) -> bool:
    for _ in range(_WRITABLE - MOST_LEVELS):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:
        return True
    return False
