"""HTML tables of activations, sessions, deploys and replayed inputs, and a coloured diff."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, overload

from jupyter_faas.commands.cost import cost_hints, cost_lines, cost_notes, cost_rows, cost_title
from jupyter_faas.commands.sessions import NONE_YET, sessions_table
from jupyter_faas.whisk import is_activation_id
from jupyter_faas.whisk.names import shown_name
from jupyter_faas.widgets.display_value import DisplayValue, publish
from jupyter_faas.widgets.html import BORDER, RULE, UI_FONT, colour, icon, mono, span
from jupyter_faas.workspace import text
from jupyter_faas.workspace.deployment.history import short_commit

if TYPE_CHECKING:
    from jupyter_faas.workspace import ActivationSummary  # noqa: F401 - the base of a class below
    from jupyter_faas.workspace.costs.report import CostReport
    from jupyter_faas.workspace.deployment.diff import Difference, Part
    from jupyter_faas.workspace.deployment.history import Deploy, History
    from jupyter_faas.workspace.replay.replay import Replay, ReplayRow
    from jupyter_faas.workspace.rollouts.canary import CanaryReport
    from jupyter_faas.workspace.rollouts.shadow import ShadowReport
    from jupyter_faas.workspace.sessions.totals import SessionSummary  # noqa: F401 - the base of a class below

# All styles are set explicitly, because Jupyter has its own styles for tables in outputs.
_CELL = "padding:0 10px;height:24px;text-align:{};border:0;white-space:nowrap;"
# These columns of all tables are numeric and aligned to the right.
_RIGHT = frozenset(
    {
        *("Calls", "Failed", "Duration", "Median", "95th percentile"),
        *("$ / million calls", "$ / million sessions"),
        *("Then", "Now", "Cost then", "Cost now"),
        *("Memory", "Peak", "Cold", "GB-s", "Cost"),
    }
)


# Where the extension's style sheet is loaded, it hides these columns in a narrow output
# (style/notebook.css). Elsewhere a wide table scrolls.
_WIDE = frozenset({"Peak", "95th percentile", "GB-s"})


# The texts of these columns have any length.
_LONG = frozenset({"Function", "Input", "Answer", "Difference"})


def _table(heads: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(_head(name) for name in heads)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return (
        '<div class="jp-FaasOutputTable" style="overflow-x:auto">'
        f'<table style="border-collapse:collapse;margin:0;font-family:{UI_FONT};font-size:12px;'
        f'{colour("plain")}"><thead>'
        f'<tr style="border-bottom:{RULE}">{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _head(name: str) -> str:
    return _cell(name, name in _RIGHT, colour("secondary"), tag="th", wide=name in _WIDE)


def _cell(
    words: str, right: bool = False, style: str = "", *, tag: str = "td", wide: bool = False
) -> str:
    align = _CELL.format("right" if right else "left")
    only_wide = ' class="jp-mod-wide"' if wide else ""
    return f'<{tag}{only_wide} style="{align}{style}">{escape(words)}</{tag}>'


def _titled_cell(words: str, title: str, style: str = "") -> str:
    """Return the cell of a shortened text, whose tooltip has the whole."""
    return f'<td style="{_CELL.format("left")}{style}" title="{escape(title)}">{escape(words)}</td>'


# Only our extension sets the colour of a link, because other front ends cannot open an activation.
_ID = f"border:0;padding:0;margin:0;background:none;color:var(--jp-faas-run-link,inherit);{mono()}"


def _id_cell(activation_id: str) -> str:
    """Return the cell of an activation: the beginning of its id, which every verb accepts.

    In JupyterLab, a click on it opens the activation (``src/renderer/runlinks.ts``).
    """
    if not is_activation_id(activation_id):
        return _titled_cell(activation_id[:8], activation_id, mono())
    return (
        f'<td style="{_CELL.format("left")}"><button type="button" style="{_ID}" '
        f'title="Open activation {activation_id}" data-faas-activation="{activation_id}">'
        f"{activation_id[:8]}</button></td>"
    )


def _long_cell(words: str, title: str, style: str = "") -> str:
    """Return the cell of a text that is shortened if it is long. Its tooltip has the whole."""
    shortened = f"max-width:260px;overflow:hidden;text-overflow:ellipsis;{style}"
    return _titled_cell(words, title, shortened)


def _name_cell(name: str) -> str:
    return _long_cell(shown_name(name), name)


def _cause(error: str, columns: int) -> tuple[str, str]:
    """Return the cells of the row below a failed run, which say why it failed.

    A column for it would make the table wider than most outputs.
    """
    # The cell does not widen the table: its text is wrapped to the width of the other rows.
    style = f"{_CELL.format('left')}height:auto;padding-bottom:4px;max-width:0;white-space:normal;"
    words = f'<td colspan="{columns - 1}" style="{style}{colour("error")}">{escape(error)}</td>'
    return _cell(""), words


def _icon_cell(sign: str, title: str | None = None) -> str:
    shown = "" if title is None else f' title="{escape(title)}"'
    return f'<td style="{_CELL.format("left")}"{shown}>{sign}</td>'


def _ended(entry: Mapping[str, Any]) -> str:
    """Return the cell that shows how a run ended."""
    sign = icon("dot", "ok", 12) if entry["ok"] else icon("error", "error", 12)
    return _icon_cell(sign, entry["status"])


_REMARK = f"font-family:{UI_FONT};font-size:12px;padding:4px 10px;{colour('secondary')}"


def _remarks(lines: Iterable[str]) -> str:
    return "".join(f'<div style="{_REMARK}">{escape(line)}</div>' for line in lines)


class _HtmlView(DisplayValue):
    """A value that is displayed as HTML, or as text if the front end does not show HTML."""

    @abstractmethod
    def _html(self) -> str: ...

    def show(self) -> None:
        """Show the view in the running cell."""
        # Jupyter would typeset the text between two amounts in dollars as a formula.
        html = f'<div class="mathjax_ignore tex2jax_ignore">{self._html()}</div>'
        publish({"text/html": html, "text/plain": repr(self)})


class _Record(Protocol):
    def to_json(self) -> dict[str, Any]: ...


_Summary = TypeVar("_Summary", bound=_Record)


# The view is a Sequence, so that later cells can count and index the runs.
class _SummariesView(_HtmlView, Sequence[_Summary]):
    """A sequence of summaries, newest first, shown as a table."""

    _empty: str
    _heads: tuple[str, ...]

    def __init__(self, summaries: Sequence[_Summary]) -> None:
        self._summaries: list[_Summary] = list(summaries)

    @overload
    def __getitem__(self, index: int) -> _Summary: ...
    @overload
    def __getitem__(self, index: slice) -> list[_Summary]: ...
    def __getitem__(self, index: int | slice) -> _Summary | list[_Summary]:
        return self._summaries[index]

    def __len__(self) -> int:
        return len(self._summaries)

    @abstractmethod
    def _lines(self, entries: list[dict[str, Any]]) -> Iterable[str]: ...

    @abstractmethod
    def _own_cells(self, entry: Mapping[str, Any]) -> Iterator[str]:
        """Yield the cells between name and duration."""

    def __repr__(self) -> str:
        entries = [one.to_json() for one in self._summaries]
        return "\n".join(self._lines(entries)) if entries else self._empty

    def _html(self) -> str:
        if not self._summaries:
            return span(self._empty, colour("secondary"))
        return _table(self._heads, self._rows())

    def _rows(self) -> Iterator[Iterable[str]]:
        for one in self._summaries:
            entry = one.to_json()
            yield self._row(entry)
            if entry.get("error"):
                yield _cause(entry["error"], len(self._heads))

    def _row(self, entry: Mapping[str, Any]) -> Iterator[str]:
        yield _ended(entry)
        yield _name_cell(entry["name"])
        yield from self._own_cells(entry)
        yield _cell(text.duration(entry["duration_ms"]), right=True)
        yield _cell(entry["cost_text"] or text.MISSING, right=True)
        when = text.moment(entry["start"])
        # Without the seconds, the table fits the output of a window of 1024 px.
        yield _titled_cell(when.rpartition(":")[0], when)
        yield _id_cell(entry["id"])


class ActivationsView(_SummariesView["ActivationSummary"]):
    """The summaries of activations, newest first, shown as a table."""

    _empty = "No activations yet."
    _heads = ("", "Function", "Start", "Duration", "$ / million calls", "When", "Activation")

    def _lines(self, entries: list[dict[str, Any]]) -> Iterable[str]:
        return text.activations_table(entries)

    def _own_cells(self, entry: Mapping[str, Any]) -> Iterator[str]:
        yield _cell(text.start(entry), style=colour("cold" if entry["cold"] else "secondary"))


class SessionsView(_SummariesView["SessionSummary"]):
    """The summaries of sessions, newest first, shown as a table."""

    _empty = NONE_YET
    _heads = ("", "Session", "Calls", "Duration", "$ / million sessions", "When", "Activation")

    def _lines(self, entries: list[dict[str, Any]]) -> Iterable[str]:
        return sessions_table(entries)

    def _own_cells(self, entry: Mapping[str, Any]) -> Iterator[str]:
        yield _cell(str(entry["calls"]), right=True)


_COST_HEADS = (
    *("Function", "Memory", "Peak", "Calls", "Median", "95th percentile", "Cold", "GB-s"),
    *("Cost", "$ / million calls"),
)


class CostView(_HtmlView):
    """A CostReport (``view.report``) as a table, with advice on its functions below it."""

    def __init__(self, report: CostReport) -> None:
        self.report = report

    def __repr__(self) -> str:
        return "\n".join(cost_lines(self.report.to_json()))

    def _html(self) -> str:
        report = self.report.to_json()
        *rows, total = cost_rows(report)
        cells = [[_name_cell(row[0]), *_cost_cells(row)] for row in rows]
        strong = "font-weight:600;"
        cells.append([_cell(total[0], style=strong), *_cost_cells(total, strong)])
        # The first function costs the most. All the advice would be longer than the table.
        first, *others = ([one] for one in report["functions"]) if report["functions"] else [[]]
        below = _remarks(cost_hints({**report, "functions": first}))
        more = [hint for one in others for hint in cost_hints({**report, "functions": one})]
        if more:
            count = "1 more function" if len(others) == 1 else f"{len(others)} more functions"
            summary = f"<summary>{count}</summary>"
            below += f'<details style="{_REMARK}">{summary}{_remarks(more)}</details>'
        title = _remarks(cost_title(report))
        return title + _table(_COST_HEADS, cells) + below + _remarks(cost_notes(report))


def _cost_cells(row: Sequence[str], style: str = "") -> Iterator[str]:
    for head, words in zip(_COST_HEADS[1:], row[1:], strict=True):
        yield _cell(words, right=True, style=style, wide=head in _WIDE)


class HistoryView(_HtmlView):
    """A History (``view.history``) as a table, the latest deploy first."""

    def __init__(self, history: History) -> None:
        self.history = history

    def __repr__(self) -> str:
        return str(self.history)

    def _html(self) -> str:
        history = self.history
        heads = ("", "Version", "Deployed", "By", "Notebook", "Commit", "Package", "")
        table = _table(heads, map(_deploy_row, history.deploys)) if history.deploys else ""
        return table + _remarks(history.remarks())


def _deploy_row(deploy: Deploy) -> Iterator[str]:
    record = deploy.record
    sign = icon("deployed", "ok", 12) if deploy.current else ""
    yield _icon_cell(sign, "Currently deployed" if deploy.current else "")
    yield _cell(record.version)
    yield _cell(text.moment(record.deployed))
    yield _cell(record.user or text.MISSING)
    yield _cell(record.notebook or text.MISSING)
    yield _cell(short_commit(record.commit), style=mono())
    yield _cell(record.bundle[:12], style=mono())
    yield _cell(deploy.notes(), style=colour("secondary"))


_REPLAY_HEADS = ("", "Input", "Answer", "Then", "Now", "Cost then", "Cost now", "Activation")


class ReplayView(_HtmlView):
    """A Replay (``view.replay``) as a table, the newest input first."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay

    def __repr__(self) -> str:
        return "\n".join(self.replay.lines())

    def _html(self) -> str:
        replay = self.replay
        rows = map(_replay_row, replay.rows, replay.cells())
        table = _table(_REPLAY_HEADS, rows) if replay.rows else ""
        return table + _remarks((replay.summary(), *replay.remarks()))


