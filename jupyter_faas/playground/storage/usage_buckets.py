"""Cells of time (hours, days and blocks of 32 days), and histograms of runs stored as blobs.

The tables of ``usage_rollups`` have rows for each cell.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import mul
from typing import NamedTuple

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

# The length of a cell of each level. Cells are numbered from the epoch. Blocks have 32 days and are
# not months, because all cells of a level must have the same length.
SPANS_MS = (HOUR_MS, DAY_MS, 32 * DAY_MS)
HOURS, DAYS, BLOCKS = range(len(SPANS_MS))


class Extent(NamedTuple):
    """The extent of the data in the table ``sums``. Times are in epoch ms.

    ``first``, ``last``: start of the first run and of the last run.
    ``open_from``: for each level, the first cell that is not computed yet.
    ``records_since``: records with an earlier start may have been deleted.
    ``since``: for the levels HOURS and DAYS, the time before which cells have been deleted.
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
    """The data to read for a period: cells, and ranges of records, which do not overlap.

    ``record_ranges``: first and last ms, both inclusive, of the periods in which the records
    themselves must be read.
    ``last_row``: the last row to read in these periods.
    """

    cells: list[CellRange] = field(default_factory=list)
    record_ranges: list[tuple[int, int]] = field(default_factory=list)
    last_row: int = 2**63 - 1

    def add(self, level: int, cell: int) -> None:
        """Add a cell and join it with an adjacent range. Add the cells in the order of time."""
        if self.cells and self.cells[-1].level == level and self.cells[-1].last == cell - 1:
            self.cells[-1] = CellRange(level, self.cells[-1].first, cell)
        else:
            self.cells.append(CellRange(level, cell, cell))


def cover(since: int | None, upto: int | None, extent: Extent) -> Coverage:
    """Return which cells and ranges of records to read for a period.

    ``since``, ``upto``: first and last ms of the period, or None for no bound.
    A cell at an edge of the period cannot be split if its finer cells or records were deleted. It
    is included if it begins in the period, and otherwise excluded.
    """
    found = Coverage()
    # Drop a bound if there is no run beyond it, so that the cell at this bound can be read as a
    # whole.
    low = -math.inf if since is None or since <= extent.first else since
    high = math.inf if upto is None or upto >= extent.last else upto

    def visit(level: int, cell: int) -> None:
        begin = cell * SPANS_MS[level]
        end = begin + SPANS_MS[level] - 1
        if end < low or begin > high or end < extent.first or begin > extent.last:
            return
        # A cell is read as a whole if it is completely in the period and already computed.
        # Otherwise it is split into the cells of the next finer level, or an hour into its records.
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

# Histograms are stored as blobs of numbers, because reading as many rows would take ten times as
# long.

# Type codes of the module ``array``, and their sizes in bytes.
_NUMBER, _COUNT = "Q", "I"
_NUMBER_BYTES, _COUNT_BYTES = 8, 4

# Durations (ms), and the number of runs with each duration.
Runs = tuple[Sequence[int], Sequence[int]]
# Durations (ms), peaks (MB plus one; 0 if not measured), and the number of runs with each pair.
Uses = tuple[Sequence[int], Sequence[int], Sequence[int]]


@dataclass
class Histogram:
    """The number of runs for each pair of duration and memory peak.

    ``latest``: start of the last run, in epoch ms.
    ``measured``: the number of runs with a measured peak.
    ``peak``: the largest peak in MB, or None if no peak was measured.
    ``counts``: the number of runs by duration and peak, both encoded as in ``Uses``.
    """

    latest: int = 0
    measured: int = 0
    peak: int | None = None
    counts: dict[tuple[int, int], int] = field(default_factory=dict)

    def add(self, duration: int, peak: int | None, start: int, runs: int = 1) -> None:
        """Add ``runs`` runs with equal duration and peak, the last of which began at ``start``."""
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
        """Return the histogram as two blobs, ``Runs`` and ``Uses``.

        ``read_runs`` and ``read_uses`` decode them. ``Runs`` could be computed from ``Uses``, but
        is smaller and faster to read.
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
    """Decode the first blob of ``Histogram.blobs``, in which durations ascend."""
    size = len(blob) // (_NUMBER_BYTES + _COUNT_BYTES) * _NUMBER_BYTES
    durations, runs = array(_NUMBER), array(_COUNT)
    durations.frombytes(blob[:size])
    runs.frombytes(blob[size:])
    return durations, runs


def read_uses(blob: bytes) -> Uses:
    """Decode the second blob of ``Histogram.blobs``, which is sorted by duration, then by peak."""
    number = len(blob) // (_NUMBER_BYTES + 2 * _COUNT_BYTES)
    durations, peaks, runs = array(_NUMBER), array(_COUNT), array(_COUNT)
    first, second = number * _NUMBER_BYTES, number * (_NUMBER_BYTES + _COUNT_BYTES)
    durations.frombytes(blob[:first])
    peaks.frombytes(blob[first:second])
    runs.frombytes(blob[second:])
    return durations, peaks, runs


class Rounding(NamedTuple):
    """How a provider rounds up an amount: to whole steps, and at least to a minimum."""

    step: int = 1
    minimum: int = 0

    def of(self, amount: int) -> int:
        return max(self.minimum, -(-amount // self.step) * self.step)

    def total(self, amounts: Sequence[int], runs: Sequence[int]) -> int:
        """Round each of the ascending ``amounts`` and return their sum, weighted by ``runs``."""
        # If no amount needs rounding, this is much faster. The first amount is the smallest.
        if self.step == 1 and (not amounts or amounts[0] >= self.minimum):
            return sum(map(mul, amounts, runs))
        step, minimum = self.step, self.minimum
        rounded = [max(minimum, -(-each // step) * step) for each in amounts]
        return sum(map(mul, rounded, runs))


def charged_mb(uses: Uses, memory: int, megabytes: Rounding) -> Iterator[int]:
    """Return an iterator over the charged MB of each entry of ``uses``.

    The charged memory is the rounded peak, or the rounded ``memory`` if the peak was not measured.
    """
    # Many runs have the same peak, so round each peak only once.
    of_peak: dict[int, int] = {0: megabytes.of(memory)}
    for peak in set(uses[1]):
        of_peak[peak] = megabytes.of(peak - 1 if peak else memory)
    return map(of_peak.__getitem__, uses[1])
