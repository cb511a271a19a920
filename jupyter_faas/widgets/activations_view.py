"""A list of runs as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from jupyter_faas.widgets.html import colour, mono
from jupyter_faas.widgets.runs_table import cell, mark, nothing, table
from jupyter_faas.widgets.shown import Shown, publish
from jupyter_faas.workspace import text

if TYPE_CHECKING:
    from jupyter_faas.workspace import ActivationSummary

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
