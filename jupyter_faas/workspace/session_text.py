"""A session as plain text: what it came to, the graph with how often, the steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jupyter_faas.errors import CompositionError
from jupyter_faas.workspace import text
from jupyter_faas.workspace.session_table import steps_table

_LIST_HEAD = ("NAME", "STATUS", "CALLS", "DURATION", "COST", "WHEN", "ID")
_LIST_RIGHT = frozenset({"CALLS", "DURATION", "COST"})


def session_lines(session: Mapping[str, Any], *, every: bool = False) -> tuple[str, ...]:
    """All of it; ``session`` has the keys of ``tests/data/api/session.json``.

    ``every`` gives each step a line of its own.
    """
    lines = [*_summary(session)]
    graph = session["graph"]
    if graph is not None:
        lines += ["", *_path(graph, session["nodes"])]
    elif session["kind"] == "composition":
        lines += ["", "The graph of that version was not kept; these are its steps."]
    if session["steps"]:
        lines += ["", *steps_table(session, every=every)]
    if session["truncated"]:
        lines += ["", "It caused more than is shown here."]
    return tuple(lines)


def _summary(session: Mapping[str, Any]) -> Iterator[str]:
    run, cost = session["activation"], session["cost"]
    if run["kind"] is None and not session["running"]:
        words = [f"{session['name']} {session['version']}", "trigger", run["status"]]
        yield " · ".join([*words, session["id"]])
        yield f"Fired {text.moment(session['start'])}; what it ran: logs {session['id']}"
        return
    words = [f"{session['name']} {session['version']}", session["kind"], run["status"]]
    words += [text.duration(session["elapsed_ms"]), text.per_million(cost["text"]), session["id"]]
    yield " · ".join(words)
    error = run["result"].get("error") if isinstance(run["result"], Mapping) else None
    if not run["ok"] and error is not None:
        yield f"Error: {error if isinstance(error, str) else text.json_line(error)}"
    facts = [f"Started {text.moment(session['start'])}"]
    if session["kind"] != "function":
        counted = [f"{session['calls']} call{'' if session['calls'] == 1 else 's'}"]
        counted += [f"{session[key]} {key}" for key in ("retried", "failed") if session[key]]
        facts.append(", ".join(counted))
    facts.append("cold" if session["cold"] else "warm")
    if session["notebook"]:
        facts.append(session["notebook"])
    yield " · ".join(facts)
    if cost["waiting_text"] is not None:
        yield f"{text.per_million(cost['waiting_text'])} of it is the price of waiting for branches"


def _path(graph: Mapping[str, Any], nodes: Mapping[str, Any]) -> Iterator[str]:
    """The graph as an outline, each node with how often the session came to it."""
    from jupyter_faas.composer import parse
    from jupyter_faas.composer.graph import outline

    try:
        tree = parse(graph)
    except CompositionError as error:
        yield error.message
        return
    lines = outline(tree).split("\n")
    width = max(map(len, lines))
    for line, (path, _) in zip(lines, tree.walk(), strict=True):
        yield f"{line.ljust(width)}  {_counted(nodes.get(path))}".rstrip()


def _counted(visits: Mapping[str, Any] | None) -> str:
    if visits is None:
        return ""
    failed = f", {visits['failed']} failed" if visits["failed"] else ""
    return f"×{visits['visits']}{failed}"


def sessions_table(sessions: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Sessions of a list, the latest first."""
    rows = [
        (
            str(one["name"]),
            str(one["status"]),
            str(one["calls"]),
            text.duration(one["duration_ms"]),
            text.per_million(one["cost_text"]),
            text.moment(one["start"]),
            str(one["id"]),
        )
        for one in sessions
    ]
    return text.table(_LIST_HEAD, rows, right=_LIST_RIGHT)
