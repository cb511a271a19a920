"""Split a period into whole hours, days and blocks of days; histograms of durations as blobs.

The tables with one row for each of them: ``usage_rollups``.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import mul

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

# The length of a cell of each level. Cells are numbered from the epoch.
SPANS_MS = (HOUR_MS, DAY_MS, 32 * DAY_MS)
HOURS, DAYS, BLOCKS = range(len(SPANS_MS))


@dataclass(frozen=True)
class Extent:
    """What the sums hold. Times are epoch ms.

    ``first`` and ``last``: start of the first and the last run. ``open_from``: for each level, the
    first cell that is not computed yet; all before it are. ``records_since`` and ``since`` (for
    each level): what began before was deleted.
    """

    first: int
    last: int
    open_from: tuple[int, ...]
    records_since: int = 0
    since: tuple[int, ...] = (0, 0)


@dataclass(frozen=True)
class CellRange:
    """Cells of one level, ``last`` included."""

    level: int
    first: int
    last: int


@dataclass
class Coverage:
    """What to read for a period; nothing in it overlaps.

    ``record_ranges``: first and last ms, both inclusive, in which the records themselves must be
    read, up to the row ``last_row``.
    """

    cells: list[CellRange] = field(default_factory=list)
    record_ranges: list[tuple[int, int]] = field(default_factory=list)
    last_row: int = 2**63 - 1

    def add(self, level: int, cell: int) -> None:
        """Add a cell; call it in the order of time."""
        if self.cells and self.cells[-1].level == level and self.cells[-1].last == cell - 1:
            self.cells[-1] = CellRange(level, self.cells[-1].first, cell)
        else:
            self.cells.append(CellRange(level, cell, cell))


def cover(since: int | None, upto: int | None, extent: Extent) -> Coverage:
    """Return what to read for ``since`` to ``upto`` (epoch ms, inclusive; None: no bound).

    A cell whose finer parts were deleted counts as a whole if it begins in the period.
    """
    found = Coverage()
    # A bound with no run beyond it is none: the cell at it can be taken as a whole.
    low = -math.inf if since is None or since <= extent.first else since
    high = math.inf if upto is None or upto >= extent.last else upto

    def visit(level: int, cell: int) -> None:
        begin = cell * SPANS_MS[level]
        end = begin + SPANS_MS[level] - 1
        if end < low or begin > high or end < extent.first or begin > extent.last:
            return
        inside = low <= begin and end <= high
        if inside and (level == HOURS or cell < extent.open_from[level]):
            found.add(level, cell)
            return
        parts_since = extent.records_since if level == HOURS else extent.since[level - 1]
        if begin < parts_since:
            if begin >= low:
                found.add(level, cell)
        elif level == HOURS:
            found.record_ranges.append((int(max(low, begin)), int(min(high, end))))
        else:
            ratio = SPANS_MS[level] // SPANS_MS[level - 1]
            for part in range(cell * ratio, (cell + 1) * ratio):
                visit(level - 1, part)

    span = SPANS_MS[BLOCKS]
    for block in range(extent.first // span, extent.last // span + 1):
        visit(BLOCKS, block)
    return found


# -- Histograms. A blob of numbers is read in a tenth of the time of as many rows.

_NUMBER, _COUNT = "Q", "I"
_NUMBER_BYTES, _COUNT_BYTES = 8, 4

# Duration (ms) and how many runs took it.
Runs = tuple[Sequence[int], Sequence[int]]
# Duration, peak (0: not measured, else MB plus one), and how many runs.
Uses = tuple[Sequence[int], Sequence[int], Sequence[int]]


@dataclass
class Histogram:
    """How many runs took how long, with which peak of memory.

    ``latest``: start of the last one, epoch ms. ``measured``: how many have a peak; ``peak``: the
    largest, MB. ``counts``: runs of each duration and peak, both as in ``Uses``.
    """

    latest: int = 0
    measured: int = 0
    peak: int | None = None
    counts: dict[tuple[int, int], int] = field(default_factory=dict)

    def add(self, duration: int, peak: int | None, start: int, runs: int = 1) -> None:
        """Add ``runs`` equal runs; the last of them began at ``start``."""
        key = (duration, 0 if peak is None else peak + 1)
        self.counts[key] = self.counts.get(key, 0) + runs
        self.latest = max(self.latest, start)
        if peak is not None:
            self.measured += runs
            self.peak = peak if self.peak is None else max(self.peak, peak)

    def join(self, latest: int, measured: int, peak: int | None, uses: bytes) -> None:
        """Add a stored histogram."""
        counts = self.counts
        for duration, stored_peak, runs in zip(*read_uses(uses), strict=True):
            key = (duration, stored_peak)
            counts[key] = counts.get(key, 0) + runs
        self.latest = max(self.latest, latest)
        self.measured += measured
        if peak is not None:
            self.peak = peak if self.peak is None else max(self.peak, peak)

    def blobs(self) -> tuple[bytes, bytes]:
        """Return its ``Runs`` and ``Uses`` for ``read_runs`` and ``read_uses``."""
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
    """Return what ``blobs`` wrote; durations ascend."""
    size = len(blob) // (_NUMBER_BYTES + _COUNT_BYTES) * _NUMBER_BYTES
    durations, runs = array(_NUMBER), array(_COUNT)
    durations.frombytes(blob[:size])
    runs.frombytes(blob[size:])
    return durations, runs


def read_uses(blob: bytes) -> Uses:
    """Return what ``blobs`` wrote, sorted by duration, then by peak."""
    number = len(blob) // (_NUMBER_BYTES + 2 * _COUNT_BYTES)
    durations, peaks, runs = array(_NUMBER), array(_COUNT), array(_COUNT)
    first, second = number * _NUMBER_BYTES, number * (_NUMBER_BYTES + _COUNT_BYTES)
    durations.frombytes(blob[:first])
    peaks.frombytes(blob[first:second])
    runs.frombytes(blob[second:])
    return durations, peaks, runs


@dataclass(frozen=True)
class Rounding:
    """How a provider rounds up: to whole steps, and at least to a minimum."""

    step: int = 1
    minimum: int = 0

    def of(self, amount: int) -> int:
        return max(self.minimum, -(-amount // self.step) * self.step)

    def total(self, amounts: Sequence[int], runs: Sequence[int]) -> int:
        """Return the sum of ascending ``amounts``, rounded one by one, each ``runs`` times."""
        if self.step == 1 and (not amounts or amounts[0] >= self.minimum):
            return sum(map(mul, amounts, runs))
        step, minimum = self.step, self.minimum
        rounded = [max(minimum, -(-each // step) * step) for each in amounts]
        return sum(map(mul, rounded, runs))


def charged_mb(uses: Uses, memory: int, megabytes: Rounding) -> Iterator[int]:
    """Yield the MB charged for each entry of ``uses``: its peak, or the limit if not measured."""
    of_peak: dict[int, int] = {0: megabytes.of(memory)}
    for peak in set(uses[1]):
        of_peak[peak] = megabytes.of(peak - 1 if peak else memory)
    return map(of_peak.__getitem__, uses[1])
