"""``CapturedName``, one name that travels with a cell; arrays as .npy; the order of definitions."""

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
    """One line of the card: what travels, why, and its size in bytes.

    A model's size is 0 here: it is known when the model has been converted.
    """

    name: str
    kind: ItemKind
    why: str
    size: int


@dataclass
class CapturedName:
    """A captured name: its statement in captured.py (``text``), and what that needs.

    ``needs_now`` must exist before the statement runs, ``needs_later`` when its functions are
    called. Arrays and models have no text of their own: they are loaded from files. ``libraries``
    are modules that the text itself names, ``leaves`` a second name that it binds,
    ``holds`` the names whose values it holds. A model that travels already is the ``same_as`` the
    entry of that name.
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
    """A plain numpy array or numpy scalar that an .npy file holds without pickling.

    Subclasses (matrices, masked arrays) are not: they would come back as plain arrays.
    """
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not (type(value) is numpy.ndarray or isinstance(value, numpy.generic)):
        return False
    dtype = value.dtype  # type: ignore[attr-defined]
    return not dtype.hasobject and dtype.kind != "T"


def array_bytes(value: object) -> bytes:
    """The .npy file of an array or numpy scalar; the same bytes for equal arrays."""
    import numpy

    stream = io.BytesIO()
    numpy.save(stream, numpy.asarray(value), allow_pickle=False)
    return stream.getvalue()


def array_size(value: object) -> int:
    """The size of the .npy file, without making it."""
    import numpy

    array = numpy.asarray(value)
    stream = io.BytesIO()
    numpy.save(stream, numpy.empty((0,), array.dtype), allow_pickle=False)
    return stream.tell() + array.nbytes


# The order of definitions in captured.py


def definition_order(
    needs_now: Mapping[str, Set[str]], needs_later: Mapping[str, Set[str]]
) -> list[str]:
    """Sort the keys of ``needs_now`` so that each comes after what its definition runs.

    ``needs_now``: what a definition reads while it is made (a decorator, a base class, a default);
    that may be called then, so everything it leads to comes first too. ``needs_later``: what its
    body reads when it is called, where any order will do. Otherwise the given order is kept.
    """
    first = {name: _reached(name, needs_now, needs_later) for name in needs_now}
    ordered: list[str] = []
    waiting = list(needs_now)
    while waiting:
        # In a circle of definitions only ``needs_now`` counts: bodies run after all are defined.
        chosen = next((n for n in waiting if not first[n] & set(waiting)), None) or next(
            (n for n in waiting if not needs_now[n] & set(waiting) - {n}), waiting[0]
        )
        ordered.append(chosen)
        waiting.remove(chosen)
    return ordered


def reached(needs: Mapping[str, Set[str]], name: str) -> set[str]:
    """All that ``name`` leads to; itself too, when it leads back."""
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
