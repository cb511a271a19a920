"""Usage of functions in a period, summed from groups of equal runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from jupyter_faas.cost.money import EXACT
from jupyter_faas.cost.price_list import ZERO, PriceList, gb_seconds

_ONE = Decimal(1)


class Bucket(NamedTuple):
    """``runs`` runs of one function with the same memory limit, duration (ms) and warmth.

    ``memory_mb`` is 0 for sequences and compositions as a whole, which cost what their parts
    cost. ``latest``: when the last of them began, epoch ms. ``peak_mb``: the most memory that any
    of the ``measured`` ones used. ``used_mb``: the sum of what is charged of each where a provider
    charges what was used; the limit, where that is not known.
    """

    name: str
    memory_mb: int
    cold: bool
    duration_ms: int
    runs: int
    latest: int
    measured: int = 0
    peak_mb: int | None = None
    used_mb: int = 0


@dataclass(frozen=True)
class Charge:
    """The billed quantities: MB times ms, CPU units times ms, billed ms and requests."""

    mb_ms: int = 0
    cpu_ms: Decimal = ZERO
    billed_ms: int = 0
    calls: int = 0

    def __add__(self, other: Charge) -> Charge:
        return Charge(
            self.mb_ms + other.mb_ms,
            EXACT.add(self.cpu_ms, other.cpu_ms),
            self.billed_ms + other.billed_ms,
            self.calls + other.calls,
        )

    def cost(self, prices: PriceList) -> Decimal:
        """Exact, in USD; the free tier is not taken off."""
        return prices.price(mb_ms=self.mb_ms, cpu_ms=self.cpu_ms, calls=self.calls)

    def cost_of_month(self, prices: PriceList) -> Decimal:
        """The same for all of a month, which is cheaper by its volume where a list has that."""
        volume = prices.memory_of_month(gb_seconds(self.mb_ms))
        return EXACT.add(volume, replace(self, mb_ms=0).cost(prices))

    def times(self, factor: int, over: int) -> Charge:
        """``factor / over`` times as much, rounded up to whole units."""
        return Charge(
            -(-self.mb_ms * factor // over),
            # Units of CPU have three decimals at most, and their ms no more.
            EXACT.scaleb(Decimal(-(-int(EXACT.scaleb(self.cpu_ms, 6)) * factor // over)), -6),
            -(-self.billed_ms * factor // over),
            -(-self.calls * factor // over),
        )


@dataclass(frozen=True)
class Usage:
    """One function. ``calls`` are those of the whole where it is a sequence or composition.

    ``memory_mb`` is that of the latest run, None where no run has any; ``peak_mb`` and
    ``measured`` are of its runs with that memory. ``of_memory``: what those were charged.
    """

    name: str
    whole: bool
    calls: int
    runs: int
    cold_runs: int
    memory_mb: int | None
    p50_ms: int
    p95_ms: int
    duration_ms: int
    charge: Charge
    cold: Charge
    measured: int
    peak_mb: int | None
    of_memory: tuple[Bucket, ...] = field(repr=False)


def usage_of(buckets: Iterable[Bucket], prices: PriceList) -> list[Usage]:
    """One for each function, in the order of their names."""
    named: dict[str, list[Bucket]] = {}
    for bucket in buckets:
        named.setdefault(bucket.name, []).append(bucket)
    return [_usage(name, found, prices) for name, found in sorted(named.items())]


def charge_of(
    buckets: Iterable[Bucket],
    prices: PriceList,
    *,
    memory_mb: int | None = None,
    slower: Decimal = _ONE,
) -> Charge:
    """Sum the charges of runs. Compositions and sequences as a whole cost nothing themselves.

    With another limit ``memory_mb``, when they take ``slower`` times as long.
    """
    # Whole numbers instead of Decimals: the loop below is the hot one.
    factor, over = slower.as_integer_ratio()
    by_use = prices.memory_billed == "used"
    mb_ms = runs = 0
    # Of each limit, so that what depends on it is worked out once.
    billed: dict[int, int] = {}
    step, minimum = prices.step_ms, prices.minimum_ms
    # There are tens of thousands: a bucket is taken apart at once, and PriceList.billed_ms is here.
    for _, limit_mb, _, duration_ms, count, _, _, _, used_mb in buckets:
        if not limit_mb:
            continue
        ms = max(-(-duration_ms * factor // (over * step)) * step, minimum)
        if by_use:
            mb_ms += used_mb * ms
        billed[limit_mb] = billed.get(limit_mb, 0) + ms * count
        runs += count
    cpu_ms = ZERO
    for found_mb, ms in billed.items():
        limit_mb = memory_mb or found_mb
        if not by_use:
            mb_ms += prices.billed_mb(limit_mb) * ms
        cpu_ms = EXACT.add(cpu_ms, EXACT.multiply(prices.units_of_cpu(limit_mb), Decimal(ms)))
    return Charge(mb_ms, cpu_ms, sum(billed.values()), runs)


def percentile(buckets: Sequence[Bucket], hundredths: int) -> int:
    """The duration in ms that so many of a hundred runs do not exceed (nearest rank)."""
    left = -(-sum(each.runs for each in buckets) * hundredths // 100)
    for each in sorted(buckets, key=lambda one: one.duration_ms):
        left -= each.runs
        if left <= 0:
            return each.duration_ms
    return 0


def _usage(name: str, buckets: list[Bucket], prices: PriceList) -> Usage:
    paid = [each for each in buckets if each.memory_mb]
    # The runs of a conductor are parts of a composition, which counts once.
    counted = [each for each in buckets if not each.memory_mb] or paid
    memory_mb = max(paid, key=lambda each: each.latest).memory_mb if paid else None
    current = tuple(each for each in paid if each.memory_mb == memory_mb)
    peaks = [each.peak_mb for each in current if each.peak_mb is not None]
    return Usage(
        name=name,
        whole=counted is not paid,
        calls=sum(each.runs for each in counted),
        runs=sum(each.runs for each in paid),
        cold_runs=sum(each.runs for each in paid if each.cold),
        memory_mb=memory_mb,
        p50_ms=percentile(counted, 50),
        p95_ms=percentile(counted, 95),
        duration_ms=sum(each.duration_ms * each.runs for each in paid),
        charge=charge_of(paid, prices),
        cold=charge_of([each for each in paid if each.cold], prices),
        measured=sum(each.measured for each in current),
        peak_mb=max(peaks, default=None),
        of_memory=current,
    )
