"""Exact arithmetic with amounts of money, and their conversion to text."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact

# These contexts replace the thread's decimal context, whose precision a notebook may have changed.
# Because of the trap for Inexact, an operation whose result needs more digits raises an error
# instead of rounding.
EXACT = Context(prec=60, traps=[Inexact])
_ROUNDING = Context(prec=60, rounding=ROUND_HALF_UP)
# This context is for means, shares and other quotients, which may have infinitely many digits.
QUOTIENT = Context(prec=40)

_CENT = Decimal("0.01")
_MILLION = Decimal(1_000_000)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the exact sum of ``amounts``."""
    found = Decimal(0)
    for each in amounts:
        found = EXACT.add(found, each)
    return found


def per_run(per_million: Decimal) -> Decimal:
    """Return the exact cost of one of a million equal runs."""
    # Dividing by a million only moves the decimal point, so the result is exact.
    return EXACT.divide(per_million, _MILLION)


def part(amount: Decimal, times: int | Decimal, over: int | Decimal) -> Decimal:
    """Return ``amount * times / over`` with a precision of 40 digits."""
    return QUOTIENT.divide(QUOTIENT.multiply(amount, Decimal(times)), Decimal(over))


def format_usd(amount: Decimal) -> str:
    """Return an amount as text such as ``$1,647.22``, rounded half up to cents.

    Positive amounts below one cent are rounded to two significant digits, such as ``$0.0043``.
    """
    if 0 < amount < _CENT:
        two_digits = Decimal(1).scaleb(amount.adjusted() - 1)
        fraction = amount.quantize(two_digits, context=_ROUNDING)
        # Rounding may reach a whole cent.
        if fraction < _CENT:
            return f"${fraction.normalize():f}"
    cents = amount.quantize(_CENT, context=_ROUNDING)
    # The sign is that of the rounded value, so that ``-$0.00`` is never shown.
    sign = "-" if cents < 0 else ""
    return f"{sign}${cents.copy_abs():,f}"


def plain_usd(amount: Decimal) -> str:
    """Return the exact amount as text without an exponent or trailing zeros, such as ``0.425``."""
    return f"{amount.normalize(EXACT):f}"
