"""Rows, lines and cells of a card, from which its HTML and its text are drawn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# "tree" is code whose blanks count.
Look = Literal["plain", "secondary", "mono", "strong", "tree"]
Mark = Literal["", "ok", "warn", "error"]


@dataclass(frozen=True)
class Cell:
    """Some words of one look; ``right`` sets them at the right edge of their column."""

    text: str
    look: Look = "plain"
    right: bool = False


@dataclass(frozen=True)
class Line:
    """One fact. ``share`` (0 to 1) draws a bar after it."""

    cells: tuple[Cell, ...]
    mark: Mark = ""
    share: float | None = None


@dataclass(frozen=True)
class Row:
    """A labelled group of lines; with ``columns`` their cells are aligned."""

    label: str
    lines: tuple[Line, ...]
    columns: bool = False


@dataclass(frozen=True)
class CardFacts:
    """A function card: its head, then its rows."""

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
    """A line of plain words and cells, without the empty ones."""
    cells = (word if isinstance(word, Cell) else Cell(word) for word in words)
    return Line(tuple(cell for cell in cells if cell.text), mark, share)


def secondary(text: str) -> Cell:
    """Words that step back."""
    return Cell(text, "secondary")


def mono(text: str) -> Cell:
    """Code, paths and ids."""
    return Cell(text, "mono")


def right(text: str, look: Look = "plain") -> Cell:
    """A number in a column."""
    return Cell(text, look, right=True)


# JSON laid out for reading: what fits on a line stays on one, at every depth


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
