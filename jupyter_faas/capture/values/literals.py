"""Constants as Python source that reads back with equal values and equal types."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LIMIT = 1_000_000
_WIDTH = 88
# Python's parser fails at 200 nested brackets.
_DEPTH = 90
# Above about 4,300 decimal digits Python refuses to write a number in decimal.
_DECIMAL_BITS = 10_000
_ATOMS = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis), range)
_CONTAINERS = (list, tuple, dict, set, frozenset)


@dataclass(frozen=True)
class Literal:
    """``text`` of a constant; ``needs_numpy`` when it holds numpy scalars (``numpy.int64(3)``)."""

    text: str
    needs_numpy: bool = False


class NotLiteral(Exception):
    """Raised when ``value``, found at ``where`` in a constant (``[3]['a']``), has no literal."""

    def __init__(self, where: str, value: object) -> None:
        super().__init__(where)
        self.where = where
        self.value = value


class TooLong(Exception):
    """Raised when the literal would be longer than :data:`LIMIT` characters."""


# Writes one item of a value: the item, and its place in the value (``['a'][3]``).
Write = Callable[[Any, str], str]
# What a caller knows to write beyond literals; None for what it does not know either.
Extend = Callable[[Any, str, Write], "str | None"]


def write_literal(
    value: object, numpy_name: str = "numpy", extend: Extend | None = None
) -> Literal:
    """The source of a plain value or a container of them.

    Only the very types None, bool, int, float, complex, str, bytes, range, list, tuple, dict, set
    and frozenset, at every depth: a subclass (OrderedDict, a named tuple) would read back as
    another type. numpy scalars inside containers are written as calls of ``numpy_name``. Sets are
    written in a fixed order. ``extend`` is asked for all else. Raises NotLiteral and TooLong.
    """
    writer = _Writer(numpy_name, extend)
    text = writer.write(value, "")
    if len(text) > _WIDTH and type(value) in _CONTAINERS and value:
        text = writer.write(value, "", across_lines=True)
    return Literal(text, writer.needs_numpy)


def is_constant_type(value: object) -> bool:
    """Whether the value itself (not what it may hold) is of a type that has literals."""
    return type(value) in _ATOMS or type(value) in _CONTAINERS


class _Writer:
    def __init__(self, numpy_name: str, extend: Extend | None) -> None:
        self.needs_numpy = False
        self._numpy = numpy_name
        self._extend = extend
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
        if id(value) in self._open or len(self._open) >= _DEPTH:
            raise NotLiteral(where, value)
        self._open.append(id(value))
        if kind in _CONTAINERS:
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
            return [
                f"{self.write(key, f'{where}[{key!r}]')}: {self.write(item, f'{where}[{key!r}]')}"
                for key, item in value.items()
            ]
        items = [self.write(item, f"{where}[{index}]") for index, item in enumerate(value)]
        # The order of a set of strings changes with every interpreter.
        return sorted(items) if isinstance(value, set | frozenset) else items

    def _count(self, text: str) -> str:
        self._length += len(text) + 2
        if self._length > LIMIT:
            raise TooLong
        return text

    def _numpy_scalar(self, value: Any) -> str | None:
        """A call of the scalar's type; None for arrays and for numbers that Python has not."""
        is_scalar = getattr(value, "shape", None) == () and type(value).__name__ != "ndarray"
        letter = value.dtype.kind if is_scalar else ""
        name = f"{self._numpy}.{type(value).__name__}"
        text = None
        if letter == "b":
            # numpy 1 knows this type as bool_, numpy 2 as both bool and bool_.
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
        # Looked at before its text is made, which may be larger than memory allows.
        if len(value) > LIMIT:
            raise TooLong
    elif isinstance(value, int) and value.bit_length() > _DECIMAL_BITS:
        if value.bit_length() > 4 * LIMIT:
            raise TooLong
        return hex(value)
    elif isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    elif isinstance(value, complex):
        return f"complex({_atom(value.real)}, {_atom(value.imag)})"
    return "..." if value is Ellipsis else repr(value)
