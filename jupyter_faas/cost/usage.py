"""The usage and charges of functions in a period, computed from groups of similar runs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import accumulate, chain
from operator import mul
from typing import NamedTuple

from jupyter_faas.cost.money import EXACT
from jupyter_faas.cost.price_list import ZERO, PriceList, gb_seconds
from jupyter_faas.whisk.activations import FAILED_START

_ONE = Decimal(1)


class RunGroup(NamedTuple):
    """Runs of one function with the same memory limit and kind of start.

    ``memory_mb`` is their memory limit, or 0 for a sequence or composition as a whole, because only
    its components are charged. ``cold`` is 0 for warm starts, 1 for cold starts, and FAILED_START
    for cold starts that failed. ``latest`` is the start of the last run in epoch ms. ``measured``
    is the number of runs with a memory measurement, and ``peak_mb`` is the largest measured value.

    ``durations_ms`` contains the different durations, and ``runs`` the number of runs with each of
    them. ``used_mb`` contains the total memory of the runs with each duration, for providers that
    charge by use, and is otherwise empty. A run without a measurement adds its memory limit.
    """

    name: str
    memory_mb: int
    cold: int
    latest: int
    measured: int
    peak_mb: int | None
    durations_ms: Sequence[int]
    runs: Sequence[int]
    used_mb: Sequence[int] = ()


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
    the latest charged run, or None without one. ``of_memory`` contains the groups with that limit,
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
    of_memory: tuple[RunGroup, ...] = field(repr=False)


def usage_of(groups: Iterable[RunGroup], prices: PriceList) -> list[Usage]:
    """Return the usage of each function, sorted by name."""
    named: dict[str, list[RunGroup]] = {}
    for group in groups:
        named.setdefault(group.name, []).append(group)
    return [_usage(name, found, prices) for name, found in sorted(named.items())]


def charge_of(
    groups: Iterable[RunGroup],
    prices: PriceList,
    *,
    memory_mb: int | None = None,
    slower: Decimal = _ONE,
) -> Charge:
    """Return the total charge of the runs in ``groups``.

    Sequences and compositions as a whole are not charged. ``memory_mb`` replaces the memory limit
    of all runs, and ``slower`` multiplies their durations. Both serve to estimate the charge under
    another limit.
    """
    by_use = prices.memory_billed == "used"
    mb_ms = runs = 0
    # Billed milliseconds are summed by memory limit, so that memory and CPU are computed only once
    # per limit.
    billed: dict[int, int] = {}
    for group in groups:
        if not group.memory_mb:
            continue
        each = _billed_ms(group.durations_ms, prices, slower)
        if by_use:
            # ``used_mb`` is already the sum over all runs with the same duration.
            mb_ms += sum(map(mul, group.used_mb, each))
        billed[group.memory_mb] = billed.get(group.memory_mb, 0) + sum(map(mul, each, group.runs))
        runs += sum(group.runs)
    cpu_ms = ZERO
    for found_mb, ms in billed.items():
        limit_mb = memory_mb or found_mb
        if not by_use:
            mb_ms += prices.billed_mb(limit_mb) * ms
        cpu_ms = EXACT.add(cpu_ms, EXACT.multiply(prices.units_of_cpu(limit_mb), Decimal(ms)))
    return Charge(mb_ms, cpu_ms, sum(billed.values()), runs)


def _billed_ms(durations: Sequence[int], prices: PriceList, slower: Decimal) -> Sequence[int]:
    """Return each of the durations as ``PriceList.billed_ms`` rounds it, times ``slower``."""
    step, minimum = prices.step_ms, prices.minimum_ms
    # There may be tens of thousands of durations, so this does not call a method for each of them,
    # and computes with integers instead of Decimals.
    factor, over = slower.as_integer_ratio()
    if factor == over and step == 1:
        if min(durations, default=minimum) >= minimum:
            return durations
        return [max(each, minimum) for each in durations]
    over *= step
    return [max(-(-each * factor // over) * step, minimum) for each in durations]


def percentiles(groups: Iterable[RunGroup], hundredths: Iterable[int]) -> list[int]:
    """Return percentiles of the durations in ms, by nearest rank. ``hundredths``: 0 to 100 each.

    All are 0 if there are no runs.
    """
    # Each group is sorted, which makes sorting all of them fast.
    found = sorted(
        chain.from_iterable(zip(each.durations_ms, each.runs, strict=True) for each in groups)
    )
    counts = list(accumulate(runs for _, runs in found))
    if not counts:
        return [0 for _ in hundredths]
    return [found[bisect_left(counts, -(-counts[-1] * each // 100))][0] for each in hundredths]


def _usage(name: str, groups: list[RunGroup], prices: PriceList) -> Usage:
    paid = [each for each in groups if each.memory_mb]
    # One call of a composition consists of several runs of its conductor, but counts as one call.
    counted = [each for each in groups if not each.memory_mb] or paid
    memory_mb = max(paid, key=lambda each: each.latest).memory_mb if paid else None
    current = tuple(each for each in paid if each.memory_mb == memory_mb)
    peaks = [each.peak_mb for each in current if each.peak_mb is not None]
    warm, cold, failed = (
        charge_of([each for each in paid if each.cold == kind], prices)
        for kind in (0, 1, FAILED_START)
    )
    p50_ms, p95_ms = percentiles(counted, (50, 95))
    return Usage(
        name=name,
        whole=counted is not paid,
        calls=sum(sum(each.runs) for each in counted),
        runs=sum(sum(each.runs) for each in paid),
        cold_runs=sum(sum(each.runs) for each in paid if each.cold),
        memory_mb=memory_mb,
        p50_ms=p50_ms,
        p95_ms=p95_ms,
        duration_ms=sum(sum(map(mul, each.durations_ms, each.runs)) for each in paid),
        charge=warm + cold + failed,
        started=warm + cold,
        cold=cold,
        measured=sum(each.measured for each in current),
        peak_mb=max(peaks, default=None),
        of_memory=current,
    )
