"""The break-even point with an always-on server, and the cost of cold starts and warm instances."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from jupyter_faas.cost.always_on import HOURS_PER_MONTH, AlwaysOn
from jupyter_faas.cost.money import EXACT, QUOTIENT
from jupyter_faas.cost.price_list import MILLION, ZERO, PriceList, gb_seconds
from jupyter_faas.cost.usage import Charge

_MS_PER_HOUR = 3_600_000
_SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600
# The interval in seconds between calls that keep an instance warm. OpenWhisk and similar hosts keep
# an idle container for about ten minutes, so one call may fail without consequences.
PING_EVERY_S = 300


@dataclass(frozen=True)
class BreakEven:
    """The number of calls per month from which an always-on server is cheaper.

    ``calls`` ignores free tiers, whereas ``calls_after_free`` includes those of the functions and
    the server. ``busy_hours`` is the time that ``calls`` take if they run one after another: their
    duration, not the billed time. If it exceeds the 730 hours of a month, a single instance cannot
    handle that many calls.
    """

    always_on: AlwaysOn
    calls: int
    calls_after_free: int
    busy_hours: Decimal

    @property
    def reached(self) -> bool:
        """Whether a single instance that runs one call at a time can reach the break-even point."""
        return self.busy_hours <= HOURS_PER_MONTH


def break_even_point(
    prices: PriceList, always_on: AlwaysOn, charge: Charge, duration_ms: int
) -> BreakEven | None:
    """Return the break-even point for calls like those in ``charge``.

    ``duration_ms`` is the total duration of these calls, before any rounding to a billed minimum.
    Returns None if there are no calls or if they cost nothing.
    """
    cost = charge.cost(prices)
    if not cost or not charge.calls:
        return None
    # All numbers refer to the average call, so they assume the observed mix of memory and duration.
    exact = QUOTIENT.divide(QUOTIENT.multiply(always_on.usd_per_month, Decimal(charge.calls)), cost)
    hours = QUOTIENT.divide(
        QUOTIENT.multiply(exact, Decimal(duration_ms)), Decimal(charge.calls * _MS_PER_HOUR)
    )
    calls = _ceiling(exact)
    return BreakEven(always_on, calls, _after_free(prices, always_on, charge, calls), hours)


def _after_free(prices: PriceList, always_on: AlwaysOn, charge: Charge, low: int) -> int:
    """Return the break-even number of calls per month, after the free tiers.

    The search starts at ``low``, the number without free tiers.
    """
    # A binary search replaces a formula, because free tiers and volume discounts have thresholds.
    wanted = QUOTIENT.subtract(always_on.usd_per_month, always_on.usd_off_per_month)

    def enough(calls: int) -> bool:
        month = charge.times(calls, charge.calls)
        spent = prices.monthly(mb_ms=month.mb_ms, cpu_ms=month.cpu_ms, calls=month.calls)
        return spent >= wanted

    # The upper bound is doubled until it is high enough. Then the interval is halved repeatedly.
    low, high = 0, max(low, 1)
    while not enough(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


@dataclass(frozen=True)
class ColdPrice:
    """Prices of a million calls in USD.

    ``cold`` is the price if all calls are cold starts, and ``warm`` is the price if none is.
    ``mixed`` is the price if the fraction ``rate`` (0 to 1) of the calls are cold starts.
    """

    rate: Decimal
    cold: Decimal
    warm: Decimal

    @property
    def mixed(self) -> Decimal:
        extra = QUOTIENT.subtract(self.cold, self.warm)
        return QUOTIENT.add(self.warm, QUOTIENT.multiply(self.rate, extra))


def cold_price(
    prices: PriceList, whole: Charge, cold: Charge, rate: Decimal | None = None
) -> ColdPrice | None:
    """Return the prices of cold and warm calls.

    ``whole`` is the charge for all calls, and ``cold`` is the charge for the cold starts among
    them. ``rate`` defaults to the observed rate of cold starts. Returns None unless there was at
    least one cold and one warm call.
    """
    warm = Charge(
        whole.mb_ms - cold.mb_ms,
        EXACT.subtract(whole.cpu_ms, cold.cpu_ms),
        whole.billed_ms - cold.billed_ms,
        whole.calls - cold.calls,
    )
    if not warm.calls or not cold.calls:
        return None
    seen = QUOTIENT.divide(Decimal(cold.calls), Decimal(whole.calls))
    return ColdPrice(
        seen if rate is None else rate, _per_million(prices, cold), _per_million(prices, warm)
    )


@dataclass(frozen=True)
class KeepWarm:
    """The monthly price of keeping one instance warm.

    ``by`` is the name of the provider's offer. If the provider does not have one, ``by`` is empty,
    and a rule calls the function every ``every_s`` seconds.
    """

    usd_per_month: Decimal
    by: str = ""
    every_s: int | None = None


def keep_warm(
    prices: PriceList, memory_mb: int, warm_ms: int, every_s: int = PING_EVERY_S
) -> KeepWarm:
    """Return the price of keeping one instance warm.

    This is the price of the provider's offer, if there is one. Otherwise it is the price of calling
    the function every ``every_s`` seconds, where each call takes ``warm_ms``.
    """
    if prices.warmth is not None:
        return KeepWarm(warm_cost(prices, memory_mb, _SECONDS_PER_MONTH), by=prices.warmth.by)
    return warm_by_calls(prices, memory_mb, warm_ms, every_s)


def warm_by_calls(
    prices: PriceList, memory_mb: int, warm_ms: int, every_s: int = PING_EVERY_S
) -> KeepWarm:
    """Return the price of keeping one instance warm with a rule that calls the function.

    The rule calls it every ``every_s`` seconds, and each call takes ``warm_ms``.
    """
    pings = -(-_SECONDS_PER_MONTH // every_s)
    price = EXACT.multiply(prices.cost_usd(memory_mb, warm_ms), Decimal(pings))
    return KeepWarm(price, every_s=every_s)


def warm_cost(prices: PriceList, memory_mb: int, period_s: int, instances: int = 1) -> Decimal:
    """Return the price in USD of keeping ``instances`` warm for ``period_s`` seconds.

    Returns 0 if the provider does not have such an offer.
    """
    warmth = prices.warmth
    if warmth is None:
        return ZERO
    charged_s = -(-period_s // warmth.step_s) * warmth.step_s * instances
    memory = EXACT.multiply(gb_seconds(memory_mb * charged_s * 1000), warmth.usd_per_gb_second)
    cpu = EXACT.multiply(prices.units_of_cpu(memory_mb), Decimal(charged_s))
    return EXACT.add(memory, EXACT.multiply(cpu, warmth.usd_per_cpu_second))


def in_warm_instance(prices: PriceList) -> PriceList:
    """Return the price list for runs in an instance that is kept warm.

    A provider with a separate price for such runs does not apply its free tier to them.
    """
    run = prices.warmth.run_usd_per_gb_second if prices.warmth else None
    # Other providers charge for such runs as usual, including the free tier.
    if run is None:
        return prices
    return replace(
        prices, usd_per_gb_second=run, free_gb_seconds_per_month=0, free_requests_per_month=0
    )


def _per_million(prices: PriceList, charge: Charge) -> Decimal:
    cost = QUOTIENT.multiply(charge.cost(prices), MILLION)
    return QUOTIENT.divide(cost, Decimal(charge.calls))


def _ceiling(number: Decimal) -> int:
    whole = int(number)
    return whole if whole == number else whole + 1
