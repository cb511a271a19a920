"""Read JSON of requests such that it can be written again unchanged: nesting, large integers."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

# orjson reads 1024 levels but writes only 254; the difference leaves room for the record, entity or
# message that the value becomes part of.
MAX_LEVELS = 200
_WRITABLE = 254

TOO_DEEP = f"The JSON is nested deeper than {MAX_LEVELS} levels."

# orjson reads integers beyond these as floats, which changes them.
_MIN, _MAX = -(2**63), 2**64 - 1
_LONG = re.compile(rb"(?:^|[\[:,\s])(?:-?[0-9]{20}|-9[0-9]{18})")
# Hardly any JSON has so many digits in a row; this check takes a tenth of the time of _LONG.
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_ROW = b"0" * 19


class TooDeep(ValueError):
    """Raised for JSON of more than MAX_LEVELS levels."""


def read_json(text: bytes | bytearray | str) -> Any:
    """Parse JSON. Raises ValueError: orjson.JSONDecodeError, or TooDeep.

    An integer beyond 64 bits becomes an ``orjson.Fragment``, which orjson writes as it was read.
    """
    value = orjson.loads(text)
    if isinstance(text, str):
        text = text.encode()
    # A short text or one with few brackets cannot be deep.
    if len(text) > 2 * MAX_LEVELS and _has_many_brackets(text) and _is_deep(value):
        raise TooDeep(TOO_DEEP)
    return json.loads(text, parse_int=_whole) if _has_long(text) else value


def read_written(text: bytes) -> Any:
    """Parse what orjson wrote of values from ``read_json``, however deep."""
    return json.loads(text, parse_int=_whole) if _has_long(text) else orjson.loads(text)


def _has_many_brackets(text: bytes | bytearray) -> bool:
    return text.count(b"[") + text.count(b"{") > MAX_LEVELS


def _has_long(text: bytes | bytearray) -> bool:
    return _ROW in text.translate(_DIGITS) and _LONG.search(text) is not None


def _whole(digits: str) -> int | orjson.Fragment:
    number = int(digits)
    return number if _MIN <= number <= _MAX else orjson.Fragment(digits)


def _is_deep(value: Any) -> bool:
    for _ in range(_WRITABLE - MAX_LEVELS):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:
        return True
    return False
