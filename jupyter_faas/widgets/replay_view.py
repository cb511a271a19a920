"""Replayed inputs as a table."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from jupyter_faas.widgets.html import RULE, UI_FONT, colour, icon, mono
from jupyter_faas.widgets.shown import Shown, publish

if TYPE_CHECKING:
    from jupyter_faas.workspace.replay import Replay, Replayed

_HEADS = ("", "Input", "Answer", "Then", "Now", "Cost then", "Cost now", "Activation")
_RIGHT = frozenset({"Then", "Now", "Cost then", "Cost now"})
_CELL = "padding:0 10px;height:24px;text-align:{};border:0;white-space:nowrap;"


class ReplayView(Shown):
    """A Replay (``view.replay``), the newest input first."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay

    def show(self) -> None:
        """Show the table in the running cell."""
        publish({"text/html": self._html(), "text/plain": repr(self)})

    def __repr__(self) -> str:
        return "\n".join(self.replay.lines())

    def _html(self) -> str:
        replay = self.replay
        head = "".join(_cell("th", name, name, colour("secondary")) for name in _HEADS)
        rows = "".join(
            f"<tr>{''.join(_row(one, cells))}</tr>"
            for one, cells in zip(replay.rows, replay.cells(), strict=True)
        )
        table = (
            f'<table style="border-collapse:collapse;font-family:{UI_FONT};font-size:12px;'
            f'{colour("plain")}"><thead><tr style="border-bottom:{RULE}">{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table>"
        )
        style = f"font-family:{UI_FONT};font-size:12px;padding:4px 10px;{colour('secondary')}"
        below = (replay.summary(), *replay.remarks())
        words = "".join(f'<div style="{style}">{escape(line)}</div>' for line in below)
        return (table if replay.rows else "") + words


def _row(one: Replayed, cells: tuple[str, ...]) -> Iterator[str]:
    found = one.comparison
    differs = found is not None and found.likeness == "differs"
    mark = icon("error", "error", 12) if differs else icon("dot", "ok", 12) if found else ""
    yield f'<td style="{_CELL.format("left")}">{mark}</td>'
    for name, words in zip(_HEADS[1:], cells, strict=True):
        yield _cell("td", words, name, mono() if name in ("Input", "Activation") else "")


def _cell(tag: str, words: str, name: str, style: str = "") -> str:
    align = _CELL.format("right" if name in _RIGHT else "left")
    return f'<{tag} style="{align}{style}">{escape(words)}</{tag}>'
