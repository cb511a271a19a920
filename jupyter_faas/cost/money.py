"""Exact sums of money, and their conversion to text, which is the only step that rounds."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact

# These contexts are used instead of the thread's, whose precision a notebook may have changed.
# With the trap for Inexact, an amount that needs more digits raises an error instead of being
# rounded.
EXACT = Context(prec=60, traps=[Inexact])
_ROUNDING = Context(prec=60, rounding=ROUND_HALF_UP)
# For quotients such as means and shares, which may have infinitely many digits.
QUOTIENT = Context(prec=40)

_CENT = Decimal("0.01")


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the exact sum."""
    found = Decimal(0)
    for each in amounts:
        found = EXACT.add(found, each)
    return found


def part(amount: Decimal, times: int | Decimal, over: int | Decimal) -> Decimal:
    """Return ``amount * times / over`` with a precision of forty digits."""
    return QUOTIENT.divide(QUOTIENT.multiply(amount, Decimal(times)), Decimal(over))


def format_usd(amount: Decimal) -> str:
    """Return an amount as text, rounded half up: ``$1,647.22``, or ``<$0.01`` below one cent."""
    if 0 < amount < _CENT:
        return "<$0.01"
    cents = amount.quantize(_CENT, context=_ROUNDING)
    # ``cents`` and not ``amount``, so that an amount which is rounded to zero has no sign.
    sign = "-" if cents < 0 else ""
    return f"{sign}${cents.copy_abs():,f}"


def plain_usd(amount: Decimal) -> str:
    """Return the exact amount for JSON, without exponent or trailing zeros: ``0.425``."""
    return f"{amount.normalize(EXACT):f}"
