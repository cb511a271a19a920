"""The names that a piece of source takes from outside itself, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class NameRead:
    """One read of a name that the source does not bind.

    ``user`` is the function (``iris``), method (``Cleaner.fit``) or class that reads it, empty
    for the source's top level. ``immediate``: it is read while the source itself runs, so it must
    exist before (decorators, defaults, bases, top-level statements).
    """

    name: str
    line: int
    user: str
    immediate: bool


@dataclass(frozen=True)
class Names:
    """The result of :func:`jupyter_faas.capture.analysis.visitor.find_names`.

    ``attributes`` holds, per outside name, the dotted chains read from it: ``scipy.stats.norm``
    is ``{"scipy": {("stats", "norm")}}``. ``set_by_functions`` are the names that some function
    binds through ``global``. ``rebound`` are names that the top level reads and binds afterwards.
    """

    uses: tuple[NameRead, ...]
    bound: frozenset[str]
    set_by_functions: frozenset[str]
    rebound: tuple[NameRead, ...]
    attributes: dict[str, set[tuple[str, ...]]]
    top_level_await: int | None
    future_annotations: bool


# Where a captured name is used, as text for messages and the card


@dataclass(frozen=True)
class Usage:
    """The places that use one name: ``(user, lines)`` pairs, user empty for the cell itself.

    Without lines the user is all that is known. ``through`` is how the helper that uses it is used
    in turn; the lines are then lines of the helper's own cell. Without places, it is a part of the
    helper (``LAYERS['w']`` of ``LAYERS``).
    """

    places: tuple[tuple[str, tuple[int, ...]], ...]
    helper: str = ""
    through: Usage | None = None

    def why(self) -> str:
        """``used by iris, line 4``; ``used by clean, which iris uses``."""
        if self.through is not None:
            how = "used by" if self.places else "part of"
            return f"{how} {self.helper}, which {self.through.first_user()} uses"
        return "used by " + " and by ".join(
            _place(user or "the cell", lines) for user, lines in self.places
        )

    def steps(self) -> list[str]:
        """The way from the cell to the name: ``iris, line 3``, ``clean, line 2 of its own …``."""
        own = " of its own cell" if self.through is not None else ""
        here = " and ".join(
            f"{_place(user or self.helper or 'the cell', lines)}{own}"
            for user, lines in self.places
        )
        before = [] if self.through is None else self.through.steps()
        return [*before, here or f"part of {self.helper}"]

    def sentence(self, name: str) -> str:
        """``iris uses df on line 4``; for a helper's need, the way that leads to it."""
        places = " and ".join(
            f"{user or self.helper or 'the cell'} uses {name}"
            + (f" on {_lines(lines)}" if lines else "")
            for user, lines in self.places
        )
        if self.through is None:
            return places
        if not places:
            return f"it is part of {self.helper}, and {self.through.sentence(self.helper)}"
        return f"{places} of its own cell, and {self.through.sentence(self.helper)}"

    def first_user(self) -> str:
        return (self.places and self.places[0][0]) or self.helper or "the cell"


def part_of(helper: str, through: Usage) -> Usage:
    """The usage of what a captured value holds."""
    return Usage((), helper, through)


def usages(
    uses: Iterable[NameRead], helper: str = "", through: Usage | None = None
) -> dict[str, Usage]:
    """One Usage per used name, in the order of first use."""
    places: dict[str, dict[str, list[int]]] = {}
    for use in uses:
        lines = places.setdefault(use.name, {}).setdefault(use.user, [])
        if use.line not in lines:
            lines.append(use.line)
    return {
        name: Usage(
            tuple((user, tuple(sorted(lines))) for user, lines in users.items()), helper, through
        )
        for name, users in places.items()
    }


def _place(user: str, lines: tuple[int, ...]) -> str:
    return f"{user}, {_lines(lines)}" if lines else user


def _lines(lines: tuple[int, ...]) -> str:
    if len(lines) == 1:
        return f"line {lines[0]}"
    return f"lines {', '.join(map(str, lines[:-1]))} and {lines[-1]}"
