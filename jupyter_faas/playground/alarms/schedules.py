"""When an alarm is due: once, at an interval, or as a cron pattern says. Pure.

The words of ``Expired`` and ``LAST`` are OpenWhisk's; they end up in an alarm's status.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

# -- Cron patterns: whether they are ones, and when they come true next. Pure.


# Longer than any that somebody writes, and short enough to be looked at in no time.
_MAX_LENGTH = 1000


class InvalidPattern(ValueError):
    """Raised when a text is no cron pattern, or one that never comes true."""


class UnknownTimezone(ValueError):
    """Raised when a text names no timezone."""


def field_count(pattern: str) -> int:
    """5, or 6 when the first is seconds."""
    return len(pattern.split())


def next_time(pattern: str, timezone_name: str | None, after: int) -> int:
    """The first time after ``after`` (both epoch ms). Raises InvalidPattern, UnknownTimezone."""
    if len(pattern) > _MAX_LENGTH:
        raise InvalidPattern(pattern)
    moment = datetime.fromtimestamp(after // 1000, _zone(timezone_name))
    try:
        found = next(CronSim(pattern, moment))
    # Besides its own, the library lets some that it did not expect through.
    except (CronSimError, StopIteration, ValueError, OverflowError, AssertionError) as error:
        raise InvalidPattern(pattern) from error
    return int(found.timestamp()) * 1000


def _zone(name: str | None) -> tzinfo:
    if name is None:
        return timezone.utc
    try:
        return ZoneInfo(name)
    # A name may turn out to be a folder, or to lead out of the database of zones.
    except (KeyError, ValueError, OSError) as error:
        raise UnknownTimezone(name) from error


# -- Dates as the feeds take them: epoch ms, or ISO 8601 as JavaScript's ``Date`` reads it. Pure.


# Kept as it was given, since READ shows it so.
DateValue = int | float | str

_ISO = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d))?)?"
    r"([Tt](?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)([.,](?P<fraction>\d+))?)?"
    r"(?P<zone>[Zz]|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)

# The last that a datetime can be, in whatever zone it is looked at.
_LAST_MS = 253_370_764_800_000


def epoch_ms(date: object) -> int | None:
    """The time that a date means; None when it is none.

    A time without a zone is UTC, as it is where OpenWhisk runs; JavaScript takes the machine's.

    >>> epoch_ms("2026-11-25T03:19:24.5Z")
    1795576764500
    """
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
    """Raises ValueError when it is a day or more away."""
    if text is None or text in "Zz":
        return timezone.utc
    away = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-away if text[0] == "-" else away)


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


_MINUTE_MS = 60_000

STOPPED = "the stop date has expired"
AFTER_STOP = "the next scheduled trigger fire is after the stop date"


class Expired(Exception):
    """Raised when a schedule will not be due any more; its text is the reason."""


@dataclass(frozen=True)
class Once:
    """``delete_after``: ``true`` deletes the trigger when it has fired, ``rules`` those too."""

    LAST: ClassVar[str] = "Automatically disabled after firing once"

    date: DateValue
    delete_after: str | None = None

    def due(self, now: int) -> int:
        """Epoch ms. Raises Expired."""
        found = epoch_ms(self.date) or 0
        if found <= now:
            raise Expired("the fire once date has expired")
        return found

    def config(self) -> dict[str, Any]:
        return _without_none({"date": self.date, "deleteAfterFire": self.delete_after})


@dataclass(frozen=True)
class Interval:
    """From ``start`` on every so many minutes: a restart does not shift them."""

    LAST: ClassVar[str] = "Automatically disabled after firing last scheduled interval trigger"

    minutes: int
    start: DateValue
    stop: DateValue | None = None

    def due(self, now: int) -> int:
        """The first after ``now``; both epoch ms. Raises Expired."""
        start, step = epoch_ms(self.start) or 0, self.minutes * _MINUTE_MS
        found = start if start > now else start + ((now - start) // step + 1) * step
        return _before(self.stop, now, found)

    def config(self) -> dict[str, Any]:
        return _without_none(
            {"startDate": self.start, "stopDate": self.stop, "minutes": self.minutes}
        )


@dataclass(frozen=True)
class Cron:
    """``second``: when in the minute a five-field pattern is due; None when nobody cares."""

    LAST: ClassVar[str] = "Automatically disabled after firing last scheduled cron trigger"

    cron: str
    timezone: str | None = None
    second: int | None = None
    start: DateValue | None = None
    stop: DateValue | None = None

    def due(self, now: int) -> int:
        """The first after ``now`` and not before the start; epoch ms.

        Raises Expired, InvalidPattern, UnknownTimezone.
        """
        after = now
        if self.start is not None:
            after = max(now, (epoch_ms(self.start) or 0) - 1)
        return _before(self.stop, now, next_time(self._pattern(), self.timezone, after))

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
    """What ``config()`` gave."""
    start, stop = config.get("startDate"), config.get("stopDate")
    if "date" in config:
        return Once(config["date"], config.get("deleteAfterFire"))
    if "minutes" in config:
        return Interval(config["minutes"], start or 0, stop)
    return Cron(config["cron"], config.get("timezone"), second, start, stop)


def _before(stop: DateValue | None, now: int, found: int) -> int:
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
