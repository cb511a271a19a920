"""Conversion of constants to Python source that evaluates to equal values of equal types."""

from __future__ import annotations

import math
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any

# The largest literal in characters. A larger value is data and belongs in a file or a numpy array.
LIMIT = 1_000_000
_WIDTH = 88
# Python's parser fails at 200 nested brackets, and a level may need two (``frozenset({…})``).
_DEPTH = 90
# Python cannot convert integers of more than 4,300 digits (about 14,000 bits) to decimal. Integers
# with more than this many bits are written in hexadecimal, for which there is no such limit.
_DECIMAL_BITS = 10_000
_ATOMS = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis), range)
_CONTAINERS = (list, tuple, dict, set, frozenset)


@dataclass(frozen=True)
class Literal:
    """The source of a constant. ``needs_numpy`` is true if the source uses numpy."""

    text: str
    needs_numpy: bool = False


class NotLiteral(Exception):
    """Raised when ``value``, at ``where`` in a constant (``[3]['a']``), cannot be written."""

    def __init__(self, where: str, value: object) -> None:
        super().__init__(where)
        self.where = where
        self.value = value


class TooLong(Exception):
    """Raised when the literal would be longer than :data:`LIMIT` characters."""


# A Write function writes an item of a value. Its arguments are the item and the item's place, such
# as ``['a'][3]``.
Write = Callable[[Any, str], str]
# An Extend function is passed by a caller to write values that are not literals. It returns None
# for values that it cannot write.
Extend = Callable[[Any, str, Write], "str | None"]


def write_literal(
    value: object,
    numpy_name: str = "numpy",
    extend: Extend | None = None,
    shared: Set[int] = frozenset(),
) -> Literal:
    """Return the source of a plain value or of a container of plain values.

    The supported types are None, bool, int, float, complex, str, bytes, Ellipsis, range, list,
    tuple, dict, set and frozenset. Subclasses are not supported, because they would become another
    type. numpy scalars are written as calls such as ``numpy.int64(3)``, with ``numpy_name`` as the
    module's name. Sets are written in a fixed order. ``extend`` writes all other values, and the
    items whose ``id`` is in ``shared``. Raises NotLiteral for a value that cannot be written, and
    TooLong for a literal of more than :data:`LIMIT` characters.
    """
    writer = _Writer(numpy_name, extend, shared)
    text = writer.write(value, "")
    # Long containers are written with one item per line, so that captured.py is readable.
    if len(text) > _WIDTH and type(value) in _CONTAINERS and value:
        text = writer.write(value, "", across_lines=True)
    return Literal(text, writer.needs_numpy)


def is_constant_type(value: object) -> bool:
    """Return whether the value's type has literals, without checking the items of a container."""
    return type(value) in _ATOMS or type(value) in _CONTAINERS


class _Writer:
    def __init__(self, numpy_name: str, extend: Extend | None, shared: Set[int]) -> None:
        self.needs_numpy = False
        self._numpy = numpy_name
        self._extend = extend
        self._shared = shared
        self._length = 0
        self._open: list[int] = []

    def write(self, value: Any, where: str, *, across_lines: bool = False) -> str:
        if not self._open:
            self._length = 0
        kind = type(value)
        if kind in _ATOMS:
            return self._count(_atom(value))
        scalar = self._numpy_scalar(value) if kind.__module__ == "numpy" else None
        if scalar is not None:
            return self._count(scalar)
        is_referred = bool(self._open) and id(value) in self._shared
        # Writing a container that contains itself would never end.
        if not is_referred and (id(value) in self._open or len(self._open) >= _DEPTH):
            raise NotLiteral(where, value)
        self._open.append(id(value))
        if kind in _CONTAINERS and not is_referred:
            text = _brackets(value, self._parts(value, where), across_lines)
        else:
            known = self._extend and self._extend(value, where, self.write)
            if known is None:
                raise NotLiteral(where, value)
            text = self._count(known)
        self._open.pop()
        return text

    def _parts(self, value: Any, where: str) -> list[str]:
        if isinstance(value, dict):
            pairs = []
            for index, (key, item) in enumerate(value.items()):
                # The address of an object would give the package other bytes in each run.
                label = repr(key)
                place = f"{where}[{index if ' at 0x' in label else label}]"
                pairs.append(f"{self.write(key, place)}: {self.write(item, place)}")
            return pairs
        items = [self.write(item, f"{where}[{index}]") for index, item in enumerate(value)]
        # Python randomizes string hashes, so the order of a set differs from run to run.
        return sorted(items) if isinstance(value, set | frozenset) else items

    def _count(self, text: str) -> str:
        self._length += len(text) + 2
        if self._length > LIMIT:
            raise TooLong
        return text

    def _numpy_scalar(self, value: Any) -> str | None:
        """Return a call that creates a numpy scalar, or None for arrays and unsupported types.

        numpy.longdouble is not supported, because it would lose digits as a 64-bit Python float.
        """
        is_scalar = getattr(value, "shape", None) == () and type(value).__name__ != "ndarray"
        letter = value.dtype.kind if is_scalar else ""
        name = f"{self._numpy}.{type(value).__name__}"
        text = None
        if letter == "b":
            # This type is named ``bool_`` in numpy 1, and both ``bool`` and ``bool_`` in numpy 2.
            text = f"{self._numpy}.bool_({bool(value)})"
        elif letter in ("i", "u"):
            text = f"{name}({int(value)})"
        elif letter == "f" and value.dtype.itemsize <= 8:
            text = f"{name}({_atom(float(value))})"
        elif letter in ("U", "S"):
            text = f"{name}({_atom(value.item())})"
        self.needs_numpy |= text is not None
        return text


def _brackets(value: Any, parts: list[str], across_lines: bool) -> str:
    kind = type(value)
    left, right = "[]" if kind is list else "()" if kind is tuple else "{}"
    if kind in (set, frozenset) and not parts:
        return f"{kind.__name__}()"
    if kind is frozenset:
        return f"frozenset({_brackets(set(value), parts, across_lines)})"
    if across_lines:
        return "\n".join([left, *(f"    {part}," for part in parts), right])
    comma = "," if kind is tuple and len(parts) == 1 else ""
    return f"{left}{', '.join(parts)}{comma}{right}"


def _atom(value: Any) -> str:
    if isinstance(value, str | bytes):
        # The length is checked first, because the literal may be too large for the memory.
        if len(value) > LIMIT:
            raise TooLong
    elif isinstance(value, int) and value.bit_length() > _DECIMAL_BITS:
        # A hexadecimal digit represents four bits.
        if value.bit_length() > 4 * LIMIT:
            raise TooLong
        return hex(value)
    # The ``repr`` of these floats (``inf``, ``nan``) is a name and not a literal.
    elif isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    elif isinstance(value, complex):
        return f"complex({_atom(value.real)}, {_atom(value.imag)})"
    return "..." if value is Ellipsis else repr(value)
