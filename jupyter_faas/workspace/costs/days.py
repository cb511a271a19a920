"""Period: the period of a cost report, with its days and the basis for monthly extrapolation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from jupyter_faas.errors import InputError

if TYPE_CHECKING:
    from jupyter_faas.cost import Day, DayUsage, PriceList
    from jupyter_faas.workspace.costs.report import Seen


# A period that starts at this time (epoch ms) or earlier covers all activations.
ALL_TIME = 0
# The maximum number of days in a report, which is the length of the longest month.
MOST_DAYS = 31
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Period:
    """The period from ``since`` to ``until`` (epoch ms).

    Days begin at midnight in a time zone that is ``utc_offset`` minutes east of UTC.
    """

    since: int
    until: int
    utc_offset: int

    @property
    def days_since(self) -> int:
        """The time (epoch ms) from which usage per day is needed.

        If the period covers all time, all days are needed, because extrapolation starts at the
        first day.
        """
        from jupyter_faas.cost import begin_of

        if self.since <= ALL_TIME:
            return self.since
        return max(self.since, begin_of(self._first(), self.utc_offset))

    def days(self, uses: Sequence[DayUsage] | None, prices: PriceList) -> tuple[Day, ...]:
        """Return the latest days of the period, or () if the usage per day is unknown.

        If the period covers all time, it begins on the first day with an activation.
        """
        from jupyter_faas.cost import day_of, each_day

        if uses is None or (self.since <= ALL_TIME and not uses):
            return ()
        first = self._first()
        if self.since <= ALL_TIME:
            first = max(first, _earliest(uses))
        return tuple(each_day(uses, prices, first, day_of(self.until, self.utc_offset)))

    def pace_since(self, uses: Sequence[DayUsage] | None, seen: Seen) -> int | None:
        """Return the time (epoch ms) from which costs are extrapolated, or None if unknown.

        All activations from this time on were counted.
        """
        from jupyter_faas.cost import begin_of

        if seen.begin is not None:
            # The time span must not be empty, because costs are divided by it.
            return min(seen.begin, self.until - 1)
        if self.since > ALL_TIME:
            return self.since
        if not uses:
            return None
        # Less than a day is too short to extrapolate to a month.
        return min(begin_of(_earliest(uses), self.utc_offset), self.until - _DAY_MS)

    def _first(self) -> date:
        from jupyter_faas.cost import day_of

        oldest = day_of(self.until, self.utc_offset) - timedelta(days=MOST_DAYS - 1)
        return max(oldest, day_of(self.since, self.utc_offset))


def _earliest(uses: Sequence[DayUsage]) -> date:
    return date.fromisoformat(min(use.day for use in uses))


# The largest accepted UTC offset in minutes. Time zones range from 12 hours behind UTC to 14 hours
# ahead of UTC. The larger bound is used in both directions.
FARTHEST = 14 * 60


def utc_offset_here(now_ms: int) -> int:
    """Return the UTC offset of this machine in minutes at ``now_ms`` (epoch ms)."""
    offset = datetime.fromtimestamp(now_ms / 1000).astimezone().utcoffset()
    return 0 if offset is None else int(offset.total_seconds()) // 60


def read_utc_offset(words: str) -> int:
    """Parse minutes east of UTC, such as ``60`` or ``-300``. Return 0 for an empty string.

    Raises InputError if the text is not a number or the offset is out of range.
    """
    digits = words.removeprefix("-")
    if words and not (digits.isascii() and digits.isdigit() and int(digits) <= FARTHEST):
        raise InputError(
            f"utc_offset must be a number of minutes east of UTC, from {-FARTHEST} to {FARTHEST}, "
            f"not {words!r}."
        )
    return int(words or "0")
