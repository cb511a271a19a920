"""The usage and charges of functions in a period, computed from groups of equal runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from jupyter_faas.cost.money import EXACT
from jupyter_faas.cost.price_list import ZERO, PriceList, gb_seconds
from jupyter_faas.whisk.activations import FAILED_START

_ONE = Decimal(1)


class Bucket(NamedTuple):
    """Runs of one function with the same memory limit, duration and kind of start.

    ``runs`` is the number of runs. ``memory_mb`` is their memory limit, or 0 for a sequence or
    composition as a whole, because only its components are charged. ``cold`` is 0 for
    warm starts, 1 for cold starts, and FAILED_START for cold starts that failed. ``latest`` is the
    start of the last run in epoch ms. ``measured`` is the number of runs with a memory measurement,
    and ``peak_mb`` is the largest measured value. ``used_mb`` is the total memory of the runs for
    providers that charge by use. A run without a measurement adds its memory limit.
    """

    name: str
    memory_mb: int
    cold: int
    duration_ms: int
    runs: int
    latest: int
    measured: int = 0
    peak_mb: int | None = None
    used_mb: int = 0


@dataclass(frozen=True)
class Charge:
    """Billed quantities: MB times ms, CPU units times ms, billed ms and the number of requests.

    Quantities are added instead of prices, because volume discounts depend on the total quantity.
    """

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
        """Return the exact cost in USD, without the free tier."""
        return prices.price(mb_ms=self.mb_ms, cpu_ms=self.cpu_ms, calls=self.calls)

    def cost_of_month(self, prices: PriceList) -> Decimal:
        """Return the exact cost in USD of a whole month, including volume discounts."""
        # Only memory has volume discounts. CPU and requests are priced as usual.
        volume = prices.memory_of_month(gb_seconds(self.mb_ms))
        return EXACT.add(volume, replace(self, mb_ms=0).cost(prices))

    def times(self, factor: int, over: int) -> Charge:
        """Return the charge times ``factor / over``, rounded up to whole units."""
        # ``-(-a // b)`` rounds up without floats.
        return Charge(
            -(-self.mb_ms * factor // over),
            # CPU units have at most three decimal places, and so does their product with whole
            # milliseconds. Shifting the product by six places therefore makes it an integer.
            EXACT.scaleb(Decimal(-(-int(EXACT.scaleb(self.cpu_ms, 6)) * factor // over)), -6),
            -(-self.billed_ms * factor // over),
            -(-self.calls * factor // over),
        )


@dataclass(frozen=True)
class Usage:
    """The usage of one function in a period.

    ``whole`` is true for a sequence or composition. Its ``calls`` count each invocation once, while
    ``runs`` and ``duration_ms`` cover the charged runs only. ``memory_mb`` is the memory limit of
    the latest charged run, or None without one. ``of_memory`` contains the buckets with that limit,
    from which ``peak_mb`` and ``measured`` are computed. ``charge`` covers all charged runs,
    ``started`` those whose start did not fail, and ``cold`` the cold starts among the latter.
    Failed starts say nothing about the price of a start, because their code does not run.
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
    started: Charge
    cold: Charge
    measured: int
    peak_mb: int | None
    of_memory: tuple[Bucket, ...] = field(repr=False)


def usage_of(buckets: Iterable[Bucket], prices: PriceList) -> list[Usage]:
    """Return the usage of each function, sorted by name."""
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
    """Return the total charge of the runs in ``buckets``.

    Buckets of sequences and compositions as a whole are not charged. ``memory_mb`` replaces the
    memory limit of all runs, and ``slower`` multiplies their durations. Both serve to estimate the
    charge under another limit.
    """
    # The loop below uses integers instead of Decimals, because it runs once per bucket.
    factor, over = slower.as_integer_ratio()
    by_use = prices.memory_billed == "used"
    mb_ms = runs = 0
    # Billed milliseconds are summed by memory limit, so that memory and CPU are computed only once
    # per limit.
    billed: dict[int, int] = {}
    step, minimum = prices.step_ms, prices.minimum_ms
    # There may be tens of thousands of buckets. Unpacking a bucket is faster than reading its
    # attributes, and repeating the formula of PriceList.billed_ms avoids a call per bucket.
    for _, limit_mb, _, duration_ms, count, _, _, _, used_mb in buckets:
        if not limit_mb:
            continue
        ms = max(-(-duration_ms * factor // (over * step)) * step, minimum)
        # ``used_mb`` is already the sum over all runs of the bucket.
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
    """Return the percentile ``hundredths`` (0 to 100) of the durations in ms, by nearest rank.

    Returns 0 if there are no runs.
    """
    left = -(-sum(each.runs for each in buckets) * hundredths // 100)
    for each in sorted(buckets, key=lambda one: one.duration_ms):
        left -= each.runs
        if left <= 0:
            return each.duration_ms
    return 0


def _usage(name: str, buckets: list[Bucket], prices: PriceList) -> Usage:
    paid = [each for each in buckets if each.memory_mb]
    # One call of a composition consists of several runs of its conductor, but counts as one call.
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
        started=charge_of([each for each in paid if each.cold != FAILED_START], prices),
        cold=charge_of([each for each in paid if each.cold == 1], prices),
        measured=sum(each.measured for each in current),
        peak_mb=max(peaks, default=None),
        of_memory=current,
    )
