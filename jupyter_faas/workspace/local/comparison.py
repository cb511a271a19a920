"""Comparison of two JSON answers, with a tolerance for floats.

``difference`` is used by clean-room tests, in which types and keys must match. ``compare`` is used
by replays, which distinguish equal, close and different answers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


# Represents a missing value. None cannot be used, because it is a JSON value.
ABSENT: Any = _Absent()


@dataclass(frozen=True)
class Closeness:
    """Tolerance for floats. Two floats are close if they meet either tolerance.

    ``relative`` is relative to the float with the larger absolute value.
    """

    relative: float
    absolute: float


# Without a model, the notebook and the package do the same arithmetic on the same machine. The
# other two are for models in double and in float32. They are at least as large as those of the
# parity check (serialization/precision.py), because a function may compute with the results.
_PLAIN = Closeness(1e-9, 1e-12)
_DOUBLE = Closeness(1e-5, 1e-5)
_FLOAT32 = Closeness(1e-4, 1e-4)


def closeness_for(models: Sequence[Mapping[str, Any]]) -> Closeness:
    """Return the tolerance for floats in the answers of a package.

    ``models`` are the descriptions of the package's models in its manifest.
    """
    if not models:
        return _PLAIN
    return _FLOAT32 if any(one.get("route") in ("float32", "mixed") for one in models) else _DOUBLE


@dataclass(frozen=True)
class Difference:
    """A difference at ``path``, such as ``scores[2]``. Missing values are represented by ABSENT."""

    path: str
    wanted: Any
    found: Any


def difference(
    wanted: Any,
    found: Any,
    closeness: Closeness,
    *,
    partly: bool = False,
    varying: frozenset[str] = frozenset(),
    path: str = "",
) -> Difference | None:
    """Return the first difference between two JSON values, or None.

    Integers, strings and booleans must be equal, and floats must be close. ``partly`` allows
    additional keys in ``found``. At the paths in ``varying``, only the type is compared.
    """
    same = Difference(path, wanted, found) if _kind(wanted) != _kind(found) else None
    if same is not None or path in varying:
        return same
    if isinstance(wanted, Mapping):
        keys = [*wanted, *(() if partly else (key for key in found if key not in wanted))]
        places = (
            (_join(path, key), wanted.get(key, ABSENT), found.get(key, ABSENT)) for key in keys
        )
    elif isinstance(wanted, list):
        if len(wanted) != len(found):
            return Difference(path, wanted, found)
        places = (
            (f"{path}[{index}]", *pair)
            for index, pair in enumerate(zip(wanted, found, strict=True))
        )
    else:
        return None if _equal(wanted, found, closeness) else Difference(path, wanted, found)
    for place, one, other in places:
        first = difference(one, other, closeness, partly=partly, varying=varying, path=place)
        if first is not None:
            return first
    return None


def varying_paths(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Yield the paths at which two answers to the same call differ."""
    if isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() == other.keys():
        for key in one:
            yield from varying_paths(one[key], other[key], _join(path, key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        if sorted(map(json.dumps, one)) == sorted(map(json.dumps, other)) and one != other:
            yield path  # Equal items in a different order probably come from a set.
            return
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from varying_paths(*pair, f"{path}[{index}]")
    elif one != other:
        yield path


def _equal(wanted: Any, found: Any, closeness: Closeness) -> bool:
    if isinstance(wanted, float) or isinstance(found, float):
        return math.isclose(wanted, found, rel_tol=closeness.relative, abs_tol=closeness.absolute)
    return bool(wanted == found)


def _kind(value: Any) -> str:
    # bool is a subclass of int, so booleans must be handled before numbers.
    if isinstance(value, bool) or value is None or value is ABSENT:
        return type(value).__name__
    for kind in (Mapping, list, str):
        if isinstance(value, kind):
            return kind.__name__
    return "number"


def _join(path: str, key: str) -> str:
    if not key.isidentifier():
        return f"{path}[{key!r}]"
    return f"{path}.{key}" if path else key


# The relative and absolute tolerance of a replay, which is about the difference between the answers
# of a model in float32 and in float64.
_CLOSE = 1e-6
_SHOWN = 40

Likeness = Literal["same", "close", "differs"]


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison.

    ``where``: the path that differs, or an empty string for the whole answer.
    ``before`` and ``now``: the two values as text.
    """

    likeness: Likeness
    where: str = ""
    before: str = ""
    now: str = ""

    @property
    def words(self) -> str:
        """The difference as text, such as ``confidence: 0.97 → 0.91``; empty for equal values."""
        if self.likeness == "same":
            return ""
        change = f"{self.before} → {self.now}"
        return f"{self.where}: {change}" if self.where else change


def compare(before: Any, now: Any) -> Comparison:
    """Compare two JSON values and return the first difference.

    If all differing values are close, return the first close pair. Numbers are close if they differ
    by at most one millionth, relative or absolute.
    """
    found = list(_differences(before, now, ""))
    for comparison in found:
        if comparison.likeness == "differs":
            return comparison
    return found[0] if found else Comparison("same")


def brief(value: Any, most: int = _SHOWN) -> str:
    """Return ``value`` as JSON on one line, cut to ``most`` characters."""
    line = json.dumps(value, ensure_ascii=False, default=str)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _differences(before: Any, now: Any, where: str) -> Iterator[Comparison]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys((*before, *now)):
            at = f"{where}.{key}" if where else str(key)
            if key not in before or key not in now:
                old = brief(before[key]) if key in before else "nothing"
                new = brief(now[key]) if key in now else "nothing"
                yield Comparison("differs", at, old, new)
            else:
                yield from _differences(before[key], now[key], at)
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for index, (one, other) in enumerate(zip(before, now, strict=True)):
            yield from _differences(one, other, f"{where}[{index}]")
    elif _is_number(before) and _is_number(now):
        if before != now:
            near = math.isclose(before, now, rel_tol=_CLOSE, abs_tol=_CLOSE)
            yield Comparison("close" if near else "differs", where, brief(before), brief(now))
    # In Python, True equals 1. In JSON, ``true`` and ``1`` are different values.
    elif type(before) is not type(now) or before != now:
        yield Comparison("differs", where, brief(before), brief(now))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
