"""Functions that parse the JSON of requests so that it can be written again unchanged.

Plain orjson would fail on deep nesting and would change large integers.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

# orjson reads 1024 levels but writes only 254. MAX_LEVELS is even lower, because the value becomes
# part of a record, entity or message, which adds levels.
MAX_LEVELS = 200
_WRITABLE = 254

TOO_DEEP = f"The JSON is nested deeper than {MAX_LEVELS} levels."

# orjson reads integers beyond these bounds as floats, which changes their value.
_MIN, _MAX = -(2**63), 2**64 - 1
_LONG = re.compile(rb"(?:^|[\[:,\s])(?:-?[0-9]{20}|-9[0-9]{18})")
# Matching _LONG is slow, and few documents have 19 digits in a row. A faster check runs first: it
# replaces every digit with 0 and searches for _ROW, which takes a tenth of the time.
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_ROW = b"0" * 19


class TooDeep(ValueError):
    """Raised for JSON that is nested deeper than MAX_LEVELS levels."""


def read_json(text: bytes | bytearray | str) -> Any:
    """Parse the JSON of a request.

    An integer beyond 64 bits becomes an ``orjson.Fragment``, which orjson writes as it was read.
    Raises orjson.JSONDecodeError for invalid JSON, and TooDeep; both are ValueErrors.
    """
    value = orjson.loads(text)
    if isinstance(text, str):
        text = text.encode()
    # The cheap checks come first: a short document, or one with few brackets, cannot be deep.
    if len(text) > 2 * MAX_LEVELS and _has_many_brackets(text) and _is_deep(value):
        raise TooDeep(TOO_DEEP)
    return json.loads(text, parse_int=_whole) if _has_long(text) else value


def read_written(text: bytes) -> Any:
    """Parse JSON that orjson wrote from a value of ``read_json``, without checking its depth."""
    return json.loads(text, parse_int=_whole) if _has_long(text) else orjson.loads(text)


def _has_many_brackets(text: bytes | bytearray) -> bool:
    return text.count(b"[") + text.count(b"{") > MAX_LEVELS


def _has_long(text: bytes | bytearray) -> bool:
    return _ROW in text.translate(_DIGITS) and _LONG.search(text) is not None


def _whole(digits: str) -> int | orjson.Fragment:
    number = int(digits)
    return number if _MIN <= number <= _MAX else orjson.Fragment(digits)


def _is_deep(value: Any) -> bool:
    # Let orjson measure the depth, which is much faster than a recursion in Python. A value is too
    # deep if orjson cannot write it inside 54 more levels.
    for _ in range(_WRITABLE - MAX_LEVELS):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:
        return True
    return False
