"""What CREATE and UPDATE ask for, and the alarm that comes of it. Pure.

The checks, their order and their words are those of OpenWhisk's package; what is refused there
only by the first firing, a payload that is no object, is refused here at once.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from jupyter_faas.playground.alarms.alarm import Alarm, Status
from jupyter_faas.playground.alarms.schedules import (
    Cron,
    DateValue,
    Expired,
    Interval,
    InvalidPattern,
    Once,
    Schedule,
    UnknownTimezone,
    epoch_ms,
)
from jupyter_faas.whisk import FullName

# Time for whoever makes the trigger to make its rules.
_FIRST_AFTER_MS = 30_000

_DELETE_AFTER = ("false", "true", "rules")
_TRUTH = {True: True, False: False, "true": True, "false": False}

Parameters = Mapping[str, Any]


class AlarmRefused(Exception):
    """Raised for a request that a feed does not grant; ``more`` goes beside the error."""

    def __init__(self, error: str, **more: str) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


def new_alarm(feed: str, trigger: FullName, given: Parameters, now: int) -> Alarm:
    """The alarm of a CREATE. ``feed`` is ``alarm``, ``once`` or ``interval``; ``now`` epoch ms.

    Raises AlarmRefused.
    """
    payload = given.get("trigger_payload")
    alarm = Alarm(
        trigger=trigger,
        payload={} if payload is None else _payload(payload),
        schedule=_SCHEDULES[feed](trigger, given, now),
        status=Status(True, now),
    )
    if feed == "alarm" and given.get("maxTriggers"):
        most = _max_triggers(given["maxTriggers"])
        return replace(alarm, most=most, left=most)
    return alarm


def update_alarm(alarm: Alarm, given: Parameters, now: int) -> Alarm:
    """The alarm after an UPDATE, which activates it. Raises AlarmRefused."""
    changes: dict[str, Any] = {}
    if given.get("trigger_payload"):
        changes["payload"] = _payload(given["trigger_payload"])
    schedule = alarm.schedule
    if isinstance(schedule, Once):
        found = _once_changes(given, now)
    else:
        found = (_interval_changes if isinstance(schedule, Interval) else _cron_changes)(
            alarm, given, now
        )
        found.update(_span_changes(schedule, given, now))
    if not changes and not found:
        raise AlarmRefused("no updatable parameters were specified")
    # A new one also when nothing of it changed: a firing of the old one may be under way.
    return replace(alarm, schedule=replace(schedule, **found), **changes).activated(now)


# -- once ----------------------------------------------------------------------------------------


def _new_once(trigger: FullName, given: Parameters, now: int) -> Once:
    if not given.get("date"):
        raise AlarmRefused("alarms once trigger feed is missing the date parameter")
    found = _once_changes(given, now)
    return Once(found["date"], found.get("delete_after"))


def _once_changes(given: Parameters, now: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if given.get("date"):
        found["date"] = _date(given["date"], "date", now)
    if given.get("deleteAfterFire"):
        word = _text(given["deleteAfterFire"]).strip().lower()
        if word not in _DELETE_AFTER:
            raise AlarmRefused("deleteAfterFire parameter must be one of [false, true, rules].")
        found["delete_after"] = word
    return found


# -- interval ------------------------------------------------------------------------------------


def _new_interval(trigger: FullName, given: Parameters, now: int) -> Interval:
    if not given.get("minutes"):
        raise AlarmRefused("interval trigger feed is missing the minutes parameter")
    minutes = _minutes(given["minutes"])
    start: DateValue = now + _FIRST_AFTER_MS
    if given.get("startDate"):
        start = _date(given["startDate"], "startDate", now)
    if given.get("maxTriggers") and given.get("stopDate"):
        raise AlarmRefused("maxTriggers is not supported for the interval trigger feed")
    stop = None
    if given.get("stopDate"):
        stop = _date(given["stopDate"], "stopDate", now, start)
    return Interval(minutes, start, stop)


def _interval_changes(alarm: Alarm, given: Parameters, now: int) -> dict[str, Any]:
    return {"minutes": _minutes(given["minutes"])} if given.get("minutes") else {}


# -- cron ----------------------------------------------------------------------------------------


def _new_cron(trigger: FullName, given: Parameters, now: int) -> Cron:
    if not given.get("cron"):
        raise AlarmRefused("alarms trigger feed is missing the cron parameter")
    schedule = Cron(
        cron=_text(given["cron"]),
        timezone=_timezone(given),
        second=_second(given.get("strict"), trigger),
    )
    _check_pattern(schedule, now)
    start = _date(given["startDate"], "startDate", now) if given.get("startDate") else None
    if given.get("maxTriggers") and given.get("stopDate"):
        raise AlarmRefused("maxTriggers is not allowed when the stopDate parameter is specified")
    if not given.get("stopDate"):
        return replace(schedule, start=start)
    schedule = replace(schedule, start=start, stop=_date(given["stopDate"], "stopDate", now, start))
    try:
        schedule.due(now)
    except Expired:
        raise AlarmRefused(
            "the first scheduled trigger fire is not until after the stop date"
        ) from None
    return schedule


def _cron_changes(alarm: Alarm, given: Parameters, now: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if given.get("cron"):
        found["cron"] = _text(given["cron"])
    if given.get("timezone"):
        found["timezone"] = _timezone(given)
    if given.get("strict") is not None:
        found["second"] = _second(given["strict"], alarm.trigger)
    if found and isinstance(alarm.schedule, Cron):
        _check_pattern(replace(alarm.schedule, start=None, stop=None, **found), now)
    return found


def _check_pattern(schedule: Cron, now: int) -> None:
    try:
        schedule.due(now)
    except UnknownTimezone:
        raise AlarmRefused("Invalid timezone.") from None
    except InvalidPattern:
        raise AlarmRefused(f"cron pattern '{schedule.cron}' is not valid") from None


def _second(strict: object, trigger: FullName) -> int | None:
    """The second of the minute: 0, or one that the name of the trigger makes."""
    if strict is None or strict == "":
        return None
    word = strict.strip().lower() if isinstance(strict, str) else strict
    if not isinstance(word, (bool, str)) or word not in _TRUTH:
        raise AlarmRefused("the strict parameter must be true or false")
    return 0 if _TRUTH[word] else 1 + zlib.crc32(trigger.name.encode()) % 59


def _timezone(given: Parameters) -> str | None:
    return _text(given["timezone"]) if given.get("timezone") else None


def _max_triggers(value: object) -> int | None:
    """-1 means without end."""
    number = _whole(value)
    if number is None or (number < 1 and number != -1):
        raise AlarmRefused("the maxTriggers parameter must be an integer greater than zero")
    return None if number == -1 else number


# -- what several have ---------------------------------------------------------------------------


def _span_changes(schedule: Interval | Cron, given: Parameters, now: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if given.get("startDate"):
        found["start"] = _date(given["startDate"], "startDate", now)
    if given.get("stopDate"):
        start = given.get("startDate") or schedule.start
        found["stop"] = _date(given["stopDate"], "stopDate", now, start)
    elif (
        "start" in found
        and schedule.stop is not None
        and (epoch_ms(found["start"]) or 0) >= (epoch_ms(schedule.stop) or 0)
    ):
        raise AlarmRefused(
            f"startDate parameter '{_text(found['start'])}' must be less than "
            f"the stopDate parameter '{_text(schedule.stop)}'"
        )
    return found


def _date(value: Any, name: str, now: int, start: DateValue | None = None) -> DateValue:
    found = epoch_ms(value)
    if found is None:
        raise AlarmRefused(f"{name} parameter '{_text(value)}' is not a valid Date")
    if found <= now:
        raise AlarmRefused(f"{name} parameter '{_text(value)}' must be in the future")
    if start is not None and found <= (epoch_ms(start) or 0):
        raise AlarmRefused(
            f"{name} parameter '{_text(value)}' must be greater than "
            f"the startDate parameter '{_text(start)}'"
        )
    given: DateValue = value
    return given


def _minutes(value: object) -> int:
    number = _whole(value)
    if number is None:
        raise AlarmRefused("the minutes parameter must be an integer")
    if number <= 0:
        raise AlarmRefused("the minutes parameter must be an integer greater than zero")
    return number


def _payload(value: object) -> Mapping[str, Any]:
    if isinstance(value, str):
        return {"payload": value}
    if isinstance(value, Mapping):
        return value
    raise AlarmRefused("the trigger_payload parameter must be an object or a string")


def _whole(value: object) -> int | None:
    """A number without a fraction, or one that is written out. None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        digits = value.strip()
        plain = digits.removeprefix("-")
        if plain.isascii() and plain.isdigit() and len(plain) <= 18:
            return int(digits)
    return None


def _text(value: object) -> str:
    """As it stands in a message."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else f"{value}"


_SCHEDULES: Mapping[str, Callable[[FullName, Parameters, int], Schedule]] = {
    "alarm": _new_cron,
    "once": _new_once,
    "interval": _new_interval,
}
