"""Plain-text formatting of durations, sizes, times, costs, activations and tables.

The CLI, ``%faas`` and the plain-text displays use these functions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from unicodedata import combining, east_asian_width

from jupyter_faas.whisk.names import shown_name

MISSING = "—"
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]*")


class Verbatim(str):
    """A line with data of the user, such as a result or a line of code.

    A terminal shows it as it is. In other lines, it names commands as they are typed there.
    """

    __slots__ = ()


def verbatim(lines: Iterable[str]) -> tuple[Verbatim, ...]:
    """Mark lines as data of the user."""
    return tuple(map(Verbatim, lines))


def duration(ms: int | None) -> str:
    """Return a duration as ``212 ms``, ``1.603 s`` or, for ten seconds or more, ``49.09 s``."""
    if ms is None:
        return MISSING
    if ms < 1000:
        return f"{ms} ms"
    return f"{ms / 1000:.3f} s" if ms < 10_000 else f"{ms / 1000:.2f} s"


def size(count: int) -> str:
    """Return a number of bytes as ``412 B``, ``61.3 kB`` or ``1.9 MB``; 1 kB is 1,024 bytes."""
    if count < 1024:
        return f"{count} B"
    # From 1,000 kB, sizes are in MB so that they never have four digits before the decimal point.
    kilobytes = count / 1024
    return f"{kilobytes:.1f} kB" if kilobytes < 1000 else f"{kilobytes / 1024:.1f} MB"


def moment(ms: int | None) -> str:
    """Return a time in epoch ms as ``2026-11-24 22:36:38`` in the local time zone."""
    if ms is None:
        return MISSING
    return datetime.fromtimestamp(ms / 1000).strftime("%Y-%m-%d %H:%M:%S")


def per_million(cost_text: str | None) -> str:
    """Return the cost of a million calls as text, such as ``$0.43 per million``."""
    return f"{cost_text} per million" if cost_text else MISSING


def start(activation: Mapping[str, object]) -> str:
    """Return how an activation started: ``cold`` or ``warm``.

    For a run that has no container, return ``sequence``, ``composition`` or ``trigger``.
    """
    if activation["cold"]:
        return "cold"
    kind = activation["kind"]
    if kind == "sequence":
        return "composition" if activation.get("composition") else "sequence"
    return "trigger" if kind is None else "warm"


def result(value: object) -> str:
    """Return a result as JSON, on one line if it is short and indented otherwise."""
    line = json.dumps(value, ensure_ascii=False, default=str)
    return line if len(line) <= 80 else json.dumps(value, ensure_ascii=False, indent=2, default=str)


def status_line(activation: Mapping[str, object]) -> str:
    """Return a line like ``success · 3 ms · warm · wait 4 ms · $0.43 per million · c41e09ab…``.

    ``activation`` has the keys of ``tests/data/api/activation.json``.
    """
    parts = [str(activation["status"]), duration(_ms(activation["duration_ms"]))]
    parts.append(start(activation))
    for key, word in (("init_ms", "init"), ("wait_ms", "wait")):
        if activation[key] is not None:
            parts.append(f"{word} {duration(_ms(activation[key]))}")
    parts += [per_million(_text(activation["cost_text"])), str(activation["id"])]
    return " · ".join(parts)


def failure_place(failure: Mapping[str, Any]) -> str:
    """Return where a run failed: ``Cell [4], line 5: raise ValueError(…)``, or an empty string.

    ``failure`` is the value of the key ``failure`` of a record. A kernel adds the number of the
    cell, and other processes the notebook's file name.
    """
    where = failure.get("where")
    if where is None:
        return ""
    line = f"line {where['line']:,}"
    if "cell" in where:
        place = f"Cell [{where['cell']}], line {where['cell_line']:,}"
    elif where["in_cell"]:
        notebook = failure.get("notebook")
        place = f"{notebook}, {line} of the cell" if notebook else f"Line{line[4:]} of the cell"
    else:
        inside = f", in {where['function']}" if where["function"] else ""
        place = f"{where['file']}, {line}{inside}"
    return f"{place}: {where['code']}" if where["code"] else place


def failure_lines(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return why a run failed: the exception, the user's line, the traceback, and what to do.

    Returns an empty tuple if the run did not fail.
    """
    failure = record.get("failure")
    if failure is None:
        return ()
    named = ": ".join(filter(None, (failure["type"], failure["message"])))
    advice = record.get("advice", ())
    place = failure_place(failure)
    cause = filter(None, (place, *failure["traceback"]))
    return (*verbatim((*named.splitlines(), *cause)), *advice)


