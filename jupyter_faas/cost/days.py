"""Charges of each day, and the estimate for a calendar month.

A day begins at midnight in the time zone that is ``utc_offset`` minutes east of UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import NamedTuple

from jupyter_faas.cost.money import EXACT
from jupyter_faas.cost.price_list import PriceList
from jupyter_faas.cost.usage import Charge

DAY_MS = 86_400_000
# The estimate of a month uses the runs of so many days, including today.
PACE_DAYS = 7


class DayUsage(NamedTuple):
    """A number of ``runs`` with the same memory limit (MB) that began on ``day`` (ISO date).

    ``billed_ms`` is the sum of their durations, rounded as in the price list. ``mb_ms`` is the sum
    of used memory (rounded) times billed duration. ``memory_mb`` is 0 for a sequence or composition
    as a whole.
    """

    day: str
    memory_mb: int
    runs: int
    billed_ms: int
    mb_ms: int


@dataclass(frozen=True)
class Day:
    """The charge of the runs that began on one day."""

    day: date
    charge: Charge


@dataclass(frozen=True)
class Month:
    """The cost of a calendar month in USD: ``spent`` so far, and an ``estimate`` for all of it.

    ``first`` is the first day of the month.
    """

    first: date
    spent: Decimal
    estimate: Decimal


def charge_of_days(uses: Iterable[DayUsage], prices: PriceList) -> Charge:
    """Return the sum of the charges."""
    charge = Charge()
    for each in uses:
        # A sequence or composition as a whole: its parts are charged.
        if not each.memory_mb:
            continue
        mb_ms = each.mb_ms
        if prices.memory_billed != "used":
            mb_ms = prices.billed_mb(each.memory_mb) * each.billed_ms
        cpu_ms = EXACT.multiply(prices.units_of_cpu(each.memory_mb), Decimal(each.billed_ms))
        charge += Charge(mb_ms, cpu_ms, each.billed_ms, each.runs)
    return charge


def each_day(uses: Iterable[DayUsage], prices: PriceList, first: date, last: date) -> list[Day]:
    """Return the charge of each day from ``first`` to ``last``, including days without runs."""
    found: dict[str, list[DayUsage]] = {}
    for use in uses:
        found.setdefault(use.day, []).append(use)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [Day(day, charge_of_days(found.get(day.isoformat(), ()), prices)) for day in days]


def needed_for_month(now_ms: int, utc_offset: int) -> int:
    """Return the beginning of the period that ``month_of`` needs, in epoch ms."""
    today = day_of(now_ms, utc_offset)
    # Early in a month, the seven days before now reach into the last month.
    first = min(today.replace(day=1), today - timedelta(days=PACE_DAYS - 1))
    return begin_of(first, utc_offset)


def month_of(uses: Iterable[DayUsage], prices: PriceList, now_ms: int, utc_offset: int) -> Month:
    """Return the cost of the month that contains ``now_ms`` (epoch ms).

    The estimate assumes that the rest of the month has as many runs per day as the last seven days.
    """
    found = list(uses)
    today = day_of(now_ms, utc_offset)
    first = today.replace(day=1)
    week = today - timedelta(days=PACE_DAYS - 1)
    spent = charge_of_days((use for use in found if use.day >= first.isoformat()), prices)
    lately = charge_of_days((use for use in found if use.day >= week.isoformat()), prices)
    left_ms = begin_of(_next_month(first), utc_offset) - now_ms
    span_ms = now_ms - begin_of(week, utc_offset)
    whole = spent + lately.times(left_ms, span_ms)
    # Charges are added before the price is computed: prices by volume depend on the whole month.
    return Month(first, spent.cost_of_month(prices), whole.cost_of_month(prices))


def day_of(ms: int, utc_offset: int) -> date:
    """Return the date at the time ``ms`` (epoch ms) in the time zone."""
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(
        milliseconds=ms, minutes=utc_offset
    )
    return moment.date()


def begin_of(day: date, utc_offset: int) -> int:
    """Return the beginning of a day in the time zone, in epoch ms."""
    return (day - date(1970, 1, 1)).days * DAY_MS - utc_offset * 60_000


def _next_month(first: date) -> date:
    # No month has more than 31 days, so this is always in the next one.
    return (first + timedelta(days=31)).replace(day=1)
