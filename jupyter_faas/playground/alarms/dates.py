"""Dates as the feeds take them: epoch ms, or ISO 8601 as JavaScript's ``Date`` reads it. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

# Kept as it was given, since READ shows it so.
GivenDate = int | float | str

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
            tzinfo=_zone(part["zone"]),
        )
    except ValueError:
        return None
    milliseconds = int((moment - _EPOCH) / timedelta(milliseconds=1))
    return milliseconds if 0 <= milliseconds < _LAST_MS else None


def _zone(text: str | None) -> timezone:
    """Raises ValueError when it is a day or more away."""
    if text is None or text in "Zz":
        return timezone.utc
    away = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-away if text[0] == "-" else away)


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
