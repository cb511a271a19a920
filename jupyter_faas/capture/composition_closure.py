"""Follows what the functions of a composition need, which have names of their own in captured.py.

What an enclosing ``let`` declares is there when they run, and so does not travel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from jupyter_faas.capture.analysis.names import Names, Usage, usages
from jupyter_faas.capture.closure import Closure
from jupyter_faas.capture.context import Surroundings
from jupyter_faas.capture.pieces import CapturedItem, Piece, reached
from jupyter_faas.capture.refusals import refuse_because
from jupyter_faas.errors import CaptureError

_NO_CELL = Names((), frozenset(), frozenset(), (), {}, None, future_annotations=False)


@dataclass(frozen=True)
class InlineFunction:
    """A function that stands in a composition, at ``label`` (``root[1].test``).

    ``name`` is the global that captured.py binds it to. ``given`` are the names that the ``let``
    combinators around it declare.
    """

    name: str
    label: str
    function: Callable[..., object]
    given: frozenset[str] = frozenset()

    @property
    def words(self) -> str:
        return f"the function at {self.label}"


class InlineClosure(Closure):
    """The pieces that inline functions need, they themselves among them."""

    def __init__(self, surroundings: Surroundings, functions: Sequence[InlineFunction]) -> None:
        super().__init__(surroundings)
        self._functions = {one.name: one for one in functions}
        self._given = frozenset(name for one in functions for name in one.given)
        self._later: list[tuple[str, Usage]] = []

    def collect_functions(self) -> None:
        """Fill ``pieces``. Raises CaptureError, naming the place in the composition."""
        first: dict[int, str] = {}
        for one in self._functions.values():
            usage = Usage(((one.label, ()),))
            known = first.setdefault(id(one.function), one.name)
            if known == one.name:
                self._waiting.append((one.name, usage, True))
            else:
                text = f"{one.name} = {known}"
                needs = frozenset({known})
                self._add(Piece(one.name, "function", usage, one.function, text, 0, needs))
        self._follow(_NO_CELL)
        while self._later and self._take_missing():
            self._follow(_NO_CELL)
        self._finish()

    def items(self) -> Iterator[CapturedItem]:
        """Entries of the card for what they need; they themselves stand in the graph."""
        for piece in self.pieces.values():
            if piece.name not in self._functions:
                item = piece.item()
                why = item.why
                for one in self._functions.values():
                    why = why.replace(f"of {one.name}, which {one.label} uses", f"of {one.words}")
                yield replace(item, why=why)

    def _comes_later(self, name: str, usage: Usage, is_needed_first: bool) -> bool:
        if name not in self._given or is_needed_first:
            return False
        self._later.append((name, usage))
        return True

    def _take_missing(self) -> bool:
        """Take what some function leads to without a ``let`` around it that declares it."""
        needs = {
            name: {*piece.needs_now, *piece.needs_later, *piece.holds}
            for name, piece in self.pieces.items()
        }
        leads_to = {name: {name, *reached(needs, name)} for name in self._functions}
        missing = [
            (name, usage)
            for name, usage in self._later
            if name not in self.pieces
            and any(
                usage.helper in leads_to[one.name] and name not in one.given
                for one in self._functions.values()
            )
        ]
        self._later = [one for one in self._later if one not in missing]
        for name, usage in missing:
            if name not in self.pieces:
                self._take(name, usage)
        return bool(missing)

    def _take(self, name: str, usage: Usage) -> None:
        one = self._functions.get(name)
        if one is None:
            super()._take(name, usage)
            return
        try:
            super()._take(name, usage)
        except CaptureError as error:
            # By the name that it has only in captured.py nobody would know it.
            message = error.message.replace(f": {usage.sentence(name)}.", ".")
            message = message.replace(name, one.words)
            raise CaptureError(
                f"{message[:1].upper()}{message[1:]}", hint=error.hint.replace(name, one.words)
            ) from None

    def _take_model(self, name: str, value: object, usage: Usage) -> None:
        kind = type(value).__name__
        article = "an" if kind[:1] in "AEIOUaeiou" else "a"
        raise refuse_because(
            name,
            f"is {article} {kind}, and no model travels with a composition",
            usage,
            "Put it into a %%function and call that by name: a composition's own functions only "
            "choose and rearrange.",
        )

    def _owner(self, name: str) -> str:
        one = self._functions.get(name)
        return super()._owner(name) if one is None else one.label

    def _usages(self, names: Names, owner: str, usage: Usage) -> dict[str, Usage]:
        one = self._functions.get(owner)
        if one is None:
            return super()._usages(names, owner, usage)
        return usages((replace(use, user=one.label) for use in names.uses), owner)
