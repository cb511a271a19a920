"""Cron patterns: whether they are ones, and when they come true next. Pure."""

from __future__ import annotations

from datetime import datetime, timezone, tzinfo
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

# Longer than any that somebody writes, and short enough to be looked at in no time.
_MAX_LENGTH = 1000


class NoPattern(ValueError):
    """Raised when a text is no cron pattern, or one that never comes true."""


class NoTimezone(ValueError):
    """Raised when a text names no timezone."""


def field_count(pattern: str) -> int:
    """5, or 6 when the first is seconds."""
    return len(pattern.split())


def next_time(pattern: str, timezone_name: str | None, after: int) -> int:
    """The first time after ``after`` (both epoch ms). Raises NoPattern, NoTimezone."""
    if len(pattern) > _MAX_LENGTH:
        raise NoPattern(pattern)
    moment = datetime.fromtimestamp(after // 1000, _zone(timezone_name))
    try:
        found = next(CronSim(pattern, moment))
    # Besides its own, the library lets some that it did not expect through.
    except (CronSimError, StopIteration, ValueError, OverflowError, AssertionError) as error:
        raise NoPattern(pattern) from error
    return int(found.timestamp()) * 1000


def _zone(name: str | None) -> tzinfo:
    if name is None:
        return timezone.utc
    try:
        return ZoneInfo(name)
    # A name may turn out to be a folder, or to lead out of the database of zones.
    except (KeyError, ValueError, OSError) as error:
        raise NoTimezone(name) from error
