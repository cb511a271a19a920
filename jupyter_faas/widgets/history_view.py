"""The deploys of a function as a table."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from jupyter_faas.widgets.html import RULE, UI_FONT, colour, icon, mono
from jupyter_faas.widgets.shown import Shown, publish
from jupyter_faas.workspace import text
from jupyter_faas.workspace.history import short_commit

if TYPE_CHECKING:
    from jupyter_faas.workspace.history import Deploy, History

_HEADS = ("", "Version", "Deployed", "By", "Notebook", "Commit", "Package", "")
_CELL = "padding:0 10px;height:24px;text-align:left;border:0;white-space:nowrap;"


class HistoryView(Shown):
    """A History (``view.history``), the latest deploy first."""

    def __init__(self, history: History) -> None:
        self.history = history

    def show(self) -> None:
        """Show the table in the running cell."""
        publish({"text/html": self._html(), "text/plain": repr(self)})

    def __repr__(self) -> str:
        return str(self.history)

    def _html(self) -> str:
        history = self.history
        # The table itself is drawn here; what else there is to say stands below it.
        below = history.remarks()
        head = "".join(_cell("th", name, colour("secondary")) for name in _HEADS)
        rows = "".join(f"<tr>{''.join(_row(each))}</tr>" for each in history.deploys)
        table = (
            f'<table style="border-collapse:collapse;font-family:{UI_FONT};font-size:12px;'
            f'{colour("plain")}"><thead><tr style="border-bottom:{RULE}">{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table>"
        )
        style = f"font-family:{UI_FONT};font-size:12px;padding:4px 10px;{colour('secondary')}"
        words = "".join(f'<div style="{style}">{escape(line)}</div>' for line in below)
        return (table if history.deploys else "") + words


def _row(deploy: Deploy) -> Iterator[str]:
    record = deploy.record
    mark = icon("deployed", "ok", 12) if deploy.current else ""
    yield f'<td style="{_CELL}" title="{"Deployed now" if deploy.current else ""}">{mark}</td>'
    yield _cell("td", record.version)
    yield _cell("td", text.moment(record.deployed))
    yield _cell("td", record.user or text.MISSING)
    yield _cell("td", record.notebook or text.MISSING)
    yield _cell("td", short_commit(record.commit), mono())
    yield _cell("td", record.bundle[:12], mono())
    yield _cell("td", deploy.notes(), colour("secondary"))


def _cell(tag: str, words: str, style: str = "") -> str:
    return f'<{tag} style="{_CELL}{style}">{escape(words)}</{tag}>'
