"""Ratios of figures that were taken in the same rounds, and what was promised of them."""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

_RESAMPLES = 2000


@dataclass(frozen=True)
class Ratio:
    """The median of the rounds' ratios; ``low`` to ``high`` is its 95 % confidence interval."""

    middle: float
    low: float
    high: float


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Ratio:
    """Round by round; the interval is bootstrapped, with the same draws every time."""
    each = [a / b for a, b in zip(numerators, denominators, strict=True)]
    draw = random.Random(0)
    medians = sorted(statistics.median(draw.choices(each, k=len(each))) for _ in range(_RESAMPLES))
    edge = _RESAMPLES // 40
    return Ratio(statistics.median(each), medians[edge], medians[-1 - edge])


@dataclass(frozen=True)
class Gate:
    """What a ratio must reach and aims for: at least, or with ``at_most`` at most."""

    name: str
    found: Ratio
    must: float
    aim: float
    at_most: bool = False

    @property
    def holds(self) -> bool:
        """False only when the whole interval misses: one noisy round fails nothing."""
        if self.at_most:
            return self.found.low <= self.must
        return self.found.high >= self.must

    @property
    def aimed(self) -> bool:
        middle = self.found.middle
        return middle <= self.aim if self.at_most else middle >= self.aim

    def row(self) -> str:
        sign = "≤" if self.at_most else "≥"
        middle = self.found.middle
        reached = middle <= self.must if self.at_most else middle >= self.must
        word = "holds" if reached else "within its interval" if self.holds else "MISSES"
        aim = ", and the aim" if self.aimed else f"; aim {sign} {self.aim:g}×"
        return (
            f"{self.name:<58} {middle:7.2f}×  ({self.found.low:.2f} to {self.found.high:.2f})"
            f"  {word} {sign} {self.must:g}×{aim}"
        )
