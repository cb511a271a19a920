"""A quantity over four sizes, and whether it grows by more than n · log n.

Machines are noisy and every quantity has a part that does not grow, so the last two sizes decide:
from the second largest to the largest, a quantity may grow by as much as n · log n does, and by the
noise of a measurement. Quantities that are too small to be measured do not count.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

NOISE = 1.3
# What is smaller is the machine's own unrest: ms and MB.
_LEAST = {"s": 0.02, "ms": 3.0, "MB": 5.0}


@dataclass
class Quantity:
    """A quantity by size, in ``unit``: ``s``, ``ms`` or ``MB``."""

    name: str
    unit: str
    values: dict[int, float] = field(default_factory=dict)

    @property
    def exponent(self) -> float:
        """The exponent of the power of n that fits the values; 0 without two of them."""
        known = [(math.log(size), math.log(max(value, 1e-9))) for size, value in self._sorted()]
        if len(known) < 2:
            return 0.0
        return statistics.linear_regression(*zip(*known, strict=True)).slope

    @property
    def last_exponent(self) -> float:
        """The exponent between the two largest sizes; 0 without two of them."""
        known = self._sorted()[-2:]
        if len(known) < 2:
            return 0.0
        (small, before), (large, after) = known
        return math.log(max(after, 1e-9) / max(before, 1e-9)) / math.log(large / small)

    @property
    def holds(self) -> bool:
        """Whether it grows at most as n · log n between the two largest sizes."""
        known = self._sorted()[-2:]
        if len(known) < 2:
            return True
        (small, before), (large, after) = known
        allowed = large * math.log(large + 1) / (small * math.log(small + 1))
        least = _LEAST[self.unit]
        return max(after, least) <= NOISE * allowed * max(before, least)

    def falls(self) -> Iterator[tuple[int, int]]:
        """Yield pairs of sizes of which the larger has a smaller value, by more than the noise.

        A larger load hardly needs less, so the machine did other work during the measurement.
        """
        known, least = self._sorted(), _LEAST[self.unit]
        for (small, before), (large, after) in itertools.pairwise(known):
            if before > least and before > NOISE * max(after, least):
                yield small, large

    def _sorted(self) -> list[tuple[int, float]]:
        return sorted(self.values.items())


@dataclass(frozen=True)
class Run:
    """One call of the bench. ``day``: ISO date; ``busy``: share of the processors that others used.

    ``busy`` is measured before the first part, from 0 to 1.
    """

    day: str
    busy: float
    machine: str


@dataclass
class Curve:
    """The quantities of one part, over its sizes. ``run``: the run that measured them, if known."""

    name: str
    what: str
    quantities: list[Quantity]
    run: Run | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "what": self.what,
            **({"run": asdict(self.run)} if self.run else {}),
            "quantities": [
                {
                    "name": each.name,
                    "unit": each.unit,
                    "values": {str(size): round(value, 4) for size, value in each.values.items()},
                }
                for each in self.quantities
            ],
        }

    @classmethod
    def from_json(cls, found: Mapping[str, object]) -> Curve:
        quantities, run = found["quantities"], found.get("run")
        assert isinstance(quantities, list)
        return cls(
            str(found["name"]),
            str(found["what"]),
            [
                Quantity(
                    each["name"],
                    each["unit"],
                    {int(size): value for size, value in each["values"].items()},
                )
                for each in quantities
            ],
            Run(**run) if isinstance(run, dict) else None,
        )

    @property
    def sizes(self) -> list[int]:
        return sorted({size for each in self.quantities for size in each.values})

    def rows(self) -> Iterator[list[str]]:
        """Yield the cells of a table, its head first."""
        yield [self.what, *(f"{size:,}" for size in self.sizes), "x", "last x", "n·log n"]
        for each in self.quantities:
            values = (
                shown(each.values[size], each.unit) if size in each.values else "–"
                for size in self.sizes
            )
            verdict = "holds" if each.holds else "NO"
            exponents = (f"{each.exponent:.2f}", f"{each.last_exponent:.2f}")
            yield [each.name, *values, *exponents, verdict]

    def lines(self) -> Iterator[str]:
        for name, *cells in self.rows():
            yield f"{name:<44}" + "".join(f"{cell:>13}" for cell in cells)

    def contradictions(self) -> Iterator[str]:
        """Yield a line for each pair of sizes whose values contradict each other."""
        for each in self.quantities:
            for small, large in each.falls():
                before, after = (shown(each.values[size], each.unit) for size in (small, large))
                yield (
                    f"{self.name}: {each.name}: {before} with {small:,} {self.what}, "
                    f"but {after} with {large:,}"
                )


def shown(value: float, unit: str) -> str:
    if unit == "MB":
        return f"{value:,.0f} MB"
    seconds = value / 1000 if unit == "ms" else value
    return f"{seconds * 1000:,.1f} ms" if seconds < 1 else f"{seconds:,.1f} s"


Point = Mapping[tuple[str, str], float]
"""The values at one size, by name and unit of the quantity."""


def measured(name: str, what: str, sizes: Sequence[int], measure: Callable[[int], Point]) -> Curve:
    """Measure at all sizes, the smallest first."""
    quantities: dict[tuple[str, str], Quantity] = {}
    for size in sizes:
        for key, value in measure(size).items():
            quantities.setdefault(key, Quantity(*key)).values[size] = value
    return Curve(name, what, list(quantities.values()))
