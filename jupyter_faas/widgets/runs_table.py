"""The HTML table that lists of runs and of sessions share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from jupyter_faas.widgets.html import RULE, UI_FONT, colour, icon

_CELL = "padding:0 10px;height:24px;text-align:{};border:0;white-space:nowrap;"


def table(heads: Iterable[str], right: frozenset[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of rows of cells; ``right``: the heads of columns that are aligned so."""
    head = "".join(cell(name, name in right, colour("secondary"), tag="th") for name in heads)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return (
        f'<table style="border-collapse:collapse;font-family:{UI_FONT};font-size:12px;'
        f'{colour("plain")}"><thead><tr style="border-bottom:{RULE}">{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def cell(words: str, right: bool = False, style: str = "", *, tag: str = "td") -> str:
    """A cell with text."""
    align = _CELL.format("right" if right else "left")
    return f'<{tag} style="{align}{style}">{escape(words)}</{tag}>'


def mark(entry: Mapping[str, Any]) -> str:
    """The cell that tells by a sign how a run ended."""
    sign = icon("dot", "ok", 12) if entry["ok"] else icon("error", "error", 12)
    return f'<td style="{_CELL.format("left")}" title="{escape(entry["status"])}">{sign}</td>'


def nothing(words: str) -> str:
    """In place of a table without rows."""
    return f'<span style="{colour("secondary")}">{escape(words)}</span>'
