"""The names that a piece of source reads without binding them, and the lines that do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class NameRead:
    """One read of a name that the source does not bind.

    ``user`` is the function (``iris``), method (``Cleaner.fit``) or class that reads it; it is
    empty for the top level. ``immediate`` is true for a name that is read while the source itself
    runs and must exist before: in decorators, defaults, bases and top-level statements.
    """

    name: str
    line: int
    user: str
    immediate: bool


@dataclass(frozen=True)
class Names:
    """The result of :func:`jupyter_faas.capture.analysis.visitor.find_names`.

    ``uses`` are the reads of names that the source does not bind, ``bound`` the names that its top
    level binds. ``attributes`` has the dotted attributes that are read from each global name:
    ``scipy.stats.norm`` becomes ``{"scipy": {("stats", "norm")}}``. ``set_by_functions`` are names
    that a function binds through ``global``. ``rebound`` are names that the top level reads before
    it binds them. ``top_level_await`` is the first line with an await outside functions.
    """

    uses: tuple[NameRead, ...]
    bound: frozenset[str]
    set_by_functions: frozenset[str]
    rebound: tuple[NameRead, ...]
    attributes: dict[str, set[tuple[str, ...]]]
    top_level_await: int | None
    future_annotations: bool


# The places that use a captured name, as text for messages and the card


@dataclass(frozen=True)
class Usage:
    """The places that use one name: ``(user, lines)`` pairs, with an empty user for the cell.

    ``lines`` is empty when only the user is known. ``helper`` is the captured name whose definition
    uses this one, and ``through`` the usage of that helper; the lines are then those of the
    helper's own cell. If ``places`` is empty, the name is a part of the helper's value
    (``LAYERS['w']`` of ``LAYERS``).
    """

    places: tuple[tuple[str, tuple[int, ...]], ...]
    helper: str = ""
    through: Usage | None = None

    def why(self) -> str:
        """Return the reason: ``used by iris, line 4``, or ``used by clean, which iris uses``."""
        if self.through is not None:
            how = "used by" if self.places else "part of"
            return f"{how} {self.helper}, which {self.through.first_user()} uses"
        return "used by " + " and by ".join(
            _place(user or "the cell", lines) for user, lines in self.places
        )

    def steps(self) -> list[str]:
        """Return the path from the cell to the name: ``iris, line 3``, then ``clean, line 2 …``."""
        own = " of its own cell" if self.through is not None else ""
        here = " and ".join(
            f"{_place(user or self.helper or 'the cell', lines)}{own}"
            for user, lines in self.places
        )
        before = [] if self.through is None else self.through.steps()
        return [*before, here or f"part of {self.helper}"]

    def sentence(self, name: str) -> str:
        """Return a clause: ``iris uses df on line 4``, with the whole path if a helper uses it."""
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
    """Return the usage of an object inside the captured value ``helper``."""
    return Usage((), helper, through)


def usages(
    uses: Iterable[NameRead], helper: str = "", through: Usage | None = None
) -> dict[str, Usage]:
    """Group reads into one Usage per name, in the order of the first read."""
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
