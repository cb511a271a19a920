"""Advise a smaller memory limit, and compute what it would save.

Never says that a call takes the same time where the provider ties CPU to memory: there the
saving is a range, from work that waits for something else to work that computes on one core.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from jupyter_faas.cost.money import EXACT, QUOTIENT
from jupyter_faas.cost.price_list import PriceList
from jupyter_faas.cost.usage import Usage, charge_of

STEP_MB = 128
_HEADROOM = Decimal("1.05")
_ONE = Decimal(1)
_DIGITS = Decimal("1e-9")


@dataclass(frozen=True)
class Advice:
    """``memory_mb`` leaves at least 5 % above the peak. What it saves of the period's cost, USD:
    between ``least`` (which is below 0 where it costs more) and ``most``.

    ``slower``: how many times as long a call may take, 1 where memory does not matter to that.
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
    """Return None if nothing was measured, nothing is to spare, or less memory is not cheaper."""
    if usage.memory_mb is None or usage.peak_mb is None or prices.memory_billed == "used":
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
    if most <= 0:
        return None
    spare = QUOTIENT.subtract(
        QUOTIENT.divide(Decimal(memory_mb), Decimal(max(usage.peak_mb, 1))), _ONE
    )
    return Advice(memory_mb, spare, least, most, slower, _why(prices, slower))


def _slower(prices: PriceList, before_mb: int, after_mb: int) -> Decimal:
    """For work on one core: more than one does not make it quicker."""
    before, after = prices.vcpus(before_mb), prices.vcpus(after_mb)
    if before is None or after is None or not after:
        return _ONE
    ratio = QUOTIENT.divide(min(before, _ONE), min(after, _ONE))
    return max(_ONE, ratio.quantize(_DIGITS, context=QUOTIENT))


def _why(prices: PriceList, slower: Decimal) -> str:
    if slower > 1:
        return (
            f"{prices.label} gives less CPU with less memory: a call that computes may take up to "
            f"{slower:.1f} times as long, one that waits takes no longer."
        )
    if prices.speed == "same":
        return "Less memory does not make it slower there, unless others compete for the CPU."
    if prices.cpu is not None:
        return "Its CPU is set apart from its memory, and stays."
    return "It keeps at least one core; only what uses several at once gets slower."
