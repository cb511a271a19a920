"""The names that source code reads without binding them, and the lines that read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jupyter_faas.capture.analysis.set_order import SetRead
from jupyter_faas.errors import listed


@dataclass(frozen=True)
class NameRead:
    """A read of a name that the source does not bind.

    ``user`` is the function (``iris``), method (``Cleaner.fit``) or class that reads the name, or
    empty for the top level. ``immediate`` is true if the name is read while the source itself runs,
    and must therefore exist before: in decorators, defaults, bases and top-level statements.
    """

    name: str
    line: int
    user: str
    immediate: bool


@dataclass(frozen=True)
class Names:
    """The result of :func:`jupyter_faas.capture.analysis.visitor.find_names`.

    ``uses`` contains the reads of names that the source does not bind. ``bound`` contains the names
    that the top level binds. ``attributes`` maps each global name to the attribute chains that are
    read from the name: ``scipy.stats.norm`` becomes ``{"scipy": {("stats", "norm")}}``. ``len(df)``
    counts as a read of ``__len__``. ``whole`` contains the names that are also read in another way,
    so that attributes alone would not do. ``options`` maps each global name to the calls of its
    methods with more than one argument, such as ``predict(return_std)`` (``call_options``).
    ``set_by_functions`` contains names that a function binds through ``global``. ``changed``
    contains these and the global names whose objects a function changes, as ``history.append(x)``
    does. ``ordered`` contains the global names whose items the source reads in their order, as
    ``list(cities)`` does. ``set_reads`` contains the places that depend on the order of another
    set. ``rebound`` contains the reads of names that the top level binds only later.
    ``top_level_await`` is the first line with an ``await`` outside functions.
    ``runs_queries`` is true if the source calls a method that may run a text as a query, such as
    ``df.query``. ``members`` contains the names of all attributes that the source reads or sets.
    """

    uses: tuple[NameRead, ...]
    bound: frozenset[str]
    set_by_functions: frozenset[str]
    rebound: tuple[NameRead, ...]
    attributes: dict[str, set[tuple[str, ...]]]
    whole: frozenset[str]
    options: dict[str, set[str]]
    top_level_await: int | None
    future_annotations: bool
    runs_queries: bool = False
    members: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    ordered: frozenset[str] = frozenset()
    set_reads: tuple[SetRead, ...] = ()


# The following classes and functions describe the places that use a captured name, for messages and
# the card.


@dataclass(frozen=True)
class Usage:
    """The places that use a name: ``(user, lines)`` pairs, with an empty user for the cell.

    ``lines`` is empty when only the user is known. If another captured name uses the name,
    ``helper`` is that other name, ``through`` is the usage of ``helper``, and ``lines`` refer to
    the cell that defines ``helper``. If ``places`` is empty, the object is inside the value of
    ``helper``, such as ``LAYERS['w']`` inside ``LAYERS``.
    """

    places: tuple[tuple[str, tuple[int, ...]], ...]
    helper: str = ""
    through: Usage | None = None

    def why(self) -> str:
        """Return the reason for the card, such as ``used by iris, line 4``.

        If another captured name uses the name, the reason is ``used by clean, which iris uses``.
        """
        if self.through is not None:
            how = "used by" if self.places else "part of"
            return f"{how} {self.helper}, which {self.through.first_user()} uses"
        return "used by " + " and by ".join(
            _place(user or "the cell", lines) for user, lines in self.places
        )

    def steps(self) -> list[str]:
        """Return the chain of uses from the cell to the name.

        For example, the first step is ``iris, line 3`` and the second ``clean, line 2 …``.
        """
        own = " of its own cell" if self.through is not None else ""
        here = " and ".join(
            f"{_place(user or self.helper or 'the cell', lines)}{own}"
            for user, lines in self.places
        )
        before = [] if self.through is None else self.through.steps()
        return [*before, here or f"part of {self.helper}"]

    def sentence(self, name: str) -> str:
        """Return a clause such as ``iris uses df on line 4``, with the full chain of uses."""
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
    """Return the usage of an object that is inside the captured value ``helper``."""
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
    return f"line{'' if len(lines) == 1 else 's'} {listed(map(str, lines))}"
