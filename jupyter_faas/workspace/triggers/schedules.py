"""Schedules: parse --every, --cron and --timezone, convert to a feed, describe as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import InputError

if TYPE_CHECKING:
    from jupyter_faas.client import Feed

# This annotation of a trigger has the schedule. Without the annotation, only the feed action could
# return the schedule.
SCHEDULE = "faas-schedule"

_EVERY = re.compile(r"([0-9]+)\s*(s|m|h|d|)", re.ASCII)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
# The limit is a year, because longer intervals are most likely a mistake.
_LONGEST_S = 366 * 86_400

_FIELDS = ("minute", "hour", "day-of-month", "month", "day-of-week")
_CRON_HINT = (
    'A pattern has five fields: minute, hour, day of the month, month, day of the week. "0 9 '
    '* * 1-5" means 09:00 on weekdays. In a pattern with six fields, the first field is for '
    "seconds."
)


@dataclass(frozen=True)
class Schedule:
    """A schedule: every ``every_s`` seconds, or at the times of a ``cron`` pattern.

    ``timezone`` is the time zone of the pattern. None means UTC.
    """

    every_s: int | None = None
    cron: str | None = None
    timezone: str | None = None

    @property
    def words(self) -> str:
        """The schedule as text, such as ``every 5 minutes`` or ``at 03:00 every day (UTC)``."""
        if self.every_s is not None:
            return f"every {_span(self.every_s)}"
        return f"{_explained(self.cron or '')} ({self.timezone or 'UTC'})"

    @property
    def finer_than_minutes(self) -> bool:
        """Whether the trigger may fire more than once a minute, which many hosts do not allow."""
        if self.every_s is not None:
            return self.every_s < 60
        return len((self.cron or "").split()) == 6

    def feed(self) -> Feed:
        """Return the feed of OpenWhisk's alarms package for this schedule."""
        from jupyter_faas.client import ALARM, INTERVAL, Feed

        if self.every_s is None:
            zone = {"timezone": self.timezone} if self.timezone else {}
            return Feed(ALARM, {"cron": self.cron, **zone})
        if self.every_s < 60:
            # The interval feed counts in whole minutes, so a shorter interval becomes a cron
            # pattern with seconds.
            return Feed(ALARM, {"cron": f"*/{self.every_s} * * * * *"})
        return Feed(INTERVAL, {"minutes": self.every_s // 60})

    def to_json(self) -> dict[str, Any]:
        return {"every_s": self.every_s, "cron": self.cron, "timezone": self.timezone}


def read_schedule(annotation: object) -> Schedule | None:
    """Return the schedule from an annotation that ``to_json`` wrote, or None if it is invalid."""
    if not isinstance(annotation, Mapping):
        return None
    every_s, cron = annotation.get("every_s"), annotation.get("cron")
    if isinstance(every_s, int) and not isinstance(every_s, bool) and every_s > 0:
        return Schedule(every_s=every_s)
    zone = annotation.get("timezone")
    if isinstance(cron, str) and cron:
        return Schedule(cron=cron, timezone=zone if isinstance(zone, str) else None)
    return None


def parse_schedule(
    every: str | None, cron: str | None, timezone_name: str | None
) -> Schedule | None:
    """Return the schedule for the values of ``--every``, ``--cron`` and ``--timezone``.

    Returns None if all values are None. Raises InputError for invalid values or combinations. For a
    cron pattern, the hint marks the invalid field.
    """
    if every is not None and cron is not None:
        raise InputError(
            "--every and --cron cannot be combined.",
            hint="Leave --cron out, or --every. For two schedules, create two triggers.",
        )
    if timezone_name is not None and cron is None:
        raise InputError(
            "--timezone can be used only with --cron.",
            hint=f"Leave --timezone out, or write the schedule as a pattern. {_CRON_HINT}",
        )
    if every is not None:
        return Schedule(every_s=_seconds(every))
    if cron is None:
        return None
    check_cron(cron)
    if timezone_name is not None:
        _check_timezone(timezone_name)
    return Schedule(cron=" ".join(cron.split()), timezone=timezone_name)


def check_cron(pattern: str) -> None:
    """Raise InputError for a pattern that is invalid or never fires, such as on 30 February.

    The hint marks the invalid field.
    """
    from cronsim import CronSim, CronSimError

    try:
        next(CronSim(pattern, datetime.now(timezone.utc)))
    except StopIteration:
        raise InputError(f"{pattern!r} never matches.", hint=_CRON_HINT) from None
    # cronsim does not check extreme numbers itself, and raises the other errors for them.
    except (CronSimError, ValueError, OverflowError, AssertionError) as error:
        raise _no_pattern(pattern, str(error)) from None


def _no_pattern(pattern: str, reason: str) -> InputError:
    """Return the error for an invalid pattern.

    ``reason`` is cronsim's message, which may name the field (``Bad hour``).
    """
    fields = pattern.split()
    if len(fields) not in (5, 6):
        count = f"{len(fields)} field{'' if len(fields) == 1 else 's'}"
        return InputError(f"{pattern!r} is not a cron pattern: it has {count}.", hint=_CRON_HINT)
    names = _FIELDS if len(fields) == 5 else ("second", *_FIELDS)
    bad = reason.removeprefix("Bad ")
    if bad not in names:
        return InputError(f"{pattern!r} is not a cron pattern.", hint=_CRON_HINT)
    number = names.index(bad)
    line = " ".join(fields)
    before = len(" ".join(fields[:number])) + bool(number)
    mark = " " * before + "^" * len(fields[number])
    what = bad.replace("-of-", " of the ")
    return InputError(
        f"{pattern!r} is not a cron pattern: {fields[number]!r} is not a valid {what}.",
        hint=f"    {line}\n    {mark}\n{_CRON_HINT}",
    )


def _check_timezone(name: str) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    # ZoneInfo raises OSError for a directory and ValueError for a path outside its database.
    except (KeyError, ValueError, OSError):
        raise InputError(
            f"Unknown time zone {name!r}.",
            hint="Use a name such as Europe/Amsterdam or America/New_York. The default is UTC.",
        ) from None


def _seconds(text: str) -> int:
    match = _EVERY.fullmatch(text.strip())
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
    if not 0 < seconds <= _LONGEST_S:
        raise InputError(
            f"--every {text} is not a valid interval.",
            hint="For example: 5m, 2h or 1d. Some hosts also allow seconds, such as 30s.",
        )
    if seconds % 60 and (seconds > 60 or 60 % seconds):
        raise InputError(
            f"--every {text}: an interval must be a whole number of minutes, or a number of "
            "seconds that divides a minute evenly.",
            hint="For example: --every 1m, --every 2m, --every 10s or --every 30s",
        )
    return seconds


def _span(seconds: int) -> str:
    size, word = next(each for each in _UNITS if seconds % each[0] == 0)
    count = seconds // size
    return word if count == 1 else f"{count} {word}s"


def _explained(cron: str) -> str:
    from cronsim import CronSim, CronSimError

    try:
        words: str = CronSim(cron, datetime.now(timezone.utc)).explain()
    except (CronSimError, ValueError, AssertionError):
        # Another tool may have set a pattern that the host supports but cronsim does not.
        return f"cron {cron}"
    return words[:1].lower() + words[1:]
