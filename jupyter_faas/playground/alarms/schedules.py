"""When an alarm is due: once, at an interval, or as a cron pattern says. Pure.

The words of ``Expired`` and ``LAST`` are OpenWhisk's; they end up in an alarm's status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from jupyter_faas.playground.alarms.cron import NoPattern, field_count, next_time
from jupyter_faas.playground.alarms.dates import GivenDate, epoch_ms

_MINUTE_MS = 60_000

STOPPED = "the stop date has expired"
AFTER_STOP = "the next scheduled trigger fire is after the stop date"


class Expired(Exception):
    """Raised when a schedule will not be due any more; its text is the reason."""


@dataclass(frozen=True)
class Once:
    """``delete_after``: ``true`` deletes the trigger when it has fired, ``rules`` those too."""

    LAST: ClassVar[str] = "Automatically disabled after firing once"

    date: GivenDate
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
    start: GivenDate
    stop: GivenDate | None = None

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
    start: GivenDate | None = None
    stop: GivenDate | None = None

    def due(self, now: int) -> int:
        """The first after ``now`` and not before the start; epoch ms.

        Raises Expired, NoPattern, NoTimezone.
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


def _before(stop: GivenDate | None, now: int, found: int) -> int:
    if stop is not None:
        stop_ms = epoch_ms(stop) or 0
        if stop_ms <= now:
            raise Expired(STOPPED)
        if found > stop_ms:
            raise Expired(AFTER_STOP)
    return found


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


__all__ = ["Cron", "Expired", "Interval", "NoPattern", "Once", "Schedule", "read_schedule"]
