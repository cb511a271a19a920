from __future__ import annotations

from datetime import datetime, timezone

import pytest

from jupyter_faas.playground.alarms.schedules import InvalidPattern, UnknownTimezone, next_time


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp() * 1000)


@pytest.mark.parametrize(
    ("pattern", "after", "found"),
    [
        ("* * * * *", "2026-11-25T12:00:00", "2026-11-25T12:01:00"),
        ("* * * * *", "2026-11-25T12:00:59.999", "2026-11-25T12:01:00"),
        ("0 */2 * * *", "2026-11-25T12:00:01", "2026-11-25T14:00:00"),
        ("0 9 8 * *", "2026-11-25T12:00:00", "2026-12-08T09:00:00"),
        ("0 0 1 1 *", "2026-11-25T12:00:00", "2027-01-01T00:00:00"),
        ("0 0 * * 0", "2026-11-25T12:00:00", "2026-11-29T00:00:00"),
        ("0 0 * * 7", "2026-11-25T12:00:00", "2026-11-29T00:00:00"),
        ("0 0 * jan mon-fri", "2026-11-25T12:00:00", "2027-01-01T00:00:00"),
        ("* * * * * *", "2026-11-25T12:00:00", "2026-11-25T12:00:01"),
        ("*/30 * * * * *", "2026-11-25T12:00:00.001", "2026-11-25T12:00:30"),
        ("5,10 0 0 29 2 *", "2026-11-25T12:00:00", "2028-02-29T00:00:05"),
    ],
)
def test_next_time(pattern: str, after: str, found: str) -> None:
    assert next_time(pattern, None, ms(after)) == ms(found)


def test_timezone() -> None:
    nine = "0 9 * * *"
    assert next_time(nine, "Asia/Tokyo", ms("2026-11-25T00:00:00")) == ms("2026-11-26T00:00:00")
    assert next_time(nine, "UTC", ms("2026-11-25T00:00:00")) == ms("2026-11-25T09:00:00")


def test_timezone_when_the_clocks_change() -> None:
    nine = "0 9 * * *"
    paris = "Europe/Paris"
    assert next_time(nine, paris, ms("2026-10-24T00:00:00")) == ms("2026-10-24T07:00:00")
    assert next_time(nine, paris, ms("2026-10-25T00:00:00")) == ms("2026-10-25T08:00:00")
    # 02:30 is left out on that night, and happens when the clocks have changed.
    assert next_time("30 2 * * *", paris, ms("2026-03-29T00:00:00")) == ms("2026-03-29T01:00:00")
    # With seconds it is not: six fields are not cron's own.
    assert next_time("0 30 2 * * *", paris, ms("2026-03-29T00:00:00")) == ms("2026-03-30T00:30:00")


@pytest.mark.parametrize(
    "pattern",
    [
        *("", "***", "* * * *", "* * * * * * *", "60 * * * *", "* 24 * * *", "* * 32 * *"),
        *("* * * 13 *", "* * * * 8", "a * * * *", "*/0 * * * *", "5-1 * * * *", "-1 * * * *"),
        *("1795608000000", "0 0 30 2 *", "* * * * 5L/2", "9" * 5000 + " * * * *"),
        ",".join(["1"] * 2000) + " * * * *",
    ],
    ids=lambda pattern: pattern[:20],
)
def test_pattern_that_is_none(pattern: str) -> None:
    with pytest.raises(InvalidPattern):
        next_time(pattern, None, 0)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "America", "../etc/passwd", "/etc/passwd", "\0"])
def test_timezone_that_is_none(zone: str) -> None:
    with pytest.raises(UnknownTimezone):
        next_time("* * * * *", zone, 0)
