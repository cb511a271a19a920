"""Runs that are alike, in columns: a blob of numbers takes a tenth of the time of as many rows."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import mul

_NUMBER, _COUNT = "Q", "I"
_NUMBER_BYTES, _COUNT_BYTES = 8, 4

# Duration (ms) and how many runs took it.
Runs = tuple[Sequence[int], Sequence[int]]
# Duration, peak (0: not measured, else MB and one), and how many.
Uses = tuple[Sequence[int], Sequence[int], Sequence[int]]


@dataclass
class Alike:
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


def charged(uses: Uses, memory: int, megabytes: Rounding) -> Iterator[int]:
    """The MB that are charged of each run in ``uses``: what was used, or the limit."""
    of_peak: dict[int, int] = {0: megabytes.of(memory)}
    for peak in set(uses[1]):
        of_peak[peak] = megabytes.of(peak - 1 if peak else memory)
    return map(of_peak.__getitem__, uses[1])
