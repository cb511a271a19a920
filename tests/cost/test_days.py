"""What days were charged, and how a month goes on."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal

import pytest

from jupyter_faas.cost import DayUsage, PriceLists, begin_of, day_of, each_day, month_of
from jupyter_faas.cost.days import charge_of_days, needed_for_month

LISTS = PriceLists()
OPENWHISK = LISTS.get("openwhisk")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp() * 1000)


@pytest.mark.parametrize(
    ("moment", "utc_offset", "day"),
    [
        ("2026-11-26T23:59:59", 0, "2026-11-26"),
        ("2026-11-26T23:59:59", 60, "2026-11-27"),
        ("2026-11-26T00:00:00", -1, "2026-11-25"),
        ("2026-11-26T18:30:00", 330, "2026-11-27"),
        ("1970-01-01T00:00:00", -60, "1969-12-31"),
    ],
)
def test_the_day_of_a_moment(moment: str, utc_offset: int, day: str) -> None:
    found = day_of(at(moment), utc_offset)
    assert found == date.fromisoformat(day)
    begin = begin_of(found, utc_offset)
    assert begin <= at(moment) < begin + 86_400_000
    assert day_of(begin, utc_offset) == found
    assert day_of(begin - 1, utc_offset) < found


def test_days_without_a_run_are_there() -> None:
    uses = [DayUsage("2026-11-24", 512, 10, 1000, 1), DayUsage("2026-11-26", 512, 30, 3000, 1)]
    found = each_day(uses, OPENWHISK, date(2026, 11, 23), date(2026, 11, 26))
    assert [(each.day.day, each.charge.calls) for each in found] == [
        *((23, 0), (24, 10), (25, 0), (26, 30))
    ]
    # 0.5 GB for 3 s.
    assert found[-1].charge.cost(OPENWHISK) == Decimal("0.0000255")


def test_what_is_charged_follows_the_list() -> None:
    uses = [DayUsage("2026-11-24", 300, 2, 400, 7 * 400), DayUsage("2026-11-24", 0, 5, 900, 0)]
    assert charge_of_days(uses, OPENWHISK).mb_ms == 300 * 400
    assert charge_of_days(uses, LISTS.get("google-gen1")).mb_ms == 512 * 400
    assert charge_of_days(uses, LISTS.get("google-gen1")).cpu_ms == 320
    assert charge_of_days(uses, LISTS.get("azure-consumption")).mb_ms == 2800
    # A sequence as a whole is charged nothing.
    assert charge_of_days(uses, OPENWHISK).calls == 2


def test_the_rest_of_a_month_goes_as_the_last_seven_days() -> None:
    now = at("2026-11-11T00:00:00") - 1
    # A GB-s a day since the fourth, which are 0.000017 USD.
    uses = [DayUsage(f"2026-11-{day:02}", 1024, 1, 1000, 0) for day in range(4, 11)]
    month = month_of(uses, OPENWHISK, now, 0)
    assert month.first == date(2026, 11, 1)
    assert month.spent == 7 * Decimal("0.000017")
    assert month.estimate.quantize(Decimal("1e-9")) == (7 + 20) * Decimal("0.000017")


def test_on_the_first_of_a_month_the_last_one_tells_the_pace() -> None:
    now = at("2026-12-01T00:30:00")
    assert needed_for_month(now, 0) == at("2026-11-25T00:00:00")
    uses = [DayUsage("2026-11-28", 1024, 6, 6 * 1000, 0)]
    month = month_of(uses, OPENWHISK, now, 0)
    assert month.first == date(2026, 12, 1)
    assert month.spent == 0
    # 6 GB-s in six days and half an hour.
    assert Decimal("0.00052") < month.estimate < Decimal("0.00053")


def test_the_month_is_that_of_the_place() -> None:
    now = at("2026-12-01T00:30:00")
    assert month_of([], OPENWHISK, now, -60).first == date(2026, 11, 1)
    assert needed_for_month(now, -60) == begin_of(date(2026, 11, 1), -60)
