"""The schedules of alarms (Once, Interval, Cron), with cron patterns and dates.

The messages of ``Expired`` and ``LAST`` are those of OpenWhisk. The status of an alarm shows them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, ClassVar

# Cron patterns

# The maximum length of a pattern: longer than any real pattern, but short enough to parse quickly.
_MAX_LENGTH = 1000


class InvalidPattern(ValueError):
    """Raised if a string is not a valid cron pattern or never matches."""


class UnknownTimezone(ValueError):
    """Raised if a timezone does not exist."""


def field_count(pattern: str) -> int:
    """Return the number of fields of a pattern: 5, or 6 if the first field is the second."""
    return len(pattern.split())


def next_time(pattern: str, timezone_name: str | None, after: int) -> int:
    """Return the first time after ``after`` that matches a pattern; both are in epoch ms.

    ``timezone_name`` is None for UTC. Raises InvalidPattern and UnknownTimezone.
    """
    # Imported here, because few playgrounds have alarms, and the import would delay each start.
    from cronsim import CronSim, CronSimError

    if len(pattern) > _MAX_LENGTH:
        raise InvalidPattern(pattern)
    moment = datetime.fromtimestamp(after // 1000, _zone(timezone_name))
    try:
        found = next(CronSim(pattern, moment))
    # For some patterns, cronsim raises other exceptions than CronSimError.
    except (CronSimError, StopIteration, ValueError, OverflowError, AssertionError) as error:
        raise InvalidPattern(pattern) from error
    return int(found.timestamp()) * 1000


def _zone(name: str | None) -> tzinfo:
    if name is None:
        return timezone.utc
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    # ZoneInfo raises ValueError or OSError for a directory and for a path outside of its database.
    except (KeyError, ValueError, OSError) as error:
        raise UnknownTimezone(name) from error


# The feeds accept dates as epoch ms, or in the ISO 8601 formats that JavaScript's ``Date`` parses.

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
    """Convert a date to epoch ms; return None if it is not a valid date.

    A time without a timezone is in UTC, as on OpenWhisk's servers.

    >>> epoch_ms("2026-11-25T03:19:24.5Z")
    1795576764500
    """
    # Check for bool first, because bool is a subclass of int.
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
    """Parse ``Z`` or an offset; None is UTC. Raises ValueError for 24 hours or more."""
    if text is None or text in "Zz":
        return timezone.utc
    away = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-away if text[0] == "-" else away)


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


_MINUTE_MS = 60_000

STOPPED = "the stop date has expired"
AFTER_STOP = "the next scheduled trigger fire is after the stop date"


class Expired(Exception):
    """Raised if a schedule will never be due again. The message is the reason."""


@dataclass(frozen=True)
class Once:
    """A schedule that is due once.

    ``delete_after``: ``true`` to delete the trigger after it has fired, ``rules`` to also delete
    its rules; ``false`` or None to keep both.
    """

    LAST: ClassVar[str] = "Automatically disabled after firing once"

    date: DateValue
    delete_after: str | None = None

    def due(self, now: int) -> int:
        """Return the time in epoch ms. Raises Expired if the time is not after ``now``."""
        found = epoch_ms(self.date) or 0
        if found <= now:
            raise Expired("the fire once date has expired")
        return found

    def config(self) -> dict[str, Any]:
        return _without_none({"date": self.date, "deleteAfterFire": self.delete_after})


@dataclass(frozen=True)
class Interval:
    """A schedule that is due at ``start`` and every ``minutes`` after that.

    A restart does not shift the times.
    """

    LAST: ClassVar[str] = "Automatically disabled after firing last scheduled interval trigger"

    minutes: int
    start: DateValue
    stop: DateValue | None = None

    def due(self, now: int) -> int:
        """Return the first time after ``now``, both in epoch ms. Raises Expired after ``stop``."""
        start, step = epoch_ms(self.start) or 0, self.minutes * _MINUTE_MS
        found = start if start > now else start + ((now - start) // step + 1) * step
        return _check_stop(self.stop, now, found)

    def due_after_set_back(self, due: int, now: int) -> int:
        """Return the first time after ``now``, which is earlier than before; all in epoch ms.

        ``due`` is the time that was computed before. A schedule that has begun continues, although
        its start may now be in the future.
        """
        step = self.minutes * _MINUTE_MS
        begun = due > (epoch_ms(self.start) or 0)
        return due - (due - now - 1) // step * step if begun else due

    def config(self) -> dict[str, Any]:
        return _without_none(
            {"startDate": self.start, "stopDate": self.stop, "minutes": self.minutes}
        )


@dataclass(frozen=True)
class Cron:
    """A schedule that is due when a cron pattern matches.

    ``second``: the second of the minute at which a five-field pattern fires. None, if ``strict`` is
    missing, means second 0.
    """

    LAST: ClassVar[str] = "Automatically disabled after firing last scheduled cron trigger"

    cron: str
    timezone: str | None = None
    second: int | None = None
    start: DateValue | None = None
    stop: DateValue | None = None

    def due(self, now: int) -> int:
        """Return the first time after ``now`` and not before ``start``, in epoch ms.

        Raises Expired after ``stop``, InvalidPattern and UnknownTimezone.
        """
        after = now
        if self.start is not None:
            # Begin the search one millisecond earlier, because the start itself may match.
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
    """Create a schedule from the JSON that ``config`` returns and the stored ``second``."""
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
