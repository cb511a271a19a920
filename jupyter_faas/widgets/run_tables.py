"""A list of runs as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, overload

from jupyter_faas.commands.sessions import NONE_YET, sessions_table
from jupyter_faas.widgets.display_value import Shown, publish
from jupyter_faas.widgets.html import RULE, UI_FONT, colour, icon, mono
from jupyter_faas.workspace import text

if TYPE_CHECKING:
    from jupyter_faas.workspace import ActivationSummary
    from jupyter_faas.workspace.sessions.totals import SessionSummary


# -- The HTML table that lists of runs and of sessions share.


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


_HEADS = ("", "Function", "Start", "Duration", "Cost / million", "When", "Activation")
_RIGHT = frozenset({"Duration", "Cost / million"})


class ActivationsView(Shown, Sequence["ActivationSummary"]):
    """The summaries, newest first, shown as a table."""

    def __init__(self, summaries: Sequence[ActivationSummary]) -> None:
        self._summaries = list(summaries)

    @overload
    def __getitem__(self, index: int) -> ActivationSummary: ...
    @overload
    def __getitem__(self, index: slice) -> list[ActivationSummary]: ...
    def __getitem__(self, index: int | slice) -> ActivationSummary | list[ActivationSummary]:
        return self._summaries[index]

    def __len__(self) -> int:
        return len(self._summaries)

    def show(self) -> None:
        """Show the table in the running cell."""
        publish({"text/html": self._html(), "text/plain": repr(self)})

    def __repr__(self) -> str:
        if not self._summaries:
            return "No activations yet."
        return "\n".join(text.activations_table([one.to_json() for one in self._summaries]))

    def _html(self) -> str:
        if not self._summaries:
            return nothing("No activations yet.")
        return table(_HEADS, _RIGHT, (_row(one.to_json()) for one in self._summaries))


def _row(entry: Mapping[str, Any]) -> Iterator[str]:
    yield mark(entry)
    yield cell(entry["name"])
    start = text.start(entry)
    yield cell(start, style=colour("cold" if entry["cold"] else "secondary"))
    yield cell(text.duration(entry["duration_ms"]), right=True)
    yield cell(entry["cost_text"] or text.MISSING, right=True)
    yield cell(text.moment(entry["start"]))
    yield cell(entry["id"], style=mono())


# -- A list of sessions as a table.


_SESSION_HEADS = (
    "",
    "Session",
    "Calls",
    "Duration",
    "Cost / million",
    "When",
    "Activation",
)
_SESSION_RIGHT = frozenset({"Calls", "Duration", "Cost / million"})


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
        return table(
            _SESSION_HEADS,
            _SESSION_RIGHT,
            (_session_row(one.to_json()) for one in self._sessions),
        )


def _session_row(entry: Mapping[str, Any]) -> Iterator[str]:
    yield mark(entry)
    yield cell(entry["name"])
    yield cell(str(entry["calls"]), right=True)
    yield cell(text.duration(entry["duration_ms"]), right=True)
    yield cell(entry["cost_text"] or text.MISSING, right=True)
    yield cell(text.moment(entry["start"]))
    yield cell(entry["id"], style=mono())
