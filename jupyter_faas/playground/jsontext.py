"""JSON from outside, of which it is certain that it can be written again."""

from __future__ import annotations

from typing import Any

import orjson

# What is read becomes part of records, entities and messages, and orjson, which reads 1024 levels,
# writes 254: these leave enough for what is put around.
MOST_LEVELS = 200
_WRITABLE = 254

TOO_DEEP = f"The JSON is nested deeper than {MOST_LEVELS} levels."


class TooDeep(ValueError):
    """Raised for JSON of more than MOST_LEVELS levels."""


def read_json(text: bytes | bytearray | str) -> Any:
    """Raises ValueError with what is wrong: orjson.JSONDecodeError, or TooDeep."""
    value = orjson.loads(text)
    # Few brackets cannot be many levels: nearly always this is all there is to do.
    if isinstance(text, str):
        brackets = text.count("[") + text.count("{")
    else:
        brackets = text.count(b"[") + text.count(b"{")
    if brackets > MOST_LEVELS and _is_deep(value):
        raise TooDeep(TOO_DEEP)
    return value


def _is_deep(value: Any) -> bool:
    for _ in range(_WRITABLE - MOST_LEVELS):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:
        return True
    return False
