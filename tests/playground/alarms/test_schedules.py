from __future__ import annotations

import pytest

from jupyter_faas.playground.alarms.schedules import (
    Cron,
    Expired,
    Interval,
    Once,
    Schedule,
    read_schedule,
)
from tests.playground.alarms.helpers.clock import MINUTE, NOON, SECOND


def test_once() -> None:
    once = Once(NOON)
    assert once.due(NOON - 1) == NOON
    with pytest.raises(Expired, match="the fire once date has expired"):
        once.due(NOON)


def test_interval_begins_at_its_start() -> None:
    interval = Interval(2, "2026-11-25T12:00:00Z")
    assert interval.due(NOON - MINUTE) == NOON
    assert interval.due(NOON) == NOON + 2 * MINUTE
    # Whatever has been missed, it stays on its beat.
    assert interval.due(NOON + 5 * MINUTE) == NOON + 6 * MINUTE


def test_interval_that_stops() -> None:
    interval = Interval(2, NOON, stop=NOON + 3 * MINUTE)
    assert interval.due(NOON) == NOON + 2 * MINUTE
    with pytest.raises(Expired, match="the next scheduled trigger fire is after the stop date"):
        interval.due(NOON + 2 * MINUTE)
    with pytest.raises(Expired, match="the stop date has expired"):
        interval.due(NOON + 3 * MINUTE)


def test_cron_waits_for_its_start() -> None:
    cron = Cron("*/2 * * * *", start=NOON + 4 * MINUTE)
    assert cron.due(NOON) == NOON + 4 * MINUTE
    assert cron.due(NOON + 4 * MINUTE) == NOON + 6 * MINUTE
    assert Cron("*/2 * * * *", start=NOON + 1).due(NOON) == NOON + 2 * MINUTE


def test_cron_that_stops() -> None:
    cron = Cron("*/2 * * * *", stop=NOON + 2 * MINUTE)
    assert cron.due(NOON) == NOON + 2 * MINUTE
    with pytest.raises(Expired):
        cron.due(NOON + 2 * MINUTE)


def test_second_of_the_minute() -> None:
    assert Cron("* * * * *", second=37).due(NOON) == NOON + 37 * SECOND
    assert Cron("* * * * *", second=0).due(NOON) == NOON + MINUTE
    # Six fields say it themselves.
    assert Cron("*/10 * * * * *", second=37).due(NOON) == NOON + 10 * SECOND


@pytest.mark.parametrize(
    "schedule",
    [
        Once("2026-11-25"),
        Once(NOON, "rules"),
        Interval(1, NOON),
        Interval(5, "2026-11-25", NOON),
        Cron("* * * * *"),
        Cron("* * * * *", "Europe/Paris", 0, NOON, "2027"),
        Cron("* * * * *", second=7),
    ],
    ids=repr,
)
def test_config_tells_all(schedule: Schedule) -> None:
    second = schedule.second if isinstance(schedule, Cron) else None
    assert read_schedule(schedule.config(), second) == schedule


def test_config_as_it_is_shown() -> None:
    assert Once(NOON).config() == {"date": NOON}
    assert Cron("* * * * *", second=7).config() == {"cron": "* * * * *", "strict": False}
    assert Interval(1, NOON, "2027").config() == {
        "minutes": 1,
        "startDate": NOON,
        "stopDate": "2027",
    }
