"""When a trigger fires: how it is written, what a feed gets, and how it is told."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.client import ALARM, INTERVAL, Feed
from jupyter_faas.errors import InputError
from jupyter_faas.workspace.triggers.schedules import Schedule, parse_schedule, read_schedule


def asked(
    every: str | None = None, cron: str | None = None, timezone: str | None = None
) -> Schedule:
    found = parse_schedule(every, cron, timezone)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("every", "words", "feed"),
    [
        ("5m", "every 5 minutes", Feed(INTERVAL, {"minutes": 5})),
        ("1m", "every minute", Feed(INTERVAL, {"minutes": 1})),
        ("300", "every 5 minutes", Feed(INTERVAL, {"minutes": 5})),
        ("90m", "every 90 minutes", Feed(INTERVAL, {"minutes": 90})),
        ("2h", "every 2 hours", Feed(INTERVAL, {"minutes": 120})),
        ("1d", "every day", Feed(INTERVAL, {"minutes": 1440})),
        ("20s", "every 20 seconds", Feed(ALARM, {"cron": "*/20 * * * * *"})),
        ("1s", "every second", Feed(ALARM, {"cron": "*/1 * * * * *"})),
    ],
)
def test_every(every: str, words: str, feed: Feed) -> None:
    schedule = asked(every)
    assert schedule.words == words
    assert schedule.feed() == feed
    assert schedule.finer_than_minutes == ("second" in words)


@pytest.mark.parametrize("every", ["", "0", "0m", "-5m", "5 weeks", "1.5m", "m", "9999d", "٥m"])
def test_no_interval(every: str) -> None:
    with pytest.raises(InputError, match="is not a valid interval"):
        asked(every)


@pytest.mark.parametrize("every", ["90s", "7s", "61"])
def test_interval_that_alarms_cannot_keep(every: str) -> None:
    with pytest.raises(
        InputError,
        match="a whole number of minutes, or a number of seconds that divides a minute evenly",
    ):
        asked(every)


@pytest.mark.parametrize(
    ("cron", "zone", "words"),
    [
        ("0 3 * * *", None, "at 03:00 every day (UTC)"),
        (
            "0 9  * * 1-5",
            "Europe/Amsterdam",
            "at 09:00 on Monday through Friday (Europe/Amsterdam)",
        ),
    ],
)
def test_cron(cron: str, zone: str | None, words: str) -> None:
    schedule = asked(None, cron, zone)
    assert schedule.words == words
    wanted = {"cron": " ".join(cron.split()), **({"timezone": zone} if zone else {})}
    assert schedule.feed() == Feed(ALARM, wanted)
    assert not schedule.finer_than_minutes
    assert asked(None, f"0 {cron}", zone).finer_than_minutes


@pytest.mark.parametrize(
    ("cron", "words", "marked"),
    [
        ("0 25 * * *", "'25' is not a valid hour", "  ^^"),
        ("61 3 * * *", "'61' is not a valid minute", "^^"),
        ("5 4 * * mox", "'mox' is not a valid day of the week", "        ^^^"),
        ("0 0 31 2 *", "'31' is not a valid day of the month", "    ^^"),
        ("99 0 3 * * *", "'99' is not a valid second", "^^"),
    ],
)
def test_bad_cron_is_shown_with_the_place(cron: str, words: str, marked: str) -> None:
    with pytest.raises(InputError) as caught:
        asked(None, cron)
    assert caught.value.message == f"{cron!r} is not a cron pattern: {words}."
    line, mark = caught.value.hint.splitlines()[:2]
    assert (line, mark) == (f"    {cron}", f"    {marked}")


@pytest.mark.parametrize(
    ("cron", "count"), [("", "0 fields"), ("x", "1 field"), ("* * *", "3 fields")]
)
def test_cron_with_the_wrong_number_of_fields(cron: str, count: str) -> None:
    with pytest.raises(InputError, match=f"it has {count}"):
        asked(None, cron)


def test_timezone_that_there_is_not() -> None:
    for zone in ("Mars/Base", "", "../etc"):
        with pytest.raises(InputError, match="Unknown time zone"):
            asked(None, "0 3 * * *", zone)


def test_options_that_do_not_go_together() -> None:
    with pytest.raises(InputError, match="--every and --cron"):
        asked("5m", "0 3 * * *")
    with pytest.raises(InputError, match="--timezone can be used only with --cron"):
        asked("5m", None, "Europe/Amsterdam")


def test_no_schedule() -> None:
    assert parse_schedule(None, None, None) is None


@pytest.mark.parametrize(
    "schedule",
    [Schedule(every_s=300), Schedule(cron="0 3 * * *"), Schedule(cron="0 3 * * *", timezone="UTC")],
)
def test_annotation_gives_it_back(schedule: Schedule) -> None:
    assert read_schedule(schedule.to_json()) == schedule


@pytest.mark.parametrize(
    "annotation", [None, "5m", {}, {"every_s": True}, {"every_s": 0}, {"cron": 5}]
)
def test_annotation_that_is_none(annotation: Any) -> None:
    assert read_schedule(annotation) is None


def test_pattern_that_only_its_host_understands() -> None:
    assert Schedule(cron="@daily").words == "cron @daily (UTC)"
