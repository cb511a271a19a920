"""Suggestions for smaller memory limits, with the expected saving.

Some providers assign CPU in proportion to memory. With these providers, the saving is a range: less
memory slows down calls that compute on one core, but not calls that wait for something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from jupyter_faas.cost.money import EXACT, QUOTIENT
from jupyter_faas.cost.price_list import PriceList
from jupyter_faas.cost.usage import Usage, charge_of

# Suggested limits are multiples of this value, which is also OpenWhisk's smallest limit.
STEP_MB = 128
# Suggestions are at least 5 % above the peak, because a later call may need slightly more memory.
_HEADROOM = Decimal("1.05")
# The peak of a few calls says little about the next ones.
LEAST_CALLS = 20
# A smaller saving is not worth a new deploy. USD in the period.
_LEAST_SAVED = Decimal("0.01")
_ONE = Decimal(1)
_DIGITS = Decimal("1e-9")


@dataclass(frozen=True)
class Advice:
    """A suggested memory limit, at least 5 % above the peak, and the expected saving.

    In the period, the limit would have saved between ``least`` and ``most`` USD. ``least`` is
    negative if the cost might rise. ``slower`` is the factor by which a call may take longer, or 1
    if memory does not affect the duration. ``headroom`` is the unused memory at the peak, as a
    fraction of the peak. ``why`` explains the range to the user.
    """

    memory_mb: int
    headroom: Decimal
    least: Decimal
    most: Decimal
    slower: Decimal
    why: str

    @property
    def certain(self) -> bool:
        return self.least == self.most


def advise(usage: Usage, prices: PriceList, smallest_mb: int = STEP_MB) -> Advice | None:
    """Suggest a smaller memory limit for a function.

    Returns None if fewer than LEAST_CALLS calls were measured, if no smaller limit is sufficient,
    if it would save less than a cent in the period, or if the provider bills by used memory.
    """
    # A provider that bills by used memory does not charge more for a larger limit.
    if usage.memory_mb is None or usage.peak_mb is None or prices.memory_billed == "used":
        return None
    if usage.measured < LEAST_CALLS:
        return None
    wanted = QUOTIENT.multiply(Decimal(usage.peak_mb), _HEADROOM)
    memory_mb = max(
        smallest_mb, -(-int(wanted.to_integral_value("ROUND_CEILING")) // STEP_MB) * STEP_MB
    )
    if memory_mb >= usage.memory_mb:
        return None

    def spent(limit_mb: int, slower: Decimal) -> Decimal:
        charge = charge_of(usage.of_memory, prices, memory_mb=limit_mb, slower=slower)
        return charge.cost(prices)

    now = spent(usage.memory_mb, _ONE)
    slower = _slower(prices, usage.memory_mb, memory_mb)
    most = EXACT.subtract(now, spent(memory_mb, _ONE))
    least = most
    if slower > 1:
        least = EXACT.subtract(now, spent(memory_mb, slower))
    if most < _LEAST_SAVED:
        return None
    spare = QUOTIENT.subtract(
        QUOTIENT.divide(Decimal(memory_mb), Decimal(max(usage.peak_mb, 1))), _ONE
    )
    return Advice(memory_mb, spare, least, most, slower, _why(prices, slower))


def _slower(prices: PriceList, before_mb: int, after_mb: int) -> Decimal:
    """Return the factor by which the smaller limit slows down computation on one core."""
    before, after = prices.vcpus(before_mb), prices.vcpus(after_mb)
    if before is None or after is None or not after:
        return _ONE
    # More than one vCPU does not speed up work on one core.
    ratio = QUOTIENT.divide(min(before, _ONE), min(after, _ONE))
    # The factor has nine digits, because charge_of converts it to a fraction of two integers.
    return max(_ONE, ratio.quantize(_DIGITS, context=QUOTIENT))


def _why(prices: PriceList, slower: Decimal) -> str:
    if slower > 1:
        return (
            f"With less memory, {prices.label} also provides less CPU. Calls that compute may "
            f"take up to {slower:.1f} times as long; calls that only wait take as long as "
            "before."
        )
    if prices.speed == "same":
        return "Less memory does not mean less CPU, unless other processes compete for the CPU."
    if prices.cpu is not None:
        return "The amount of CPU does not depend on the amount of memory."
    return (
        "The function still has at least one core, so only code that uses several cores becomes "
        "slower."
    )
