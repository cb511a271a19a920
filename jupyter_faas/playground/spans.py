"""A period as whole hours, days and blocks of days, of which sums are kept, and what is left."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

# Of each level: how long one cell is. Cells are numbered from the epoch.
SPANS_MS = (HOUR_MS, DAY_MS, 32 * DAY_MS)
HOURS, DAYS, BLOCKS = range(len(SPANS_MS))


@dataclass(frozen=True)
class Kept:
    """Of what there are sums. Times are epoch ms.

    ``first`` and ``last``: nothing began before and after. ``open_from``: of each level, the first
    cell of which there is no sum yet, only of the cells in it; those before it have one.
    ``since``: of the records themselves and of the levels, before when they are gone.
    """

    first: int
    last: int
    open_from: tuple[int, ...]
    records_since: int = 0
    since: tuple[int, ...] = (0, 0)


@dataclass(frozen=True)
class Cells:
    """Of one level, the last one included."""

    level: int
    first: int
    last: int


@dataclass
class Cover:
    """``cells`` have no part in common with each other or with ``clips``: first and last ms, both
    inclusive, of which the records themselves must be asked, up to the row ``last_row``."""

    cells: list[Cells] = field(default_factory=list)
    clips: list[tuple[int, int]] = field(default_factory=list)
    last_row: int = 2**63 - 1

    def add(self, level: int, cell: int) -> None:
        """Cells come in the order of time."""
        if self.cells and self.cells[-1].level == level and self.cells[-1].last == cell - 1:
            self.cells[-1] = Cells(level, self.cells[-1].first, cell)
        else:
            self.cells.append(Cells(level, cell, cell))


def cover(since: int | None, upto: int | None, kept: Kept) -> Cover:
    """What lies between two moments (epoch ms, inclusive; None: no bound).

    Where the finer parts of a cell are gone, it counts as a whole if it begins in the period.
    """
    found = Cover()
    # What holds everything on its side is no edge.
    low = -math.inf if since is None or since <= kept.first else since
    high = math.inf if upto is None or upto >= kept.last else upto

    def visit(level: int, cell: int) -> None:
        begin = cell * SPANS_MS[level]
        end = begin + SPANS_MS[level] - 1
        if end < low or begin > high or end < kept.first or begin > kept.last:
            return
        inside = low <= begin and end <= high
        if inside and (level == HOURS or cell < kept.open_from[level]):
            found.add(level, cell)
            return
        parts_since = kept.records_since if level == HOURS else kept.since[level - 1]
        if begin < parts_since:
            if begin >= low:
                found.add(level, cell)
        elif level == HOURS:
            found.clips.append((int(max(low, begin)), int(min(high, end))))
        else:
            ratio = SPANS_MS[level] // SPANS_MS[level - 1]
            for part in range(cell * ratio, (cell + 1) * ratio):
                visit(level - 1, part)

    span = SPANS_MS[BLOCKS]
    for block in range(kept.first // span, kept.last // span + 1):
        visit(BLOCKS, block)
    return found
