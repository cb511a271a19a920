"""Captured names, the conversion of arrays to .npy files, and the order of definitions."""

from __future__ import annotations

import io
import sys
from collections import deque
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_faas.capture.analysis.names import Usage
from jupyter_faas.capture.data import EncodedData
from jupyter_faas.capture.model_values import HeldValue

ItemKind = Literal[
    "function",
    "class",
    "import",
    "constant",
    "object",
    "array",
    "data",
    "model",
    "file",
    "folder",
    "environment variable",
    "note",
]


@dataclass(frozen=True)
class CapturedItem:
    """An item of the package for the card, with the reason and the size in bytes.

    The size of a model is 0, because it is known only after the conversion.
    """

    name: str
    kind: ItemKind
    why: str
    size: int


@dataclass
class CapturedName:
    """A captured name, its statement in captured.py (``text``) and the statement's dependencies.

    ``text`` is empty for arrays, data objects and models that need no other name, which are loaded
    from files before anything else. For an array that shares memory, it creates a view of the
    memory. ``needs_now`` contains names that must exist before the statement runs. ``needs_later``
    contains names that must exist when the statement's functions are called.
    ``modules`` contains the modules that an import statement needs, and ``libraries``
    contains the modules that an expression uses. ``leaves`` is a second name that ``text`` binds,
    or empty. ``holds`` contains the names of captured values inside this value. ``same_as`` is the
    name of an earlier entry for the same model, or empty. ``code`` maps the captured names of the
    functions and classes inside a model to these objects, and ``values`` those of the values that
    the skops format cannot hold. ``data`` contains the files of a data object.
    ``filling`` contains statements that run after all definitions and fill a container that its
    items' definitions use, or is empty.
    ``kept`` contains the values that a function closes over, or that a function or class has as
    attributes which its statement does not create.
    ``part`` says which part of the value is captured (``only .columns``), or is empty.
    ``notes`` say how the value in a worker may differ from the notebook's.
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
    code: Mapping[str, object] = field(default_factory=dict)
    values: Mapping[str, HeldValue] = field(default_factory=dict)
    data: EncodedData | None = None
    part: str = ""
    filling: str = ""
    kept: tuple[object, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_alias(self) -> bool:
        """Return whether the statement only gives another captured value a second name."""
        return self.holds == {self.text.partition(" = ")[2]}

    def item(self) -> CapturedItem:
        why = f"{self.usage.why()}: {self.part}" if self.part else self.usage.why()
        return CapturedItem(self.name, self.kind, "; ".join((why, *self.notes)), self.size)


def is_array(value: object) -> bool:
    """Return whether the value is a numpy array or scalar that can be saved without pickling.

    Returns False for subclasses such as matrices and masked arrays, because they would be loaded as
    plain arrays.
    """
    # There is no need to import numpy. If it is not loaded, the value is not a numpy array.
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not (type(value) is numpy.ndarray or isinstance(value, numpy.generic)):
        return False
    dtype = value.dtype  # type: ignore[attr-defined]
    # Kind T is numpy 2's StringDType, which the .npy format does not support.
    return not dtype.hasobject and dtype.kind != "T"


def is_whole_array(value: object) -> bool:
    """Return whether the value is an array that can be saved, and not a numpy scalar."""
    return is_array(value) and type(value).__name__ == "ndarray"


def array_files(entries: Iterable[CapturedName]) -> dict[str, object]:
    """Return the arrays that are saved as files of their own, by their names."""
    return {one.name: one.value for one in entries if one.kind == "array" and not one.text}


def array_bytes(value: object) -> bytes:
    """Return the bytes of an array or numpy scalar in .npy format."""
    # Like all large libraries, numpy is imported late so that ``import jupyter_faas`` is fast.
    import numpy

    stream = io.BytesIO()
    numpy.save(stream, numpy.asarray(value), allow_pickle=False)
    return stream.getvalue()


def array_size(value: object) -> int:
    """Return the size in bytes of an array's .npy file, without serializing the array's data."""
    import numpy

    array = numpy.asarray(value)
    # The header is padded, so it usually has the same length for another shape.
    stream = io.BytesIO()
    numpy.save(stream, numpy.empty((0,), array.dtype), allow_pickle=False)
    return stream.tell() + array.nbytes


def data_files(entries: Mapping[str, CapturedName]) -> dict[str, bytes]:
    """Return the files of all data objects by their names in the package's data directory."""
    return {
        f"{name}.{ending}": content
        for name, entry in entries.items()
        if entry.data is not None
        for ending, content in entry.data.files.items()
    }


def filling(target: str, container: object, content: str) -> str:
    """Return the statements that fill a container, such as a list. ``content`` is an expression."""
    fill = "extend" if isinstance(container, list | deque) else "update"
    return f"{target}.clear()\n{target}.{fill}({content})\n"


# The following functions compute the order of definitions in captured.py.


def definition_order(
    needs_now: Mapping[str, Set[str]], needs_later: Mapping[str, Set[str]]
) -> list[str]:
    """Return the keys of ``needs_now`` in an order in which their definitions can run.

    ``needs_now`` maps each name to the names that its statement reads when it runs, such as
    decorators, base classes and defaults. The statement may also call them, so their dependencies
    come first too. ``needs_later`` maps each name to the names that its body reads only when it is
    called. Where dependencies allow, the order of the keys is kept.
    """
    first = {name: needed_first(name, needs_now, needs_later) for name in needs_now}
    ordered: list[str] = []
    waiting = list(needs_now)
    while waiting:
        # In a circular dependency, only ``needs_now`` is considered, because function bodies run
        # after everything is defined. If no name qualifies, the first remaining name is chosen.
        chosen = next((n for n in waiting if not first[n] & set(waiting)), None) or next(
            (n for n in waiting if not needs_now[n] & set(waiting) - {n}), waiting[0]
        )
        ordered.append(chosen)
        waiting.remove(chosen)
    return ordered


def reached(needs: Mapping[str, Set[str]], name: str) -> set[str]:
    """Return all direct and indirect dependencies of ``name``.

    The result contains ``name`` if it is part of a circular dependency.
    """
    found: set[str] = set()
    to_see = list(needs[name])
    while to_see:
        other = to_see.pop()
        if other not in found and other in needs:
            found.add(other)
            to_see += needs[other]
    return found


def needed_first(
    name: str, needs_now: Mapping[str, Set[str]], needs_later: Mapping[str, Set[str]]
) -> set[str]:
    """Return the names that the definition of ``name`` may use while it runs, without itself."""
    reached: set[str] = set()
    to_see = [other for other in needs_now[name] if other in needs_now]
    while to_see:
        other = to_see.pop()
        if other not in reached and other != name:
            reached.add(other)
            to_see += [n for n in needs_now[other] | needs_later[other] if n in needs_now]
    return reached
