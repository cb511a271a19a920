"""Rows, lines and cells of a card, from which its HTML and its plain text are rendered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# The look "tree" is code in which whitespace is significant.
Look = Literal["plain", "secondary", "mono", "strong", "tree"]
Mark = Literal["", "ok", "warn", "error"]


@dataclass(frozen=True)
class Cell:
    """Text in one style. ``right`` aligns the text at the right edge of its column."""

    text: str
    look: Look = "plain"
    right: bool = False


@dataclass(frozen=True)
class Line:
    """One fact, as a line of cells. ``share`` (0 to 1) draws a bar after the cells."""

    cells: tuple[Cell, ...]
    mark: Mark = ""
    share: float | None = None


@dataclass(frozen=True)
class Row:
    """A labelled group of lines. ``columns`` aligns the cells of the lines."""

    label: str
    lines: tuple[Line, ...]
    columns: bool = False


@dataclass(frozen=True)
class CardFacts:
    """The content of a function card: the fields of its head, then its rows."""

    name: str
    version: str
    state: str
    mark: Mark
    where: str
    signature: str
    doc: str
    command: str
    icon: str = "function"
    rows: tuple[Row, ...] = field(default=())


def line(*words: str | Cell, mark: Mark = "", share: float | None = None) -> Line:
    """Return a line of words and cells, without empty cells."""
    cells = (word if isinstance(word, Cell) else Cell(word) for word in words)
    return Line(tuple(cell for cell in cells if cell.text), mark, share)


def secondary(text: str) -> Cell:
    """Return a cell for less important text, in a fainter colour."""
    return Cell(text, "secondary")


def mono(text: str) -> Cell:
    """Return a cell for code, a path or an id, in the code font."""
    return Cell(text, "mono")


def right(text: str, look: Look = "plain") -> Cell:
    """Return a right-aligned cell, for a number in a column."""
    return Cell(text, look, right=True)


# The layout of JSON keeps each nested value on one line if it fits.


_WIDTH = 80
_INDENT = "  "


def lay_out(value: object) -> str:
    """Return a value as JSON, on one line if it fits, or else with one item per line."""
    return _lay_out(value, "", 0)


def _lay_out(value: object, indent: str, taken: int) -> str:
    # ``default`` prevents an error for a value that is not JSON-serializable.
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
