"""The search for the dependencies of a composition's inline functions, like ``closure.py``.

Each function gets a name in captured.py. Variables that an enclosing ``let`` declares are not
captured, because the conductor sets them when the functions run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from jupyter_faas.capture.analysis.names import Names, Usage, usages
from jupyter_faas.capture.captured_names import CapturedItem, CapturedName, reached
from jupyter_faas.capture.closure import Closure
from jupyter_faas.capture.context import CaptureContext
from jupyter_faas.capture.refusals import DEFINE_IN_A_CELL, create_inside, refuse_because
from jupyter_faas.errors import CaptureError

_NO_CELL = Names(
    (), frozenset(), frozenset(), (), {}, frozenset(), {}, None, future_annotations=False
)


@dataclass(frozen=True)
class InlineFunction:
    """A function inside a composition, at the path ``label`` (``root[1].test``).

    ``name`` is the function's global variable in captured.py. ``let_names`` contains the variables
    that the enclosing ``let`` combinators declare.
    """

    name: str
    label: str
    function: Callable[..., object]
    let_names: frozenset[str] = frozenset()

    @property
    def description(self) -> str:
        return f"the function at {self.label}"


class InlineClosure(Closure):
    """The inline functions of a composition and their captured dependencies."""

    def __init__(self, context: CaptureContext, functions: Sequence[InlineFunction]) -> None:
        super().__init__(context)
        self._functions = {one.name: one for one in functions}
        self._let_names = frozenset(name for one in functions for name in one.let_names)
        self._deferred: list[tuple[str, Usage]] = []

    def collect_functions(self) -> None:
        """Fill ``entries`` with the functions and their direct and indirect dependencies.

        Raises CaptureError when something cannot be packaged. The message names the place in the
        composition.
        """
        # A function that occurs twice in the composition is captured once and then aliased, because
        # two copies would not share attributes and mutable defaults.
        first: dict[int, str] = {}
        for one in self._functions.values():
            usage = Usage(((one.label, ()),))
            first_name = first.setdefault(id(one.function), one.name)
            if first_name == one.name:
                self._waiting.append((one.name, usage, True))
            else:
                text = f"{one.name} = {first_name}"
                needs = frozenset({first_name})
                self._add(CapturedName(one.name, "function", usage, one.function, text, 0, needs))
        self._follow(_NO_CELL)
        while self._deferred and self._capture_undeclared():
            self._follow(_NO_CELL)
        self._finish()

    def items(self) -> Iterator[CapturedItem]:
        """Yield the card's items without the inline functions, which the graph shows."""
        for entry in self.entries.values():
            if entry.name not in self._functions:
                item = entry.item()
                why = item.why
                for one in self._functions.values():
                    why = why.replace(
                        f"of {one.name}, which {one.label} uses", f"of {one.description}"
                    )
                yield replace(item, why=why)

    # A default or a decorator reads the name while captured.py is imported, before any ``let``
    # variable is set.
    def _is_deferred(self, name: str, usage: Usage, is_needed_first: bool) -> bool:
        if name not in self._let_names or is_needed_first:
            return False
        self._deferred.append((name, usage))
        return True

    def _capture_undeclared(self) -> bool:
        """Capture ``let`` names that are also used by a function outside that ``let``.

        Returns whether there were such names. If so, their dependencies must be followed too.
        """
        needs = {
            name: {*entry.needs_now, *entry.needs_later, *entry.holds}
            for name, entry in self.entries.items()
        }
        leads_to = {name: {name, *reached(needs, name)} for name in self._functions}
        missing = [
            (name, usage)
            for name, usage in self._deferred
            if name not in self.entries
            and any(
                usage.helper in leads_to[one.name] and name not in one.let_names
                for one in self._functions.values()
            )
        ]
        self._deferred = [one for one in self._deferred if one not in missing]
        for name, usage in missing:
            if name not in self.entries:
                self._capture(name, usage)
        return bool(missing)

    def _capture(self, name: str, usage: Usage) -> None:
        one = self._functions.get(name)
        if one is None:
            super()._capture(name, usage)
            return
        try:
            super()._capture(name, usage)
        except CaptureError as error:
            # The user does not know the generated name (``faas_inline_0``), so the message contains
            # the function's description instead.
            message = error.message.replace(f": {usage.sentence(name)}.", ".")
            message = message.replace(name, one.description)
            # Nothing can be created inside the function that is itself missing.
            hint = error.hint.replace(name, one.description)
            if error.hint == create_inside(name):
                hint = DEFINE_IN_A_CELL
            raise CaptureError(f"{message[:1].upper()}{message[1:]}", hint=hint) from None

    def _capture_model(self, name: str, value: object, usage: Usage) -> None:
        kind = type(value).__name__
        article = "an" if kind[:1] in "AEIOUaeiou" else "a"
        raise refuse_because(
            name,
            f"is {article} {kind}, but a composition cannot contain models",
            usage,
            f"Move the code that uses {name} to a %%function cell, and call that function by name "
            "in the composition.",
        )

    def _owner(self, name: str) -> str:
        one = self._functions.get(name)
        return super()._owner(name) if one is None else one.label

    def _usages(self, names: Names, owner: str, usage: Usage) -> dict[str, Usage]:
        one = self._functions.get(owner)
        if one is None:
            return super()._usages(names, owner, usage)
        return usages((replace(use, user=one.label) for use in names.uses), owner)