def _replay_row(one: ReplayRow, cells: tuple[str, ...]) -> Iterator[str]:
    found = one.comparison
    differs = found is not None and found.likeness == "differs"
    ok = icon("dot", "ok", 12) if found else ""
    yield _icon_cell(icon("error", "error", 12) if differs else ok)
    brief, *others = cells
    yield _long_cell(brief, text.json_line(dict(one.input.params)), mono())
    yield from _row_of(_REPLAY_HEADS[2:], others)


_VERSION_HEADS = (
    *("", "Function", "Version", "Calls", "Failed", "Median", "95th percentile"),
    "$ / million calls",
)
_ANSWER_HEADS = ("Input", "Difference", "Activation", "Shadow's activation")


class ShadowView(_HtmlView):
    """A ShadowReport (``view.report``): the versions side by side, then answers that differ."""

    def __init__(self, report: ShadowReport) -> None:
        self.report = report

    def __repr__(self) -> str:
        return "\n".join(self.report.lines())

    def _html(self) -> str:
        report, answers = self.report, self.report.answer_cells()
        versions = report.version_cells()
        first = _plain_table(_VERSION_HEADS, versions) if versions else ""
        second = _plain_table(_ANSWER_HEADS, answers) if answers else ""
        return first + _remarks((report.summary(),)) + second + _remarks(report.remarks())