def session_line(activation: Mapping[str, object], program: str = "%faas") -> str:
    """Return a line like ``Session of 5 calls · %faas session 8f3c…`` for a session."""
    calls = activation.get("calls")
    counted = "" if calls is None else f" of {calls:,} call{'' if calls == 1 else 's'}"
    return f"Session{counted} · {program} session {activation['id']}"


def canary_removal(name: str, removed: Sequence[str]) -> str:
    """Return the sentence about the versions of a canary that were removed with its end.

    The sentence is empty if none were.
    """
    if not removed:
        return ""
    return f"Removed {' and '.join(removed)}, because {name} no longer has a canary."


def activations_table(activations: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """Return the lines of a table of activations, with the cause of each that failed.

    ``activations`` have the keys of the items in ``tests/data/api/activations.json``.
    """
    head = ("NAME", "STATUS", "START", "DURATION", "COST", "WHEN", "ID")
    rows = [
        (
            shown_name(str(one["name"])),
            str(one["status"]),
            start(one),
            duration(_ms(one["duration_ms"])),
            per_million(_text(one["cost_text"])),
            moment(_ms(one["start"])),
            str(one["id"]),
        )
        for one in activations
    ]
    lines = table(head, rows, right={"DURATION", "COST"})
    return with_causes(lines, activations)


def with_causes(
    table_lines: Sequence[str], entries: Sequence[Mapping[str, object]]
) -> tuple[str, ...]:
    """Insert why a run failed below its line. The first line of the table is its head."""
    found = [table_lines[0]]
    for line, entry in zip(table_lines[1:], entries, strict=True):
        found.append(line)
        if entry.get("error"):
            found.append(Verbatim(f"  ↳ {entry['error']}"))
    return tuple(found)


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: frozenset[str] | set[str] = frozenset(),
) -> tuple[str, ...]:
    """Return the lines of a table, with two spaces between columns.

    ``right`` contains the headings of the right-aligned columns.
    """
    widths = [max(map(_columns, column)) for column in zip(head, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        # The padding of a wide character is one space less.
        aligned = (
            cell.rjust(width - _columns(cell) + len(cell))
            if title in right
            else cell.ljust(width - _columns(cell) + len(cell))
            for cell, width, title in zip(cells, widths, head, strict=True)
        )
        return "  ".join(aligned).rstrip()

    return (line(head), *map(line, rows))


def _columns(words: str) -> int:
    """Return how many columns of a terminal a text takes. Chinese characters take two."""
    if words.isascii():
        return len(words)
    wide = sum(east_asian_width(each) in "WF" for each in words)
    return len(words) + wide - sum(map(bool, map(combining, words)))


def _ms(value: object) -> int | None:
    # Activations are JSON data, so the type checker does not know the types of their values.
    return value if isinstance(value, int) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def json_line(value: Any, limit: int = 300) -> str:
    """Return ``value`` as JSON on one line, cut to ``limit`` characters."""
    words = json.dumps(value, ensure_ascii=False)
    return words if len(words) <= limit else f"{words[: limit - 1]}…"


def json_argument(value: Any) -> str:
    """Return ``value`` as JSON in single quotes, as a magic's line or a shell takes it."""
    words = json.dumps(value, ensure_ascii=False).replace("'", "\\u0027")
    return f"'{words}'"


# A string in JSON text.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def pairs(params: Mapping[str, Any]) -> str:
    """Return parameters as arguments of ``%faas invoke``: ``n=4 name=you``, or one JSON object.

    The JSON object is used if any parameter cannot be written as ``name=value``.
    >>> pairs({"text": "two words"})
    '--params-json \'{"text": "two words"}\''
    """
    words = [f"{key}={_plain(value)}" for key, value in params.items() if _is_plain(key, value)]
    if len(words) == len(params):
        return " ".join(words)
    # The JSON is in single quotes, so single quotes inside it are written as ``\u0027``. A notebook
    # would expand ``{name}`` inside a string.
    written = json.dumps(params, ensure_ascii=False).replace("'", "\\u0027")
    written = _STRING.sub(lambda match: match[0].replace("{", "\\u007b"), written)
    return f"--params-json '{written}'"


def _is_plain(key: str, value: Any) -> bool:
    if isinstance(value, str):
        # Other strings would need quotes or would be parsed as JSON.
        fits = _WORD.fullmatch(value) and value.lower() not in ("true", "false", "null", "none")
        return key.isidentifier() and bool(fits)
    return key.isidentifier() and isinstance(value, int | float)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
