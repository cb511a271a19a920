"""Charges of each day, and the estimate of a calendar month.

A day begins at midnight of a clock that is ``utc_offset`` minutes east of UTC.
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
# The pace of a month is that of so many days, today among them.
PACE_DAYS = 7


class DayUsage(NamedTuple):
    """``runs`` runs with the same memory limit (MB) that began on ``day`` (ISO).

    ``billed_ms`` is the sum of their durations as the price list rounds them, ``mb_ms`` that of
    the memory that was used, rounded, times these. Of a whole of several runs the memory is 0.
    """

    day: str
    memory_mb: int
    runs: int
    billed_ms: int
    mb_ms: int


@dataclass(frozen=True)
class Day:
    """The charge of the runs that began on that day."""

    day: date
    charge: Charge


@dataclass(frozen=True)
class Month:
    """A calendar month (``first`` is its first day): USD so far, and of the whole as it goes."""

    first: date
    spent: Decimal
    estimate: Decimal


def charge_of_days(uses: Iterable[DayUsage], prices: PriceList) -> Charge:
    """Sum the charges."""
    charge = Charge()
    for each in uses:
        if not each.memory_mb:
            continue
        mb_ms = each.mb_ms
        if prices.memory_billed != "used":
            mb_ms = prices.billed_mb(each.memory_mb) * each.billed_ms
        cpu_ms = EXACT.multiply(prices.units_of_cpu(each.memory_mb), Decimal(each.billed_ms))
        charge += Charge(mb_ms, cpu_ms, each.billed_ms, each.runs)
    return charge


def each_day(uses: Iterable[DayUsage], prices: PriceList, first: date, last: date) -> list[Day]:
    """One for each day from ``first`` to ``last``, also where nothing ran."""
    found: dict[str, list[DayUsage]] = {}
    for use in uses:
        found.setdefault(use.day, []).append(use)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [Day(day, charge_of_days(found.get(day.isoformat(), ()), prices)) for day in days]


def needed_for_month(now_ms: int, utc_offset: int) -> int:
    """The start of the days that ``month_of`` needs, epoch ms."""
    today = day_of(now_ms, utc_offset)
    first = min(today.replace(day=1), today - timedelta(days=PACE_DAYS - 1))
    return begin_of(first, utc_offset)


def month_of(uses: Iterable[DayUsage], prices: PriceList, now_ms: int, utc_offset: int) -> Month:
    """The month of ``now_ms``. Its rest is taken to go as the last seven days did."""
    found = list(uses)
    today = day_of(now_ms, utc_offset)
    first = today.replace(day=1)
    week = today - timedelta(days=PACE_DAYS - 1)
    spent = charge_of_days((use for use in found if use.day >= first.isoformat()), prices)
    lately = charge_of_days((use for use in found if use.day >= week.isoformat()), prices)
    left_ms = begin_of(_next_month(first), utc_offset) - now_ms
    span_ms = now_ms - begin_of(week, utc_offset)
    whole = spent + lately.times(left_ms, span_ms)
    return Month(first, spent.cost_of_month(prices), whole.cost_of_month(prices))


def day_of(ms: int, utc_offset: int) -> date:
    """The date of that moment (epoch ms) in that time zone."""
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(
        milliseconds=ms, minutes=utc_offset
    )
    return moment.date()


def begin_of(day: date, utc_offset: int) -> int:
    """When that day begins in that time zone, epoch ms."""
    return (day - date(1970, 1, 1)).days * DAY_MS - utc_offset * 60_000


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
