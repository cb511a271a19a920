"""The schedules of alarms (Once, Interval, Cron), with cron patterns and dates.

The messages of ``Expired`` and ``LAST`` are OpenWhisk's. An alarm's status shows them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

# Cron patterns

# This is longer than any real pattern, and short enough to be parsed fast.
_MAX_LENGTH = 1000


class InvalidPattern(ValueError):
    """Raised when a text is not a cron pattern, or never matches."""


class UnknownTimezone(ValueError):
    """Raised when a name is not a timezone."""


def field_count(pattern: str) -> int:
    """Return the number of fields: 5, or 6 if the first one is seconds."""
    return len(pattern.split())


def next_time(pattern: str, timezone_name: str | None, after: int) -> int:
    """Return the first time after ``after`` that matches a pattern; both are epoch ms.

    Raises InvalidPattern and UnknownTimezone.
    """
    if len(pattern) > _MAX_LENGTH:
        raise InvalidPattern(pattern)
    moment = datetime.fromtimestamp(after // 1000, _zone(timezone_name))
    try:
        found = next(CronSim(pattern, moment))
    # cronsim raises exceptions other than its own for some patterns.
    except (CronSimError, StopIteration, ValueError, OverflowError, AssertionError) as error:
        raise InvalidPattern(pattern) from error
    return int(found.timestamp()) * 1000


def _zone(name: str | None) -> tzinfo:
    if name is None:
        return timezone.utc
    try:
        return ZoneInfo(name)
    # ZoneInfo raises ValueError and OSError for paths: a folder, or a path outside of its database.
    except (KeyError, ValueError, OSError) as error:
        raise UnknownTimezone(name) from error


# Dates as the feeds take them: epoch ms, or ISO 8601 as JavaScript's ``Date`` parses it

# A date is stored as the client sent it, because READ returns it unchanged.
DateValue = int | float | str

_ISO = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d))?)?"
    r"([Tt](?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)([.,](?P<fraction>\d+))?)?"
    r"(?P<zone>[Zz]|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)

# The last time that a datetime can hold in any timezone.
_LAST_MS = 253_370_764_800_000


def epoch_ms(date: object) -> int | None:
    """Return a date as epoch ms; None if it is not a date.

    A time without a timezone is UTC, as on OpenWhisk's servers.

    >>> epoch_ms("2026-11-25T03:19:24.5Z")
    1795576764500
    """
    # bool is a subclass of int.
    if isinstance(date, bool):
        return None
    if isinstance(date, (int, float)):
        return int(date) if 0 <= date < _LAST_MS else None
    if isinstance(date, str):
        return _iso_ms(date.strip())
    return None


def _iso_ms(text: str) -> int | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    part = found.groupdict()
    try:
        moment = datetime(
            int(part["year"]),
            int(part["month"] or 1),
            int(part["day"] or 1),
            int(part["hour"] or 0),
            int(part["minute"] or 0),
            int(part["second"] or 0),
            int((part["fraction"] or "0")[:3].ljust(3, "0")) * 1000,
            tzinfo=_date_zone(part["zone"]),
        )
    except ValueError:
        return None
    milliseconds = int((moment - _EPOCH) / timedelta(milliseconds=1))
    return milliseconds if 0 <= milliseconds < _LAST_MS else None


def _date_zone(text: str | None) -> timezone:
    """Parse ``Z`` or an offset. Raises ValueError if the offset is 24 hours or more."""
    if text is None or text in "Zz":
        return timezone.utc
    away = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-away if text[0] == "-" else away)


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


_MINUTE_MS = 60_000

STOPPED = "the stop date has expired"
AFTER_STOP = "the next scheduled trigger fire is after the stop date"


class Expired(Exception):
    """Raised when a schedule will never be due again. Its message is the reason."""


@dataclass(frozen=True)
class Once:
    """Due at one time.

    ``delete_after``: ``true`` deletes the trigger after it fired, ``rules`` also its rules.
    """

    LAST: ClassVar[str] = "Automatically disabled after firing once"

    date: DateValue
    delete_after: str | None = None

    def due(self, now: int) -> int:
        """Return the time in epoch ms. Raises Expired if it is not after ``now``."""
        found = epoch_ms(self.date) or 0
        if found <= now:
            raise Expired("the fire once date has expired")
        return found

    def config(self) -> dict[str, Any]:
        return _without_none({"date": self.date, "deleteAfterFire": self.delete_after})


@dataclass(frozen=True)
class Interval:
    """Due every ``minutes`` from ``start`` on. A restart does not shift the times."""

    LAST: ClassVar[str] = "Automatically disabled after firing last scheduled interval trigger"

    minutes: int
    start: DateValue
    stop: DateValue | None = None

    def due(self, now: int) -> int:
        """Return the first time after ``now``; both are epoch ms. Raises Expired."""
        start, step = epoch_ms(self.start) or 0, self.minutes * _MINUTE_MS
        found = start if start > now else start + ((now - start) // step + 1) * step
        return _check_stop(self.stop, now, found)

    def config(self) -> dict[str, Any]:
        return _without_none(
            {"startDate": self.start, "stopDate": self.stop, "minutes": self.minutes}
        )


@dataclass(frozen=True)
class Cron:
    """Due when a pattern matches.

    ``second``: second of the minute for a five-field pattern; None if ``strict`` is missing.
    """

    LAST: ClassVar[str] = "Automatically disabled after firing last scheduled cron trigger"

    cron: str
    timezone: str | None = None
    second: int | None = None
    start: DateValue | None = None
    stop: DateValue | None = None

    def due(self, now: int) -> int:
        """Return the first time after ``now`` and not before the start; both are epoch ms.

        Raises Expired, InvalidPattern and UnknownTimezone.
        """
        after = now
        if self.start is not None:
            # The search begins one ms earlier, because the start itself may match.
            after = max(now, (epoch_ms(self.start) or 0) - 1)
        return _check_stop(self.stop, now, next_time(self._pattern(), self.timezone, after))

    def _pattern(self) -> str:
        if self.second is None or field_count(self.cron) != 5:
            return self.cron
        return f"{self.second} {self.cron}"

    def config(self) -> dict[str, Any]:
        return _without_none(
            {
                "startDate": self.start,
                "stopDate": self.stop,
                "cron": self.cron,
                "timezone": self.timezone,
                "strict": None if self.second is None else self.second == 0,
            }
        )


Schedule = Once | Interval | Cron


def read_schedule(config: Mapping[str, Any], second: int | None) -> Schedule:
    """Read a schedule from the JSON of ``config()``."""
    start, stop = config.get("startDate"), config.get("stopDate")
    if "date" in config:
        return Once(config["date"], config.get("deleteAfterFire"))
    if "minutes" in config:
        return Interval(config["minutes"], start or 0, stop)
    return Cron(config["cron"], config.get("timezone"), second, start, stop)


def _check_stop(stop: DateValue | None, now: int, found: int) -> int:
    if stop is not None:
        stop_ms = epoch_ms(stop) or 0
        if stop_ms <= now:
            raise Expired(STOPPED)
        if found > stop_ms:
            raise Expired(AFTER_STOP)
    return found


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


__all__ = ["Cron", "Expired", "Interval", "InvalidPattern", "Once", "Schedule", "read_schedule"]
