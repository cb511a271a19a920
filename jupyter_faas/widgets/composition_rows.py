"""The rows of a composition's card: its graph as an outline, and the actions that it calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jupyter_faas.composer import parse
from jupyter_faas.composer.outline import outline
from jupyter_faas.errors import CompositionError
from jupyter_faas.widgets.lines import Cell, Line, Mark, Row, line, mono, secondary

Payload = Mapping[str, Any]

# A graph with more lines is cut, because it is easier to read in its own tab.
_MOST_LINES = 40
_MARKS: Mapping[str, Mark] = {"deployed": "ok", "missing": "warn"}


def composition_rows(card: Payload) -> Iterator[Row]:
    """Yield the rows of a composition's card. For a function's card, yield nothing."""
    composition = card.get("composition")
    if composition:
        yield Row("Flow", tuple(_flow(composition["graph"])))
        yield Row("Calls", tuple(_calls(composition["actions"], card["target"]["label"])), True)
        yield Row("Own steps", (_own(composition),))


def _flow(graph: Payload) -> Iterator[Line]:
    try:
        lines = outline(parse(graph)).split("\n")
    # If the graph cannot be parsed, the card shows the reason in its place.
    except CompositionError as error:
        yield line(error.message, mark="warn")
        return
    shown = lines if len(lines) <= _MOST_LINES else lines[: _MOST_LINES - 1]
    yield from (line(Cell(one, "tree")) for one in shown)
    if len(lines) > len(shown):
        yield line(secondary(f"{len(lines) - len(shown):,} more steps"))


def _calls(actions: Sequence[Payload], label: str) -> Iterator[Line]:
    states = {
        "deployed": f"on {label}",
        "missing": f"not deployed on {label}. Calls to this function fail.",
        "notebook": "not deployed yet. Deploying the composition also deploys it.",
        "unknown": f"{label} has not been checked",
    }
    for one in actions:
        places = f"at {len(one['paths'])} places" if len(one["paths"]) > 1 else ""
        yield line(
            mono(one["name"]),
            str(states.get(one["state"], one["state"])),
            secondary(places),
            mark=_MARKS.get(one["state"], ""),
        )


def _own(composition: Payload) -> Line:
    count, least = composition["functions"], composition["least_calls"]
    functions = "no inline functions" if not count else _counted(count, "inline function")
    calls = "does not always call an action"
    if least:
        calls = f"makes at least {_counted(least, 'call')}"
    if not composition["actions"]:
        calls = "calls no actions"
    return line(functions, secondary("·"), calls)


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
