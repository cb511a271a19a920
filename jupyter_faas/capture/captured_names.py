"""Captured names, the conversion of arrays to .npy files, and the order of definitions."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_faas.capture.analysis.names import Usage

ItemKind = Literal["function", "class", "import", "constant", "object", "array", "model", "file"]


@dataclass(frozen=True)
class CapturedItem:
    """One line of the card: what the package contains, why, and its size in bytes.

    The size of a model is 0 here, because it is known only after the conversion.
    """

    name: str
    kind: ItemKind
    why: str
    size: int


@dataclass
class CapturedName:
    """A captured name: its statement in captured.py (``text``), and what that statement needs.

    ``needs_now`` are names that must exist before the statement runs; ``needs_later`` must exist
    when its functions are called. ``modules`` are those that an import statement needs,
    ``libraries`` those that the expression uses. ``leaves`` is a second name that the text binds,
    empty without one. ``holds`` are the names of captured values inside this one. ``same_as`` is
    the entry that already holds the same model. Arrays and models have no text: they are loaded
    from files.
    """

    name: str
    kind: ItemKind
    usage: Usage
    value: object = None
    text: str = ""
    size: int = 0
    needs_now: Set[str] = frozenset()
    needs_later: Set[str] = frozenset()
    modules: tuple[str, ...] = ()
    libraries: Set[str] = frozenset()
    leaves: str = ""
    holds: Set[str] = frozenset()
    same_as: str = ""

    def item(self) -> CapturedItem:
        return CapturedItem(self.name, self.kind, self.usage.why(), self.size)


def is_array(value: object) -> bool:
    """Whether the value is a numpy array or scalar that an .npy file can hold without pickling.

    False for subclasses (matrices, masked arrays): they would be loaded as plain arrays.
    """
    # Looked up, not imported: where numpy is not loaded, no value can be an array of it.
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not (type(value) is numpy.ndarray or isinstance(value, numpy.generic)):
        return False
    dtype = value.dtype  # type: ignore[attr-defined]
    # Kind T is StringDType of numpy 2, which the .npy format does not store.
    return not dtype.hasobject and dtype.kind != "T"


def array_bytes(value: object) -> bytes:
    """Return the .npy file of an array or numpy scalar; equal arrays have the same bytes."""
    # Imported late, like all heavy libraries, so that ``import jupyter_faas`` stays fast.
    import numpy

    stream = io.BytesIO()
    numpy.save(stream, numpy.asarray(value), allow_pickle=False)
    return stream.getvalue()


def array_size(value: object) -> int:
    """Return the size of the .npy file in bytes, without creating it."""
    import numpy

    array = numpy.asarray(value)
    # The header has padding, so a header with another shape has the same length in most cases.
    stream = io.BytesIO()
    numpy.save(stream, numpy.empty((0,), array.dtype), allow_pickle=False)
    return stream.tell() + array.nbytes


# The order of definitions in captured.py


def definition_order(
    needs_now: Mapping[str, Set[str]], needs_later: Mapping[str, Set[str]]
) -> list[str]:
    """Sort the keys of ``needs_now`` so that each follows the names that its definition runs.

    ``needs_now`` maps a name to those that its statement reads while it runs (a decorator, a base
    class, a default). The statement may call them, so everything that they need comes first too.
    ``needs_later`` maps a name to those that its body reads when it is called, which may be defined
    in any order. Otherwise the order of the keys is kept.
    """
    first = {name: _reached(name, needs_now, needs_later) for name in needs_now}
    ordered: list[str] = []
    waiting = list(needs_now)
    while waiting:
        # Definitions may need each other in a circle. Then only ``needs_now`` counts, because
        # bodies run after everything is defined. If that fails too, the first name is taken.
        chosen = next((n for n in waiting if not first[n] & set(waiting)), None) or next(
            (n for n in waiting if not needs_now[n] & set(waiting) - {n}), waiting[0]
        )
        ordered.append(chosen)
        waiting.remove(chosen)
    return ordered


def reached(needs: Mapping[str, Set[str]], name: str) -> set[str]:
    """Return all names that ``name`` needs, directly or not; itself too if it is in a circle."""
    found: set[str] = set()
    to_see = list(needs[name])
    while to_see:
        other = to_see.pop()
        if other not in found and other in needs:
            found.add(other)
            to_see += needs[other]
    return found


def _reached(
    name: str, needs_now: Mapping[str, Set[str]], needs_later: Mapping[str, Set[str]]
) -> set[str]:
    reached: set[str] = set()
    to_see = [other for other in needs_now[name] if other in needs_now]
    while to_see:
        other = to_see.pop()
        if other not in reached and other != name:
            reached.add(other)
            to_see += [n for n in needs_now[other] | needs_later[other] if n in needs_now]
    return reached
