"""Whether two answers are the same, and where they first differ."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

# Of numbers: what a model answers in another arithmetic than its original is as good as the same.
_CLOSE = 1e-6
_SHOWN = 40

Likeness = Literal["same", "close", "differs"]


@dataclass(frozen=True)
class Comparison:
    """``where`` is the first key that differs: ``scores[2]``, or empty for the whole answer."""

    likeness: Likeness
    where: str = ""
    before: str = ""
    now: str = ""

    @property
    def words(self) -> str:
        """``confidence: 0.97 → 0.91``"""
        if self.likeness == "same":
            return ""
        change = f"{self.before} → {self.now}"
        return f"{self.where}: {change}" if self.where else change


def compare(before: Any, now: Any) -> Comparison:
    """Compare two JSON values. Numbers within a millionth of each other are close."""
    found = list(_differences(before, now, ""))
    for comparison in found:
        if comparison.likeness == "differs":
            return comparison
    return found[0] if found else Comparison("same")


def brief(value: Any, most: int = _SHOWN) -> str:
    """A value on one short line."""
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
    elif type(before) is not type(now) or before != now:
        yield Comparison("differs", where, brief(before), brief(now))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
