"""Split a period into hours, days and blocks of days; store histograms of durations as blobs.

``usage_rollups`` keeps the tables that have a row for each of these cells.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import mul

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

# The length of a cell of each level. Cells are numbered from the epoch. Blocks have 32 days instead
# of a month, because a cell must have the same length everywhere.
SPANS_MS = (HOUR_MS, DAY_MS, 32 * DAY_MS)
HOURS, DAYS, BLOCKS = range(len(SPANS_MS))


@dataclass(frozen=True)
class Extent:
    """What the table ``sums`` holds. Times are epoch ms.

    ``first``, ``last``: start of the first and of the last run.
    ``open_from``: for each level, the first cell that is not computed yet; all earlier ones are.
    ``records_since``: records that began earlier were deleted.
    ``since``: the same for the cells of the levels HOURS and DAYS.
    """

    first: int
    last: int
    open_from: tuple[int, ...]
    records_since: int = 0
    since: tuple[int, ...] = (0, 0)


@dataclass(frozen=True)
class CellRange:
    """Consecutive cells of one level, from ``first`` to ``last``, both included."""

    level: int
    first: int
    last: int


@dataclass
class Coverage:
    """What to read for a period: cells, and ranges of records. None of them overlap.

    ``record_ranges``: first and last ms, both inclusive, of the periods in which the records
    themselves must be read, up to the row ``last_row``.
    """

    cells: list[CellRange] = field(default_factory=list)
    record_ranges: list[tuple[int, int]] = field(default_factory=list)
    last_row: int = 2**63 - 1

    def add(self, level: int, cell: int) -> None:
        """Add a cell. Call it in the order of time: adjacent cells are joined to one range."""
        if self.cells and self.cells[-1].level == level and self.cells[-1].last == cell - 1:
            self.cells[-1] = CellRange(level, self.cells[-1].first, cell)
        else:
            self.cells.append(CellRange(level, cell, cell))


def cover(since: int | None, upto: int | None, extent: Extent) -> Coverage:
    """Return what to read for a period, both ends inclusive, in epoch ms (None: no bound).

    A cell at the edge whose finer parts were deleted cannot be split. It counts as a whole if it
    begins in the period, else not at all.
    """
    found = Coverage()
    # A bound with no run beyond it has no effect; dropping it allows taking the cell there as a
    # whole.
    low = -math.inf if since is None or since <= extent.first else since
    high = math.inf if upto is None or upto >= extent.last else upto

    def visit(level: int, cell: int) -> None:
        begin = cell * SPANS_MS[level]
        end = begin + SPANS_MS[level] - 1
        if end < low or begin > high or end < extent.first or begin > extent.last:
            return
        # A cell is taken as a whole if all of it is in the period and it is already computed. Else
        # it is split into the cells of the next finer level, and an hour into its records.
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


# -- Histograms

# They are stored as blobs of numbers, which are read in a tenth of the time of as many rows.

# Codes of the module ``array``, and their sizes in bytes.
_NUMBER, _COUNT = "Q", "I"
_NUMBER_BYTES, _COUNT_BYTES = 8, 4

# Durations (ms), and how many runs took each of them.
Runs = tuple[Sequence[int], Sequence[int]]
# Durations (ms), peaks (MB plus one; 0 if not measured), and how many runs had both.
Uses = tuple[Sequence[int], Sequence[int], Sequence[int]]


@dataclass
class Histogram:
    """The number of runs for each duration and peak of memory.

    ``latest``: start of the last run, epoch ms. ``measured``: how many runs have a peak. ``peak``:
    the largest one, MB. ``counts``: runs by duration and peak, both as in ``Uses``.
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
        """Return its ``Runs`` and its ``Uses`` as bytes, for ``read_runs`` and ``read_uses``.

        ``Runs`` could be computed from ``Uses``, but is smaller and faster to read.
        """
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
    """Read the first blob of ``Histogram.blobs``; durations ascend."""
    size = len(blob) // (_NUMBER_BYTES + _COUNT_BYTES) * _NUMBER_BYTES
    durations, runs = array(_NUMBER), array(_COUNT)
    durations.frombytes(blob[:size])
    runs.frombytes(blob[size:])
    return durations, runs


def read_uses(blob: bytes) -> Uses:
    """Read the second blob of ``Histogram.blobs``, sorted by duration, then by peak."""
    number = len(blob) // (_NUMBER_BYTES + 2 * _COUNT_BYTES)
    durations, peaks, runs = array(_NUMBER), array(_COUNT), array(_COUNT)
    first, second = number * _NUMBER_BYTES, number * (_NUMBER_BYTES + _COUNT_BYTES)
    durations.frombytes(blob[:first])
    peaks.frombytes(blob[first:second])
    runs.frombytes(blob[second:])
    return durations, peaks, runs


@dataclass(frozen=True)
class Rounding:
    """How a provider rounds up an amount: to whole steps, and at least to a minimum."""

    step: int = 1
    minimum: int = 0

    def of(self, amount: int) -> int:
        return max(self.minimum, -(-amount // self.step) * self.step)

    def total(self, amounts: Sequence[int], runs: Sequence[int]) -> int:
        """Return the sum of ascending ``amounts``, rounded one by one, each ``runs`` times."""
        # Nothing to round, and this is much faster. ``amounts`` ascend, so the first is the least.
        if self.step == 1 and (not amounts or amounts[0] >= self.minimum):
            return sum(map(mul, amounts, runs))
        step, minimum = self.step, self.minimum
        rounded = [max(minimum, -(-each // step) * step) for each in amounts]
        return sum(map(mul, rounded, runs))


def charged_mb(uses: Uses, memory: int, megabytes: Rounding) -> Iterator[int]:
    """Yield the MB charged for each entry of ``uses``: its peak, or ``memory`` if not measured."""
    # Many runs have the same peak, so each peak is rounded once.
    of_peak: dict[int, int] = {0: megabytes.of(memory)}
    for peak in set(uses[1]):
        of_peak[peak] = megabytes.of(peak - 1 if peak else memory)
    return map(of_peak.__getitem__, uses[1])
