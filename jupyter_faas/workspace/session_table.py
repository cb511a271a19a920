"""The steps of a session as a table: each below what it belongs to, runs of a kind in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.workspace import text
from jupyter_faas.workspace.views import rounded

_HEAD = ("STEP", "ROLE", "NODE", "START", "WAIT", "INIT", "RUN", "COST", "STATUS", "ACTIVATION")
_RIGHT = frozenset({"WAIT", "INIT", "RUN", "COST"})
# From so many equal ones on they are a crowd: the branches of a long map, the rounds of a loop.
_CROWD = 6

_Entry = Mapping[str, Any]


@dataclass(frozen=True)
class _Line:
    """One step, or several of a kind by time; ``depth`` counts what it stands below."""

    steps: tuple[_Entry, ...]
    depth: int

    @property
    def first(self) -> _Entry:
        return self.steps[0]

    def total(self, key: str) -> int | None:
        known = [one[key] for one in self.steps if one[key] is not None]
        return sum(known) if known else None


def steps_table(session: _Entry, *, every: bool = False) -> tuple[str, ...]:
    """Every derived run: where it ran in the graph, how long, for how much.

    What belongs to a run stands below it, by time. The runs of a conductor are one line with their
    sums, and so are many equal ones; ``every`` gives each a line of its own.
    """
    lines = list(_lines(session, every))
    rows = [_one_line(_row(line)) for line in lines]
    table = text.table(_HEAD, rows, right=_RIGHT)
    if all(len(line.steps) == 1 for line in lines):
        return table
    return (*table, "", "A role with × stands for that many runs, summed up; --all lists each.")


def _lines(session: _Entry, every: bool) -> Iterator[_Line]:
    known = {session["id"], *(step["id"] for step in session["steps"])}
    below: dict[str, list[_Entry]] = {}
    for step in session["steps"]:
        # A part of something that is not shown stands by itself.
        parent = step["parent"] if step["parent"] in known else session["id"]
        below.setdefault(parent, []).append(step)

    def walk(parents: Sequence[str], depth: int, crowd: int) -> Iterator[_Line]:
        steps = [step for parent in parents for step in below.get(parent, ())]
        for group in [(step,) for step in steps] if every else _folded(steps, crowd):
            yield _Line(group, depth)
            ids = [step["id"] for step in group]
            # What ran in each of a crowd is a crowd as well.
            yield from walk(ids, depth + 1, _CROWD if len(group) == 1 else 2)

    return walk([session["id"]], 0, _CROWD)


def _folded(steps: Sequence[_Entry], crowd: int) -> Iterator[tuple[_Entry, ...]]:
    """Steps of a kind together, at the place of the first of them."""
    kinds: dict[tuple[Any, ...], list[_Entry]] = {}
    for step in steps:
        kinds.setdefault(_kind(step), []).append(step)
    for step in steps:
        kind = kinds[_kind(step)]
        if len(kind) < (2 if step["role"] in ("conductor", "wait") else crowd):
            yield (step,)
        elif step is kind[0]:
            yield tuple(kind)


def _kind(step: _Entry) -> tuple[Any, ...]:
    """What failed stands apart; a conductor's failure is that of what it belongs to."""
    if step["role"] == "conductor":
        return step["role"], step["name"]
    return step["role"], step["name"], step["path"], step["status"]


def _row(line: _Line) -> tuple[str, ...]:
    step, count = line.first, len(line.steps)
    times = f" ×{count:,}" if count > 1 else ""
    return (
        "  " * line.depth + step["name"],
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
    """Of what runs in a container; others have none of their own."""
    own = [each for each in line.steps if each["kind"] not in (None, SEQUENCE)]
    starts = Counter(text.start(each) for each in own)
    if len(starts) <= 1:
        return next(iter(starts), "")
    return ", ".join(f"{count:,} {start}" for start, count in sorted(starts.items()))


def _status(line: _Line) -> str:
    """How they ended: with the first of the errors, if there are some."""
    errors = list(dict.fromkeys(one["error"] for one in line.steps if one["error"]))
    if len(errors) > 1:
        return f"{_short(errors[0], 40)}, {len(errors) - 1:,} more"
    return str(errors[0] if errors else line.steps[-1]["status"])


def _run_ms(line: _Line) -> int | None:
    runs = [
        max(0, each["duration_ms"] - (each["init_ms"] or 0))
        for each in line.steps
        if each["duration_ms"] is not None
    ]
    return sum(runs) if runs else None


def _cost(line: _Line) -> str:
    """To the cent of the exact sum, not a sum of what was rounded."""
    from jupyter_faas.cost import total

    prices = [each["cost_per_million_usd"] for each in line.steps]
    known = [Decimal(each) for each in prices if each is not None]
    return (rounded(total(known)) if known else None) or text.MISSING


def _one_line(row: Sequence[str]) -> tuple[str, ...]:
    return (*(_short(" ".join(each.splitlines()), 60) for each in row[:-1]), row[-1])


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"
