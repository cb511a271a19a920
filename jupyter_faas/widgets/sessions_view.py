"""A list of sessions as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, overload

from jupyter_faas.widgets.html import RULE, UI_FONT, colour, icon, mono
from jupyter_faas.widgets.shown import Shown, publish
from jupyter_faas.workspace import text
from jupyter_faas.workspace.session_text import sessions_table
from jupyter_faas.workspace.session_verbs import NONE_YET

if TYPE_CHECKING:
    from jupyter_faas.workspace.session_totals import SessionSummary

_HEADS = ("", "Session", "Calls", "Duration", "Cost / million", "When", "Activation")
_RIGHT = frozenset({"Calls", "Duration", "Cost / million"})
_CELL = "padding:0 10px;height:24px;text-align:{};border:0;white-space:nowrap;"


class SessionsView(Shown, Sequence["SessionSummary"]):
    """The sessions, newest first, shown as a table."""

    def __init__(self, sessions: Sequence[SessionSummary]) -> None:
        self._sessions = list(sessions)

    @overload
    def __getitem__(self, index: int) -> SessionSummary: ...
    @overload
    def __getitem__(self, index: slice) -> list[SessionSummary]: ...
    def __getitem__(self, index: int | slice) -> SessionSummary | list[SessionSummary]:
        return self._sessions[index]

    def __len__(self) -> int:
        return len(self._sessions)

    def show(self) -> None:
        """Show the table in the running cell."""
        publish({"text/html": self._html(), "text/plain": repr(self)})

    def __repr__(self) -> str:
        if not self._sessions:
            return NONE_YET
        return "\n".join(sessions_table([one.to_json() for one in self._sessions]))

    def _html(self) -> str:
        if not self._sessions:
            return f'<span style="{colour("secondary")}">{NONE_YET}</span>'
        head = "".join(_cell("th", name, name in _RIGHT, colour("secondary")) for name in _HEADS)
        rows = "".join(f"<tr>{''.join(_row(one.to_json()))}</tr>" for one in self._sessions)
        return (
            f'<table style="border-collapse:collapse;font-family:{UI_FONT};font-size:12px;'
            f'{colour("plain")}"><thead><tr style="border-bottom:{RULE}">{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table>"
        )


def _row(entry: Mapping[str, Any]) -> Iterator[str]:
    mark = icon("dot", "ok", 12) if entry["ok"] else icon("error", "error", 12)
    yield f'<td style="{_CELL.format("left")}" title="{escape(entry["status"])}">{mark}</td>'
    yield _cell("td", entry["name"])
    yield _cell("td", str(entry["calls"]), right=True)
    yield _cell("td", text.duration(entry["duration_ms"]), right=True)
    yield _cell("td", entry["cost_text"] or text.MISSING, right=True)
    yield _cell("td", text.moment(entry["start"]))
    yield _cell("td", entry["id"], style=mono())


def _cell(tag: str, words: str, right: bool = False, style: str = "") -> str:
    align = _CELL.format("right" if right else "left")
    return f'<{tag} style="{align}{style}">{escape(words)}</{tag}>'
