from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from jupyter_faas.playground.alarms.alarm import Alarm, Status
from jupyter_faas.playground.alarms.requests import AlarmRefused, new_alarm, update_alarm
from jupyter_faas.playground.alarms.schedules import Cron, Interval, Once
from jupyter_faas.whisk import FullName
from tests.playground.alarms.helpers.clock import MINUTE, NOON, SECOND

TRIGGER = FullName("guest", None, "t")
LATER = NOON + 30 * SECOND
EVERY = "* * * * *"


def made(feed: str, **given: Any) -> Alarm:
    return new_alarm(feed, TRIGGER, given, NOON)


def changed(alarm: Alarm, **given: Any) -> Alarm:
    return update_alarm(alarm, given, NOON)


def test_new_alarms() -> None:
    assert made("once", date=LATER).schedule == Once(LATER)
    assert made("once", date="2027", deleteAfterFire=" Rules ").schedule == Once("2027", "rules")
    assert made("once", date="2027", deleteAfterFire=True).schedule == Once("2027", "true")
    assert made("alarm", cron=EVERY, timezone="UTC").schedule == Cron(EVERY, "UTC")
    span = {"startDate": LATER, "stopDate": "2027"}
    assert made("alarm", cron=EVERY, **span).schedule == Cron(EVERY, start=LATER, stop="2027")
    assert made("interval", minutes="2", **span).schedule == Interval(2, LATER, "2027")
    assert made("once", date=LATER).status == Status(True, NOON)


def test_interval_without_a_start_leaves_time_for_rules() -> None:
    assert made("interval", minutes=2).schedule == Interval(2, NOON + 30 * SECOND)


@pytest.mark.parametrize(
    ("given", "payload"),
    [
        ({}, {}),
        ({"trigger_payload": None}, {}),
        ({"trigger_payload": ""}, {"payload": ""}),
        ({"trigger_payload": "text"}, {"payload": "text"}),
        ({"trigger_payload": {"a": 1}}, {"a": 1}),
    ],
    ids=str,
)
def test_payload(given: dict[str, Any], payload: dict[str, Any]) -> None:
    assert made("once", date=LATER, **given).payload == payload


@pytest.mark.parametrize(
    ("strict", "second"),
    [(True, 0), ("true", 0), ("False", 54), (False, 54), (None, None), ("", None)],
)
def test_strict(strict: object, second: int | None) -> None:
    """The name of the trigger makes the second, so that it stays after a restart."""
    schedule = made("alarm", cron=EVERY, strict=strict).schedule
    assert isinstance(schedule, Cron)
    assert schedule.second == second


@pytest.mark.parametrize(("given", "most"), [(3, 3), ("3", 3), (-1, None), (0, None)])
def test_max_triggers(given: object, most: int | None) -> None:
    alarm = made("alarm", cron=EVERY, maxTriggers=given)
    assert (alarm.max_firings, alarm.firings_left) == (most, most)


PAST = NOON - 5 * SECOND


@pytest.mark.parametrize(
    ("feed", "given", "error"),
    [
        ("alarm", {}, "alarms trigger feed is missing the cron parameter"),
        ("alarm", {"cron": 1795608000000}, "cron pattern '1795608000000' is not valid"),
        ("alarm", {"cron": "***"}, "cron pattern '***' is not valid"),
        ("alarm", {"cron": EVERY, "timezone": "Mars"}, "Invalid timezone."),
        ("alarm", {"cron": EVERY, "strict": "maybe"}, "strict parameter must be true or false"),
        (
            "alarm",
            {"cron": EVERY, "startDate": PAST},
            f"startDate parameter '{PAST}' must be in the future",
        ),
        (
            "alarm",
            {"cron": EVERY, "stopDate": "2026-11-25"},
            "stopDate parameter '2026-11-25' must be in the future",
        ),
        (
            "alarm",
            {"cron": EVERY, "startDate": LATER, "stopDate": LATER},
            f"stopDate parameter '{LATER}' must be greater than the startDate parameter '{LATER}'",
        ),
        (
            "alarm",
            {"cron": EVERY, "stopDate": LATER},
            "the first scheduled trigger fire is not until after the stop date",
        ),
        (
            "alarm",
            {"cron": EVERY, "stopDate": "2027", "maxTriggers": 2},
            "maxTriggers is not allowed when the stopDate parameter is specified",
        ),
        ("alarm", {"cron": EVERY, "maxTriggers": "many"}, "the maxTriggers parameter must be"),
        ("once", {}, "alarms once trigger feed is missing the date parameter"),
        ("once", {"date": "tomorrow"}, "date parameter 'tomorrow' is not a valid Date"),
        ("once", {"date": True}, "date parameter 'true' is not a valid Date"),
        ("once", {"date": PAST}, f"date parameter '{PAST}' must be in the future"),
        ("once", {"date": NOON}, f"date parameter '{NOON}' must be in the future"),
        (
            "once",
            {"date": LATER, "deleteAfterFire": "sometimes"},
            "deleteAfterFire parameter must be one of [false, true, rules].",
        ),
        ("interval", {}, "interval trigger feed is missing the minutes parameter"),
        ("interval", {"minutes": 0}, "interval trigger feed is missing the minutes parameter"),
        ("interval", {"minutes": "five"}, "the minutes parameter must be an integer"),
        ("interval", {"minutes": 1.5}, "the minutes parameter must be an integer"),
        ("interval", {"minutes": True}, "the minutes parameter must be an integer"),
        ("interval", {"minutes": -2}, "the minutes parameter must be an integer greater than zero"),
        (
            "interval",
            {"minutes": 1, "stopDate": LATER},
            f"stopDate parameter '{LATER}' must be greater than the startDate parameter '{LATER}'",
        ),
        (
            "interval",
            {"minutes": 1, "stopDate": "2027", "maxTriggers": 2},
            "maxTriggers is not supported for the interval trigger feed",
        ),
        (
            "once",
            {"date": LATER, "trigger_payload": [1]},
            "the trigger_payload parameter must be an object or a string",
        ),
    ],
    ids=str,
)
def test_new_alarm_that_is_refused(feed: str, given: dict[str, Any], error: str) -> None:
    with pytest.raises(AlarmRefused, match=re.escape(error)):
        made(feed, **given)