class CanaryView(_HtmlView):
    """A CanaryReport (``view.report``): both versions side by side."""

    def __init__(self, report: CanaryReport) -> None:
        self.report = report

    def __repr__(self) -> str:
        return "\n".join(self.report.lines())

    def _html(self) -> str:
        report = self.report
        table = _plain_table(_VERSION_HEADS, report.cells())
        return table + _remarks((report.summary(), *report.remarks()))


def _plain_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return _table(heads, map(partial(_row_of, heads), rows))


def _row_of(heads: Sequence[str], cells: Sequence[str]) -> Iterator[str]:
    for name, words in zip(heads, cells, strict=True):
        if name.lower().endswith("activation"):
            yield _id_cell(words)
        elif name in _LONG:
            yield _long_cell(words, words, mono() if name == "Input" else "")
        else:
            yield _cell(words, name in _RIGHT, wide=name in _WIDE)


# These backgrounds keep the text readable on white and on black. The sign at the beginning of each
# line has the same meaning as its colour.
_TINTS = {
    "+": "background:rgba(46,160,67,.18)",
    "-": "background:rgba(248,81,73,.18)",
    "@": colour("secondary"),
}


class DiffView(_HtmlView):
    """A Difference (``view.difference``) as a coloured unified diff."""

    def __init__(self, difference: Difference) -> None:
        self.difference = difference

    def __repr__(self) -> str:
        return str(self.difference)

    def _html(self) -> str:
        found = self.difference
        if found.same:
            return span(str(found), colour("secondary"))
        ends = f"from {found.old.label} to {found.new.label}"
        head = (
            f'<div style="font-family:{UI_FONT};font-size:13px;{colour("plain")}">'
            f"<b>{escape(found.name)}</b> {span(ends, colour('secondary'))}</div>"
        )
        return head + "".join(map(_part, found.parts))


def _part(part: Part) -> str:
    count = span(f"+{part.added} −{part.removed}", colour("secondary"))
    title = (
        f'<div style="font-family:{UI_FONT};font-size:12px;padding:8px 0 4px;{colour("plain")}">'
        f"{escape(part.title)} {count}</div>"
    )
    row = "padding:0 8px;min-height:18px;"
    lines = "".join(
        f'<div style="{row}{_TINTS.get(line[:1], "")}">{escape(line)}</div>' for line in part.lines
    )
    return (
        f'{title}<div style="border:{BORDER};{mono()};line-height:18px;white-space:pre-wrap;'
        f'overflow-wrap:anywhere;max-width:760px;{colour("plain")}">{lines}</div>'
    )
