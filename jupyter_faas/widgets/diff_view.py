"""What differs, as a unified diff in colours."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from jupyter_faas.widgets.html import BORDER, UI_FONT, colour, mono
from jupyter_faas.widgets.shown import Shown, publish

if TYPE_CHECKING:
    from jupyter_faas.workspace.difference import Difference, Part

# Tints that leave the text readable on white and on black; the sign says the same.
_TINTS = {
    "+": "background:rgba(46,160,67,.18)",
    "-": "background:rgba(248,81,73,.18)",
    "@": colour("secondary"),
}


class DiffView(Shown):
    """A Difference (``view.difference``)."""

    def __init__(self, difference: Difference) -> None:
        self.difference = difference

    def show(self) -> None:
        """Show the diff in the running cell."""
        publish({"text/html": self._html(), "text/plain": repr(self)})

    def __repr__(self) -> str:
        return str(self.difference)

    def _html(self) -> str:
        found = self.difference
        if found.same:
            return f'<span style="{colour("secondary")}">{escape(str(found))}</span>'
        ends = f"from {found.old.label} to {found.new.label}"
        head = (
            f'<div style="font-family:{UI_FONT};font-size:13px;{colour("plain")}">'
            f"<b>{escape(found.name)}</b> "
            f'<span style="{colour("secondary")}">{escape(ends)}</span></div>'
        )
        return head + "".join(map(_part, found.parts))


def _part(part: Part) -> str:
    count = f"+{part.added} −{part.removed}"
    title = (
        f'<div style="font-family:{UI_FONT};font-size:12px;padding:8px 0 4px;{colour("plain")}">'
        f'{escape(part.title)} <span style="{colour("secondary")}">{count}</span></div>'
    )
    row = "padding:0 8px;min-height:18px;"
    lines = "".join(
        f'<div style="{row}{_TINTS.get(line[:1], "")}">{escape(line)}</div>' for line in part.lines
    )
    return (
        f'{title}<div style="border:{BORDER};{mono()};line-height:18px;white-space:pre-wrap;'
        f'overflow-wrap:anywhere;max-width:760px;{colour("plain")}">{lines}</div>'
    )