def test_changes() -> None:
    once = made("once", date=LATER, trigger_payload={"a": 1})
    assert changed(once, date="2027").schedule == Once("2027")
    assert changed(once, deleteAfterFire="true").schedule == Once(LATER, "true")
    assert changed(once, trigger_payload="b").payload == {"payload": "b"}
    cron = made("alarm", cron=EVERY, timezone="UTC", strict=True)
    schedule = cron.schedule
    assert isinstance(schedule, Cron)
    assert changed(cron, cron="0 * * * *").schedule == replace(schedule, cron="0 * * * *")
    assert changed(cron, timezone="Asia/Tokyo").schedule == replace(schedule, timezone="Asia/Tokyo")
    assert changed(cron, startDate=LATER, stopDate="2027").schedule == replace(
        schedule, start=LATER, stop="2027"
    )
    assert changed(cron, strict="false").schedule == replace(schedule, second=54)
    interval = made("interval", minutes=2, startDate=LATER)
    assert changed(interval, minutes=3).schedule == Interval(3, LATER)


def test_change_activates() -> None:
    disabled = made("once", date=LATER).disabled("why", NOON)
    assert changed(disabled, date="2027").status == Status(True, NOON)


def test_change_makes_another_schedule_of_the_same() -> None:
    """So that what is under way for the old one is not taken for its own."""
    alarm = made("once", date=LATER)
    assert changed(alarm, trigger_payload="b").schedule is not alarm.schedule


@pytest.mark.parametrize(
    ("feed", "made_with", "given", "error"),
    [
        ("once", {"date": LATER}, {"cron": EVERY}, "no updatable parameters were specified"),
        ("once", {"date": LATER}, {"date": PAST}, f"date parameter '{PAST}' must be in the future"),
        ("interval", {"minutes": 1}, {"minutes": "x"}, "the minutes parameter must be an integer"),
        ("alarm", {"cron": EVERY}, {}, "no updatable parameters were specified"),
        ("alarm", {"cron": EVERY}, {"cron": "x"}, "cron pattern 'x' is not valid"),
        ("alarm", {"cron": EVERY}, {"timezone": "x"}, "Invalid timezone."),
        (
            "alarm",
            {"cron": EVERY, "startDate": LATER},
            {"stopDate": LATER},
            f"must be greater than the startDate parameter '{LATER}'",
        ),
        (
            "alarm",
            {"cron": EVERY, "stopDate": NOON + 2 * MINUTE},
            {"startDate": NOON + 3 * MINUTE},
            f"startDate parameter '{NOON + 3 * MINUTE}' must be less than "
            f"the stopDate parameter '{NOON + 2 * MINUTE}'",
        ),
    ],
    ids=str,
)
def test_change_that_is_refused(
    feed: str, made_with: dict[str, Any], given: dict[str, Any], error: str
) -> None:
    alarm = made(feed, **made_with)
    with pytest.raises(AlarmRefused, match=re.escape(error)):
        changed(alarm, **given)
