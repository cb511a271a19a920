"""Daily charges, and the estimated cost of a calendar month.

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
# The monthly estimate is based on the runs of this many days, including today.
PACE_DAYS = 7


class DayUsage(NamedTuple):
    """A group of runs with the same memory limit that began on the same day.

    ``day`` is an ISO date, and ``runs`` is the number of runs. ``memory_mb`` is the limit in MB, or
    0 for a sequence or composition as a whole. ``billed_ms`` is the sum of the durations, each
    rounded as in the price list. ``mb_ms`` is the sum of each run's used memory (rounded) times its
    billed duration.
    """

    day: str
    memory_mb: int
    runs: int
    billed_ms: int
    mb_ms: int


@dataclass(frozen=True)
class Day:
    """The charge for the runs that began on one day."""

    day: date
    charge: Charge


@dataclass(frozen=True)
class Month:
    """The cost of a calendar month in USD.

    ``first`` is the first day of the month, ``spent`` is the cost so far, and ``estimate`` is the
    expected cost of the whole month.
    """

    first: date
    spent: Decimal
    estimate: Decimal


def charge_of_days(uses: Iterable[DayUsage], prices: PriceList) -> Charge:
    """Return the total charge of the runs in ``uses``."""
    charge = Charge()
    for each in uses:
        # This is a sequence or composition as a whole. Only its components are charged.
        if not each.memory_mb:
            continue
        mb_ms = each.mb_ms
        if prices.memory_billed != "used":
            mb_ms = prices.billed_mb(each.memory_mb) * each.billed_ms
        cpu_ms = EXACT.multiply(prices.units_of_cpu(each.memory_mb), Decimal(each.billed_ms))
        charge += Charge(mb_ms, cpu_ms, each.billed_ms, each.runs)
    return charge


def each_day(uses: Iterable[DayUsage], prices: PriceList, first: date, last: date) -> list[Day]:
    """Return a ``Day`` for each day from ``first`` to ``last``, including days without runs."""
    found: dict[str, list[DayUsage]] = {}
    for use in uses:
        found.setdefault(use.day, []).append(use)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [Day(day, charge_of_days(found.get(day.isoformat(), ()), prices)) for day in days]


def needed_for_month(now_ms: int, utc_offset: int) -> int:
    """Return the start (epoch ms) of the period whose usage ``month_of`` needs."""
    today = day_of(now_ms, utc_offset)
    # Early in a month, the last seven days include days of the previous month.
    first = min(today.replace(day=1), today - timedelta(days=PACE_DAYS - 1))
    return begin_of(first, utc_offset)


def month_of(uses: Iterable[DayUsage], prices: PriceList, now_ms: int, utc_offset: int) -> Month:
    """Return the cost of the month that contains ``now_ms`` (epoch ms).

    The estimate assumes that charges continue at the average rate of the last seven days.
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
    # Charges are added before they are priced, because volume discounts depend on the whole month.
    return Month(first, spent.cost_of_month(prices), whole.cost_of_month(prices))


def day_of(ms: int, utc_offset: int) -> date:
    """Return the date of the time ``ms`` (epoch ms) in the time zone ``utc_offset``."""
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(
        milliseconds=ms, minutes=utc_offset
    )
    return moment.date()


def begin_of(day: date, utc_offset: int) -> int:
    """Return the start of ``day`` in the time zone ``utc_offset``, in epoch ms."""
    return (day - date(1970, 1, 1)).days * DAY_MS - utc_offset * 60_000


def _next_month(first: date) -> date:
    # No month has more than 31 days, so 31 days after its first day is always in the next month.
    return (first + timedelta(days=31)).replace(day=1)
