"""A function card as plain text, for terminals, diffs and readers of the raw notebook."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_faas.widgets.card_facts import Payload, card_facts
from jupyter_faas.widgets.facts import Line, Row

MARKS = {"": " ", "ok": "✓", "warn": "!", "error": "✗"}

_LABEL_WIDTH = 16


def card_text(card: Payload) -> str:
    """The card's head, then its rows with their labels at the left."""
    facts = card_facts(card)
    head = " ".join(filter(None, [facts.name, facts.version]))
    lines = [f"{head}  [{facts.state}]  {facts.where}", facts.signature]
    for row in facts.rows:
        lines += [""]
        for index, words in enumerate(_lines(row)):
            lines.append(f"{row.label if index == 0 else '':<{_LABEL_WIDTH}}{words}".rstrip())
    if facts.command:
        lines += ["", f"{'Deploy':<{_LABEL_WIDTH}}{facts.command}"]
    return "\n".join(lines)


def _lines(row: Row) -> Iterator[str]:
    marked = any(line.mark for line in row.lines)
    widths = _widths(row) if row.columns else []
    for line in row.lines:
        mark = f"{MARKS[line.mark]} " if line.mark or (marked and row.columns) else ""
        words = _aligned(line, widths) if row.columns else " ".join(_words(line))
        yield f"{mark}{words}".rstrip()


def _words(line: Line) -> list[str]:
    return [cell.text for cell in line.cells]


def _widths(row: Row) -> list[int]:
    count = max(len(line.cells) for line in row.lines)
    return [
        max(len(line.cells[at].text) for line in row.lines if at < len(line.cells))
        for at in range(count)
    ]


def _aligned(line: Line, widths: list[int]) -> str:
    return "  ".join(
        cell.text.rjust(width) if cell.right else cell.text.ljust(width)
        for cell, width in zip(line.cells, widths, strict=False)
    )
