"""A period as whole hours, days and blocks of days, of which sums are kept, and what is left."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import mul

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

# Of each level: how long one cell is. CellRange are numbered from the epoch.
SPANS_MS = (HOUR_MS, DAY_MS, 32 * DAY_MS)
HOURS, DAYS, BLOCKS = range(len(SPANS_MS))


@dataclass(frozen=True)
class Extent:
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
class CellRange:
    """Of one level, the last one included."""

    level: int
    first: int
    last: int


@dataclass
class Coverage:
    """``cells`` have no part in common with each other or with ``clips``: first and last ms, both
    inclusive, of which the records themselves must be asked, up to the row ``last_row``."""

    cells: list[CellRange] = field(default_factory=list)
    clips: list[tuple[int, int]] = field(default_factory=list)
    last_row: int = 2**63 - 1

    def add(self, level: int, cell: int) -> None:
        """CellRange come in the order of time."""
        if self.cells and self.cells[-1].level == level and self.cells[-1].last == cell - 1:
            self.cells[-1] = CellRange(level, self.cells[-1].first, cell)
        else:
            self.cells.append(CellRange(level, cell, cell))


def cover(since: int | None, upto: int | None, kept: Extent) -> Coverage:
    """What lies between two moments (epoch ms, inclusive; None: no bound).

    Where the finer parts of a cell are gone, it counts as a whole if it begins in the period.
    """
    found = Coverage()
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


# -- Runs that are alike, in columns: a blob of numbers takes a tenth of the time of as many rows.


_NUMBER, _COUNT = "Q", "I"
_NUMBER_BYTES, _COUNT_BYTES = 8, 4

# Duration (ms) and how many runs took it.
Runs = tuple[Sequence[int], Sequence[int]]
# Duration, peak (0: not measured, else MB and one), and how many.
Uses = tuple[Sequence[int], Sequence[int], Sequence[int]]


@dataclass
class Histogram:
    """``latest``: when the last of them began, epoch ms. ``peak``: the largest of those that were
    ``measured``, MB. ``counts``: of each duration and peak, as in ``Uses``."""

    latest: int = 0
    measured: int = 0
    peak: int | None = None
    counts: dict[tuple[int, int], int] = field(default_factory=dict)

    def add(self, duration: int, peak: int | None, start: int, runs: int = 1) -> None:
        """``runs`` of them, of which the last began at ``start``."""
        which = (duration, 0 if peak is None else peak + 1)
        self.counts[which] = self.counts.get(which, 0) + runs
        self.latest = max(self.latest, start)
        if peak is not None:
            self.measured += runs
            self.peak = peak if self.peak is None else max(self.peak, peak)

    def join(self, latest: int, measured: int, peak: int | None, uses: bytes) -> None:
        """Others, as they were kept."""
        counts = self.counts
        for duration, which, runs in zip(*read_uses(uses), strict=True):
            key = (duration, which)
            counts[key] = counts.get(key, 0) + runs
        self.latest = max(self.latest, latest)
        self.measured += measured
        if peak is not None:
            self.peak = peak if self.peak is None else max(self.peak, peak)

    def blobs(self) -> tuple[bytes, bytes]:
        """Its ``Runs`` and its ``Uses``, as ``read_runs`` and ``read_uses`` take them."""
        found = sorted(self.counts.items())
        uses = (
            array(_NUMBER, [duration for (duration, _), _ in found]),
            array(_COUNT, [peak for (_, peak), _ in found]),
            array(_COUNT, [runs for _, runs in found]),
        )
        by_duration: dict[int, int] = {}
        for (duration, _), runs in found:
            by_duration[duration] = by_duration.get(duration, 0) + runs
        runs_blob = array(_NUMBER, by_duration).tobytes()
        runs_blob += array(_COUNT, by_duration.values()).tobytes()
        return runs_blob, b"".join(each.tobytes() for each in uses)


def read_runs(blob: bytes) -> Runs:
    """The durations ascend."""
    size = len(blob) // (_NUMBER_BYTES + _COUNT_BYTES) * _NUMBER_BYTES
    durations, runs = array(_NUMBER), array(_COUNT)
    durations.frombytes(blob[:size])
    runs.frombytes(blob[size:])
    return durations, runs


def read_uses(blob: bytes) -> Uses:
    """By duration, then by peak."""
    number = len(blob) // (_NUMBER_BYTES + 2 * _COUNT_BYTES)
    durations, peaks, runs = array(_NUMBER), array(_COUNT), array(_COUNT)
    first, second = number * _NUMBER_BYTES, number * (_NUMBER_BYTES + _COUNT_BYTES)
    durations.frombytes(blob[:first])
    peaks.frombytes(blob[first:second])
    runs.frombytes(blob[second:])
    return durations, peaks, runs


@dataclass(frozen=True)
class Rounding:
    """How a provider rounds up: to whole steps, at least to a minimum."""

    step: int = 1
    minimum: int = 0

    def of(self, amount: int) -> int:
        return max(self.minimum, -(-amount // self.step) * self.step)

    def total(self, amounts: Sequence[int], runs: Sequence[int]) -> int:
        """Of amounts that ascend, each as often as ``runs`` says."""
        if self.step == 1 and (not amounts or amounts[0] >= self.minimum):
            return sum(map(mul, amounts, runs))
        step, minimum = self.step, self.minimum
        rounded = [max(minimum, -(-each // step) * step) for each in amounts]
        return sum(map(mul, rounded, runs))


def charged_mb(uses: Uses, memory: int, megabytes: Rounding) -> Iterator[int]:
    """The MB that are charged_mb of each run in ``uses``: what was used, or the limit."""
    of_peak: dict[int, int] = {0: megabytes.of(memory)}
    for peak in set(uses[1]):
        of_peak[peak] = megabytes.of(peak - 1 if peak else memory)
    return map(of_peak.__getitem__, uses[1])
