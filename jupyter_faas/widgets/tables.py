"""What differs, as a unified diff in colours."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from jupyter_faas.widgets.display_value import Shown, publish
from jupyter_faas.widgets.html import BORDER, RULE, UI_FONT, colour, icon, mono
from jupyter_faas.workspace import text
from jupyter_faas.workspace.deployment.history import short_commit

if TYPE_CHECKING:
    from jupyter_faas.workspace.deployment.diff import Difference, Part
    from jupyter_faas.workspace.deployment.history import Deploy, History
    from jupyter_faas.workspace.replay.replay import Replay, ReplayRow


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


# -- The deploys of a function as a table.


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


# -- ReplayRow inputs as a table.


_REPLAY_HEADS = (
    "",
    "Input",
    "Answer",
    "Then",
    "Now",
    "Cost then",
    "Cost now",
    "Activation",
)
_RIGHT = frozenset({"Then", "Now", "Cost then", "Cost now"})
_REPLAY_CELL = "padding:0 10px;height:24px;text-align:{};border:0;white-space:nowrap;"


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
        head = "".join(
            _replay_cell("th", name, name, colour("secondary")) for name in _REPLAY_HEADS
        )
        rows = "".join(
            f"<tr>{''.join(_replay_row(one, cells))}</tr>"
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


def _replay_row(one: ReplayRow, cells: tuple[str, ...]) -> Iterator[str]:
    found = one.comparison
    differs = found is not None and found.likeness == "differs"
    mark = icon("error", "error", 12) if differs else icon("dot", "ok", 12) if found else ""
    yield f'<td style="{_REPLAY_CELL.format("left")}">{mark}</td>'
    for name, words in zip(_REPLAY_HEADS[1:], cells, strict=True):
        yield _replay_cell("td", words, name, mono() if name in ("Input", "Activation") else "")


def _replay_cell(tag: str, words: str, name: str, style: str = "") -> str:
    align = _REPLAY_CELL.format("right" if name in _RIGHT else "left")
    return f'<{tag} style="{align}{style}">{escape(words)}</{tag}>'
