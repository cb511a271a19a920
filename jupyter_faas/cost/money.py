"""Exact sums of money, and money as text: rounded once, half up, when shown."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact

# Separate contexts, because a notebook may have changed the thread's precision.
# Inexact is a trap: an amount that does not fit is an error, never a rounded price.
EXACT = Context(prec=60, traps=[Inexact])
_ROUNDING = Context(prec=60, rounding=ROUND_HALF_UP)
# For means and shares, which have no last digit.
QUOTIENT = Context(prec=40)

_CENT = Decimal("0.01")


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    found = Decimal(0)
    for each in amounts:
        found = EXACT.add(found, each)
    return found


def part(amount: Decimal, times: int | Decimal, over: int | Decimal) -> Decimal:
    """``amount * times / over`` to forty digits, whatever precision a notebook has set."""
    return QUOTIENT.divide(QUOTIENT.multiply(amount, Decimal(times)), Decimal(over))


def format_usd(amount: Decimal) -> str:
    """``$1,647.22``; ``<$0.01`` for something below a cent; ``$0.00`` for nothing."""
    if 0 < amount < _CENT:
        return "<$0.01"
    cents = amount.quantize(_CENT, context=_ROUNDING)
    sign = "-" if cents < 0 else ""
    return f"{sign}${cents.copy_abs():,f}"


def plain_usd(amount: Decimal) -> str:
    """The exact amount for JSON: ``0.425``; no exponent, no trailing zeros."""
    return f"{amount.normalize(EXACT):f}"
