"""Render a function card as HTML (inline styles, no script, any theme) and as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_faas.widgets.card_facts import Payload, card_facts
from jupyter_faas.widgets.html import BORDER, COLOURS, RULE, UI_FONT, colour, icon, mono, span
from jupyter_faas.widgets.lines import CardFacts, Cell, Line, Row

_STATE_ICONS = {"": ("ring", "secondary"), "ok": ("deployed", "ok"), "warn": ("changed", "warn")}
_LABEL = f"font-size:12px;{colour('secondary')}"
_LOOKS = {
    "plain": "",
    "secondary": colour("secondary"),
    "mono": mono(),
    "strong": "font-weight:600",
    "tree": f"white-space:pre;line-height:16px;{mono()}",
}


def card_html(card: Payload) -> str:
    """Return the card as HTML, in a box of at most 760 px."""
    facts = card_facts(card)
    return (
        f'<div style="max-width:760px;border:{BORDER};border-radius:2px;font-family:{UI_FONT};'
        f'font-size:13px;line-height:20px;{colour("plain")}">'
        f"{_head(facts)}{''.join(map(_row, facts.rows))}</div>"
    )


def _head(facts: CardFacts) -> str:
    shape, tone = _STATE_ICONS[facts.mark]
    tag = (
        f'<span style="display:inline-flex;align-items:center;gap:4px;height:18px;padding:0 6px;'
        f'border:{BORDER};border-radius:2px;font-size:11px;line-height:16px;white-space:nowrap">'
        f"{icon(shape, tone, 12)}{span(facts.state)}</span>"
    )
    parts = [
        icon(facts.icon, "currentColor"),
        span(facts.name, "font-size:16px;line-height:24px;font-weight:600"),
        span(facts.version, colour("secondary")) if facts.version else "",
        tag,
        '<span style="flex:1"></span>',
        span(facts.where, _LABEL),
        span(facts.command, mono()) if facts.command else "",
    ]
    return (
        '<div style="display:flex;flex-wrap:wrap;align-items:center;gap:4px 8px;'
        f'padding:10px 12px 4px">{"".join(parts)}</div>'
        f'<div style="padding:0 12px 10px 36px;line-height:18px;{mono()}">'
        f"{span(facts.signature)}</div>"
    )


def _row(row: Row) -> str:
    body = _columns(row) if row.columns else "".join(map(_line, row.lines))
    return (
        f'<div style="display:grid;grid-template-columns:104px minmax(0,1fr);column-gap:12px;'
        f'padding:8px 12px;border-top:{RULE}">'
        f"{span(row.label, _LABEL)}"
        f'<div style="overflow-x:auto">{body}</div></div>'
    )


def _line(line: Line) -> str:
    # A line with a mark is one sentence, which must wrap between its words, not after the mark.
    mark, wrap = (icon(line.mark, line.mark), "nowrap") if line.mark else ("", "wrap")
    # In an outline the branches of neighbouring lines must touch, so these lines have less height.
    height = 16 if any(cell.look == "tree" for cell in line.cells) else 20
    return (
        f'<div style="display:flex;flex-wrap:{wrap};gap:0 8px;align-items:center;'
        f'min-height:{height}px">'
        f"{mark}{''.join(map(_cell, line.cells))}</div>"
    )


def _cell(cell: Cell) -> str:
    return span(cell.text, _LOOKS[cell.look])


def _columns(row: Row) -> str:
    """Return the lines of a row as one grid, so that their cells are aligned.

    If any line has a mark, column 1 holds marks. If any line has a bar, the last column holds bars.
    """
    marked = any(line.mark for line in row.lines)
    barred = any(line.share is not None for line in row.lines)
    count = max(len(line.cells) for line in row.lines)
    columns = (["16px"] if marked else []) + ["auto"] * (count - 1)
    columns += ["auto", "minmax(60px,180px)"] if barred else ["minmax(0,1fr)"]
    pieces = []
    for line in row.lines:
        if marked:
            pieces.append(icon(line.mark, line.mark) if line.mark else "<span></span>")
        pieces += [_grid_cell(cell) for cell in line.cells]
        # The cells of a CSS grid form one sequence, so a missing cell would shift all later cells.
        pieces += ["<span></span>"] * (count - len(line.cells))
        if barred:
            pieces.append(_bar(line.share))
    return (
        f'<div style="display:grid;grid-template-columns:{" ".join(columns)};'
        'justify-content:start;gap:0 12px;align-items:center;line-height:22px">'
        f"{''.join(pieces)}</div>"
    )


def _grid_cell(cell: Cell) -> str:
    align = "text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;"
    return span(cell.text, (align if cell.right else "") + _LOOKS[cell.look])


def _bar(share: float | None) -> str:
    if share is None:
        return "<span></span>"
    return (
        '<span style="display:block;height:4px;background:rgba(128,128,128,.2)">'
        # The width is at least 1 %, so that the bar of a small file is visible.
        f'<span style="display:block;height:4px;width:{max(1, round(share * 100))}%;'
        f'background:{COLOURS["brand"]}"></span></span>'
    )


# The plain text is for terminals, diffs and readers of the raw notebook.


MARKS = {"": " ", "ok": "✓", "warn": "!", "error": "✗"}

_LABEL_WIDTH = 16


# The rows of the short text, each on one line.
_SHORT_ROWS_SHOWN = 5
_SHORT_ROWS = ("URL", "Model", "Own steps", "Preflight", "Clean-room test", "Cost")


def card_text(card: Payload) -> str:
    """Return the most important facts of the card as plain text of at most 8 lines."""
    facts = card_facts(card)
    lines = _text_head(facts)
    # A function with several models has one row for each. Later rows are less important.
    shown: dict[str, str] = {}
    for row in facts.rows:
        if row.label not in shown and (row.label in _SHORT_ROWS or _warns(row)):
            shown[row.label] = _short(row)
    lines += [_labelled(label, words) for label, words in [*shown.items()][:_SHORT_ROWS_SHOWN]]
    deploy = f"{facts.command} · " if facts.command else ""
    more = f"{deploy}details: %faas show {facts.name}"
    return "\n".join([*lines, _labelled("Deploy" if deploy else "More", more)])


def card_details(card: Payload) -> str:
    """Return the whole card as plain text, with the labels of rows on the left."""
    facts = card_facts(card)
    lines = _text_head(facts)
    for row in facts.rows:
        lines += [""]
        for index, words in enumerate(_lines(row)):
            lines.append(_labelled(row.label if index == 0 else "", words))
    if facts.command:
        lines += ["", _labelled("Deploy", facts.command)]
    return "\n".join(lines)


def _text_head(facts: CardFacts) -> list[str]:
    name = " ".join(filter(None, [facts.name, facts.version]))
    return [f"{name}  [{facts.state}]  {facts.where}", facts.signature]


def _labelled(label: str, words: str) -> str:
    return f"{label:<{_LABEL_WIDTH}}{words}".rstrip()


def _warns(row: Row) -> bool:
    # The verdict of the checks is the row Preflight.
    return row.label in ("Includes", "Calls") and any(line.mark == "warn" for line in row.lines)


def _short(row: Row) -> str:
    """Return the first line of a row, and its first marked line, if that is another one.

    Of a row that warns, return only the warning.
    """
    first = row.lines[0]
    marked = next((line for line in row.lines[1:] if line.mark), None)
    chosen = [first] if first.mark or marked is None else [first, marked]
    if _warns(row):
        chosen = [next(line for line in row.lines if line.mark == "warn")]
    return "  ".join(
        " ".join(filter(None, [MARKS[line.mark].strip(), *_words(line)])) for line in chosen
    )


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
