"""The verbs ``sessions`` and ``session``, and their results as tables and text."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from jupyter_faas.commands.arguments import Argument, Outcome
from jupyter_faas.errors import CompositionError, InputError
from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.whisk.names import shown_name
from jupyter_faas.workspace import text
from jupyter_faas.workspace.results import Progress, rounded

if TYPE_CHECKING:
    from jupyter_faas.workspace.workspace import Workspace


# The functions below build the table of steps.

_HEAD = ("STEP", "ROLE", "NODE", "START", "WAIT", "INIT", "RUN", "COST", "STATUS", "ACTIVATION")
_RIGHT = frozenset({"WAIT", "INIT", "RUN", "COST"})
# This many equal steps or more share a line, such as the branches of a long map or the iterations
# of a loop.
_CROWD = 6
# The roles of the runs of a composition's engine, which are not counted as calls.
_OVERHEAD = ("conductor", "wait")
_NOT_CALLS = "Runs with the role conductor or wait are charged, but they are not calls."

_Entry = Mapping[str, Any]


@dataclass(frozen=True)
class _Line:
    """One line of the table, for one step or several equal steps. ``depth`` is the indentation."""

    steps: tuple[_Entry, ...]
    depth: int

    @property
    def first(self) -> _Entry:
        return self.steps[0]

    def total(self, key: str) -> int | None:
        known = [one[key] for one in self.steps if one[key] is not None]
        return sum(known) if known else None


def steps_table(session: _Entry, *, every: bool = False) -> tuple[str, ...]:
    """Return a table of all runs in a session, with their place in the graph, duration and cost.

    Children are below their parent, ordered by time. All runs of a conductor share one line, which
    shows their sums, and so do many equal steps. With ``every``, each run has its own line.
    """
    lines = list(_lines(session, every))
    rows = [_one_line(_row(line)) for line in lines]
    table = text.table(_HEAD, rows, right=_RIGHT)
    if all(len(line.steps) == 1 for line in lines):
        return table
    return (*table, "", "A line with ×N shows the totals of N runs. To list each run, use --all.")


def _lines(session: _Entry, every: bool) -> Iterator[_Line]:
    known = {session["id"], *(step["id"] for step in session["steps"])}
    below: dict[str, list[_Entry]] = {}
    for step in session["steps"]:
        # A child whose parent is not in this session's list is shown at the top level.
        parent = step["parent"] if step["parent"] in known else session["id"]
        below.setdefault(parent, []).append(step)

    def walk(parents: Sequence[str], depth: int, crowd: int) -> Iterator[_Line]:
        steps = [step for parent in parents for step in below.get(parent, ())]
        for group in [(step,) for step in steps] if every else _folded(steps, crowd):
            yield _Line(group, depth)
            ids = [step["id"] for step in group]
            # If several steps share a line, their children do too, even if there are only two.
            yield from walk(ids, depth + 1, _CROWD if len(group) == 1 else 2)

    return walk([session["id"]], 0, _CROWD)


def _folded(steps: Sequence[_Entry], crowd: int) -> Iterator[tuple[_Entry, ...]]:
    """Yield the steps in groups. Equal steps form one group at the position of the first."""
    kinds: dict[tuple[Any, ...], list[_Entry]] = {}
    for step in steps:
        kinds.setdefault(_kind(step), []).append(step)
    for step in steps:
        kind = kinds[_kind(step)]
        # Conductor runs and waits are overhead between the calls, so as few as two share a line.
        if len(kind) < (2 if step["role"] in _OVERHEAD else crowd):
            yield (step,)
        elif step is kind[0]:
            yield tuple(kind)


def _kind(step: _Entry) -> tuple[Any, ...]:
    """Return a key that is equal for steps that may share a line.

    Failed steps stay separate. A conductor's runs share a line even if one of them failed, because
    the parent step shows the failure.
    """
    if step["role"] == "conductor":
        return step["role"], step["name"]
    return step["role"], step["name"], step["path"], step["status"]


def _row(line: _Line) -> tuple[str, ...]:
    step, count = line.first, len(line.steps)
    times = f" ×{count:,}" if count > 1 else ""
    return (
        "  " * line.depth + shown_name(step["name"]),
        f"{step['role']}{times}",
        _node(step, count),
        _start(line),
        text.duration(line.total("wait_ms")),
        text.duration(line.total("init_ms")),
        text.duration(_run_ms(line)),
        _cost(line),
        _status(line),
        step["id"] if count == 1 else "",
    )


def _node(step: _Entry, count: int) -> str:
    if step["path"] is None:
        return ""
    nth = f" ×{step['nth']}" if count == 1 and (step["nth"] or 1) > 1 else ""
    return f"root{step['path']}{nth}"


def _start(line: _Line) -> str:
    """Return how the runs started (cold or warm), or an empty string if none had a container."""
    own = [each for each in line.steps if each["kind"] not in (None, SEQUENCE)]
    starts = Counter(text.start(each) for each in own)
    if len(starts) <= 1:
        return next(iter(starts), "")
    return ", ".join(f"{count:,} {start}" for start, count in sorted(starts.items()))


def _status(line: _Line) -> str:
    """Return the status of the steps, or their first error if there is one."""
    errors = list(dict.fromkeys(one["error"] for one in line.steps if one["error"]))
    if len(errors) > 1:
        return f"{_short(errors[0], 40)}, {len(errors) - 1:,} more"
    return str(errors[0] if errors else line.steps[-1]["status"])


def _run_ms(line: _Line) -> int | None:
    runs = [
        # OpenWhisk's duration includes the initialization, which has its own column.
        max(0, each["duration_ms"] - (each["init_ms"] or 0))
        for each in line.steps
        if each["duration_ms"] is not None
    ]
    return sum(runs) if runs else None


def _cost(line: _Line) -> str:
    """Return the total cost as text. Only the exact sum is rounded, not each cost."""
    from jupyter_faas.cost import total

    prices = [each["cost_per_million_usd"] for each in line.steps]
    known = [Decimal(each) for each in prices if each is not None]
    return (rounded(total(known)) if known else None) or text.MISSING


def _one_line(row: Sequence[str]) -> tuple[str, ...]:
    # An error or a name may contain line breaks, which would break the table.
    return (*(_short(" ".join(each.splitlines()), 60) for each in row[:-1]), row[-1])


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


# The functions below format a session as text.

_LIST_HEAD = ("NAME", "STATUS", "CALLS", "DURATION", "COST", "WHEN", "ID")
_LIST_RIGHT = frozenset({"CALLS", "DURATION", "COST"})


def session_lines(session: Mapping[str, Any], *, every: bool = False) -> tuple[str, ...]:
    """Return a session as text, with its totals, its graph with counts, and its steps.

    ``session`` has the keys of ``tests/data/api/session.json``. With ``every``, each step has a
    line.
    """
    lines = [*_summary(session)]
    graph = session["graph"]
    if graph is not None:
        lines += ["", *_path(graph, session["nodes"])]
    elif session["kind"] == "composition":
        lines += ["", "The graph of this version is not available, so only the steps are shown."]
    if session["steps"]:
        lines += ["", *steps_table(session, every=every)]
        if any(each["role"] in _OVERHEAD for each in session["steps"]):
            lines.append(_NOT_CALLS)
    if session["truncated"]:
        lines += ["", "The session has more runs than are shown here."]
    return tuple(lines)


def _summary(session: Mapping[str, Any]) -> Iterator[str]:
    run, cost = session["activation"], session["cost"]
    # A trigger does not have a runtime kind or a cost, only the activations that it started.
    if run["kind"] is None and not session["running"]:
        words = [f"{shown_name(session['name'])} {session['version']}", "trigger", run["status"]]
        yield " · ".join([*words, session["id"]])
        fired = text.moment(session["start"])
        yield f"Fired {fired}. To see what it ran: %faas logs {session['id']}"
        return
    words = [f"{shown_name(session['name'])} {session['version']}", session["kind"], run["status"]]
    # A session's figures include the time and the price of waiting between its steps.
    waiting = "" if session["kind"] == "function" else " including waiting"
    words.append(f"{text.duration(session['elapsed_ms'])}{waiting}")
    words += [text.per_million(cost["text"]), session["id"]]
    yield " · ".join(words)
    error = run["result"].get("error") if isinstance(run["result"], Mapping) else None
    step = session.get("failed_step")
    if step is not None:
        cause = text.failure_lines({"failure": step["failure"]})
        yield text.Verbatim(f"{shown_name(step['name'])} failed: {cause[0]}")
        yield from cause[1:]
    elif not run["ok"] and run.get("failure", {}).get("type"):
        yield from text.failure_lines(run)
    elif not run["ok"] and error is not None:
        said = error if isinstance(error, str) else text.json_line(error)
        yield text.Verbatim(f"Error: {said}")
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
        yield (
            f"The cost includes {cost['waiting_text']} per million sessions for waiting for "
            "branches."
        )


def _path(graph: Mapping[str, Any], nodes: Mapping[str, Any]) -> Iterator[str]:
    """Yield the graph as an outline, with the number of runs of each node."""
    from jupyter_faas.composer import parse
    from jupyter_faas.composer.outline import outline

    try:
        tree = parse(graph)
    except CompositionError as error:
        yield error.message
        return
    lines = outline(tree).split("\n")
    width = max(map(len, lines))
    # ``outline`` writes one line per node, in the order of ``walk``.
    for line, (path, _) in zip(lines, tree.walk(), strict=True):
        yield f"{line.ljust(width)}  {_counted(nodes.get(path))}".rstrip()


def _counted(visits: Mapping[str, Any] | None) -> str:
    if visits is None:
        return ""
    failed = f", {visits['failed']} failed" if visits["failed"] else ""
    return f"×{visits['visits']}{failed}"


def sessions_table(sessions: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return a list of sessions as a table, the latest first."""
    rows = [
        (
            shown_name(str(one["name"])),
            str(one["status"]),
            str(one["calls"]),
            text.duration(one["duration_ms"]),
            text.per_million(one["cost_text"]),
            text.moment(one["start"]),
            str(one["id"]),
        )
        for one in sessions
    ]
    return text.with_causes(text.table(_LIST_HEAD, rows, right=_LIST_RIGHT), sessions)


