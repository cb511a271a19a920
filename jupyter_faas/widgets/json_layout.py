"""JSON laid out for reading: what fits on a line stays on one, at every depth."""

from __future__ import annotations

import json
from collections.abc import Mapping

_WIDTH = 80
_INDENT = "  "


def lay_out(value: object) -> str:
    """``{"x": 1}`` on one line; wider objects and lists with one entry per line."""
    return _lay_out(value, "", 0)


def _lay_out(value: object, indent: str, taken: int) -> str:
    line = json.dumps(value, ensure_ascii=False, default=str)
    if (
        len(indent) + taken + len(line) <= _WIDTH
        or not isinstance(value, Mapping | list)
        or not value
    ):
        return line
    deeper = indent + _INDENT
    if isinstance(value, Mapping):
        keys = {key: json.dumps(str(key), ensure_ascii=False) for key in value}
        entries = [
            f"{keys[key]}: {_lay_out(value[key], deeper, len(keys[key]) + 3)}" for key in value
        ]
        opening, closing = "{", "}"
    else:
        entries = [_lay_out(one, deeper, 1) for one in value]
        opening, closing = "[", "]"
    body = f",\n{deeper}".join(entries)
    return f"{opening}\n{deeper}{body}\n{indent}{closing}"
