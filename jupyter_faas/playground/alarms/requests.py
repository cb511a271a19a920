"""Validation of the parameters of CREATE and UPDATE.

The checks, their order and their messages are those of OpenWhisk's package, with one exception: a
payload that is not an object is refused here at once. In OpenWhisk, the first firing fails instead.
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

# An interval without a start date begins after this delay, so that the client can create the rules.
_START_DELAY_MS = 30_000

_DELETE_AFTER = ("false", "true", "rules")
_TRUTH = {True: True, False: False, "true": True, "false": False}

Parameters = Mapping[str, Any]


class AlarmRefused(Exception):
    """Raised if a feed refuses a request. ``more`` contains further fields of the result."""

    def __init__(self, error: str, **more: str) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


def new_alarm(feed: str, trigger: FullName, arguments: Parameters, now: int) -> Alarm:
    """Return the alarm that a CREATE describes. Raises AlarmRefused for invalid parameters.

    ``feed`` is ``alarm``, ``once`` or ``interval``. ``now`` is in epoch ms.
    """
    payload = arguments.get("trigger_payload")
    alarm = Alarm(
        trigger=trigger,
        payload={} if payload is None else _payload(payload),
        schedule=_SCHEDULES[feed](trigger, arguments, now),
        status=Status(True, now),
    )
    if feed == "alarm" and arguments.get("maxTriggers"):
        most = _max_triggers(arguments["maxTriggers"])
        return replace(alarm, max_firings=most, firings_left=most)
    return alarm


def update_alarm(alarm: Alarm, arguments: Parameters, now: int) -> Alarm:
    """Return the alarm after an UPDATE, which also activates the alarm.

    Raises AlarmRefused for invalid parameters, or if there is nothing to update.
    """
    changes: dict[str, Any] = {}
    if arguments.get("trigger_payload"):
        changes["payload"] = _payload(arguments["trigger_payload"])
    schedule = alarm.schedule
    if isinstance(schedule, Once):
        found = _once_changes(arguments, now)
    else:
        found = (_interval_changes if isinstance(schedule, Interval) else _cron_changes)(
            alarm, arguments, now
        )
        found.update(_start_stop_changes(schedule, arguments, now))
    if not changes and not found:
        raise AlarmRefused("no updatable parameters were specified")
    # Create a new schedule even if its values are the same. The service compares identities to
    # detect that an alarm was updated while it fired.
    return replace(alarm, schedule=replace(schedule, **found), **changes).activated(now)


# Feed once


def _new_once(trigger: FullName, arguments: Parameters, now: int) -> Once:
    if not arguments.get("date"):
        raise AlarmRefused("alarms once trigger feed is missing the date parameter")
    found = _once_changes(arguments, now)
    return Once(found["date"], found.get("delete_after"))


def _once_changes(arguments: Parameters, now: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if arguments.get("date"):
        found["date"] = _date(arguments["date"], "date", now)
    if arguments.get("deleteAfterFire"):
        word = _text(arguments["deleteAfterFire"]).strip().lower()
        if word not in _DELETE_AFTER:
            raise AlarmRefused("deleteAfterFire parameter must be one of [false, true, rules].")
        found["delete_after"] = word
    return found


# Feed interval


def _new_interval(trigger: FullName, arguments: Parameters, now: int) -> Interval:
    if not arguments.get("minutes"):
        raise AlarmRefused("interval trigger feed is missing the minutes parameter")
    minutes = _minutes(arguments["minutes"])
    start: DateValue = now + _START_DELAY_MS
    if arguments.get("startDate"):
        start = _date(arguments["startDate"], "startDate", now)
    if arguments.get("maxTriggers") and arguments.get("stopDate"):
        raise AlarmRefused("maxTriggers is not supported for the interval trigger feed")
    stop = None
    if arguments.get("stopDate"):
        stop = _date(arguments["stopDate"], "stopDate", now, start)
    return Interval(minutes, start, stop)


def _interval_changes(alarm: Alarm, arguments: Parameters, now: int) -> dict[str, Any]:
    return {"minutes": _minutes(arguments["minutes"])} if arguments.get("minutes") else {}


# Feed alarm (cron)


def _new_cron(trigger: FullName, arguments: Parameters, now: int) -> Cron:
    if not arguments.get("cron"):
        raise AlarmRefused("alarms trigger feed is missing the cron parameter")
    schedule = Cron(
        cron=_text(arguments["cron"]),
        timezone=_timezone(arguments),
        second=_second(arguments.get("strict"), trigger),
    )
    _check_pattern(schedule, now)
    start = _date(arguments["startDate"], "startDate", now) if arguments.get("startDate") else None
    if arguments.get("maxTriggers") and arguments.get("stopDate"):
        raise AlarmRefused("maxTriggers is not allowed when the stopDate parameter is specified")
    if not arguments.get("stopDate"):
        return replace(schedule, start=start)
    schedule = replace(
        schedule, start=start, stop=_date(arguments["stopDate"], "stopDate", now, start)
    )
    try:
        schedule.due(now)
    except Expired:
        raise AlarmRefused(
            "the first scheduled trigger fire is not until after the stop date"
        ) from None
    return schedule


def _cron_changes(alarm: Alarm, arguments: Parameters, now: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if arguments.get("cron"):
        found["cron"] = _text(arguments["cron"])
    if arguments.get("timezone"):
        found["timezone"] = _timezone(arguments)
    if arguments.get("strict") is not None:
        found["second"] = _second(arguments["strict"], alarm.trigger)
    # Only the pattern is checked here, because the dates have separate checks and messages.
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
    """Return the second of the minute at which a five-field pattern fires.

    The second is None without ``strict``, and 0 if ``strict`` is true. If ``strict`` is false, the
    second is computed from the trigger's name. Raises AlarmRefused for any other value.
    """
    if strict is None or strict == "":
        return None
    # Check the type, because 1 and 0 are equal to True and False.
    word = strict.strip().lower() if isinstance(strict, str) else strict
    if not isinstance(word, (bool, str)) or word not in _TRUTH:
        raise AlarmRefused("the strict parameter must be true or false")
    # Do not use ``hash``, because its values for strings differ between processes.
    return 0 if _TRUTH[word] else 1 + zlib.crc32(trigger.name.encode()) % 59


def _timezone(arguments: Parameters) -> str | None:
    return _text(arguments["timezone"]) if arguments.get("timezone") else None


def _max_triggers(value: object) -> int | None:
    """Return the maximum number of firings, or None for -1, which means unlimited.

    Raises AlarmRefused for any other value.
    """
    number = _integer(value)
    if number is None or (number < 1 and number != -1):
        raise AlarmRefused("the maxTriggers parameter must be an integer greater than zero")
    return None if number == -1 else number


# Parameters of several feeds


def _start_stop_changes(
    schedule: Interval | Cron, arguments: Parameters, now: int
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if arguments.get("startDate"):
        found["start"] = _date(arguments["startDate"], "startDate", now)
    if arguments.get("stopDate"):
        start = arguments.get("startDate") or schedule.start
        found["stop"] = _date(arguments["stopDate"], "stopDate", now, start)
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
    arguments: DateValue = value
    return arguments


def _minutes(value: object) -> int:
    number = _integer(value)
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


def _integer(value: object) -> int | None:
    """Return the integer of an int, float or string, or None if ``value`` is not an integer."""
    # Check for bool first, because bool is a subclass of int.
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        digits = value.strip()
        plain = digits.removeprefix("-")
        # A number with more digits might not fit into 64 bits.
        if plain.isascii() and plain.isdigit() and len(plain) <= 18:
            return int(digits)
    return None


def _text(value: object) -> str:
    """Return a value as text for an error message, with booleans as in JavaScript."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else f"{value}"


_SCHEDULES: Mapping[str, Callable[[FullName, Parameters, int], Schedule]] = {
    "alarm": _new_cron,
    "once": _new_once,
    "interval": _new_interval,
}