NONE_YET = "No sessions yet."

SESSIONS = (
    Argument("limit", "The maximum number of entries.", "--limit", "N", kind="integer", default=30),
    Argument(
        "name",
        "Show only sessions of this composition or sequence (PACKAGE/NAME if it is in a package).",
        "--name",
        "NAME",
        names_function=True,
    ),
)

SESSION = (
    Argument(
        "id",
        "The ID of the session. Default: the latest session.",
        metavar="ID",
        kind="optional",
    ),
    Argument(
        "every",
        "List each run separately. By default, similar runs share a line, which shows their "
        "totals.",
        "--all",
        kind="switch",
    ),
)


def sessions(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """List the latest sessions, newest first. The value is a list of session summaries."""
    if arguments.limit < 1:
        raise InputError("--limit must be at least 1.")
    workspace.playground.wake(progress)
    progress("Loading the latest sessions…")
    found = workspace.sessions.latest(limit=arguments.limit, name=arguments.name)
    entries = [one.to_json() for one in found]
    lines = sessions_table(entries) if entries else (NONE_YET,)
    return Outcome(found, {"sessions": entries}, lines)


def session(workspace: Workspace, arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Show one session. The value is a Session."""
    workspace.playground.wake(progress)
    wanted = arguments.id or _latest(workspace)
    progress(f"Loading the session {wanted}…")
    found = workspace.sessions.session(wanted)
    shown = found.to_json()
    return Outcome(found, shown, session_lines(shown, every=arguments.every))


def _latest(workspace: Workspace) -> str:
    """Return the id of the latest session. Raises InputError if there are no sessions."""
    found = workspace.sessions.latest(limit=1)
    if not found:
        raise InputError(NONE_YET, hint="Deploy a composition and invoke it.")
    return found[0].summary.id
