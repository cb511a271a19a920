"""A list of sessions as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from jupyter_faas.widgets.html import mono
from jupyter_faas.widgets.runs_table import cell, mark, nothing, table
from jupyter_faas.widgets.shown import Shown, publish
from jupyter_faas.workspace import text
from jupyter_faas.workspace.session_text import sessions_table
from jupyter_faas.workspace.session_verbs import NONE_YET

if TYPE_CHECKING:
    from jupyter_faas.workspace.session_totals import SessionSummary

_HEADS = ("", "Session", "Calls", "Duration", "Cost / million", "When", "Activation")
_RIGHT = frozenset({"Calls", "Duration", "Cost / million"})


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
            return nothing(NONE_YET)
        return table(_HEADS, _RIGHT, (_row(one.to_json()) for one in self._sessions))


def _row(entry: Mapping[str, Any]) -> Iterator[str]:
    yield mark(entry)
    yield cell(entry["name"])
    yield cell(str(entry["calls"]), right=True)
    yield cell(text.duration(entry["duration_ms"]), right=True)
    yield cell(entry["cost_text"] or text.MISSING, right=True)
    yield cell(text.moment(entry["start"]))
    yield cell(entry["id"], style=mono())
