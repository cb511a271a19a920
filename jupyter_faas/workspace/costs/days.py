"""The days of a period, and from when on it has a pace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from jupyter_faas.errors import InputError

if TYPE_CHECKING:
    from jupyter_faas.cost import Day, DayUsage, PriceList
    from jupyter_faas.workspace.costs.report import Seen


# Who asks from then on, or earlier, asks for all that there is.
ALL_TIME = 0
MOST_DAYS = 31
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Stretch:
    """From ``since`` to ``until`` (epoch ms), in days of ``utc_offset`` minutes east of UTC."""

    since: int
    until: int
    utc_offset: int

    @property
    def days_since(self) -> int:
        """From when on days are to be known: all time has no pace without its first day."""
        from jupyter_faas.cost import begin_of

        if self.since <= ALL_TIME:
            return self.since
        return max(self.since, begin_of(self._first(), self.utc_offset))

    def days(self, uses: Sequence[DayUsage] | None, prices: PriceList) -> tuple[Day, ...]:
        """The newest days of the period; none where the target tells none.

        All time begins with the first day that has a run.
        """
        from jupyter_faas.cost import day_of, each_day

        if uses is None or (self.since <= ALL_TIME and not uses):
            return ()
        first = self._first()
        if self.since <= ALL_TIME:
            first = max(first, _earliest(uses))
        return tuple(each_day(uses, prices, first, day_of(self.until, self.utc_offset)))

    def pace_since(self, uses: Sequence[DayUsage] | None, seen: Seen) -> int | None:
        """From when on what was seen is all that ran; None where nothing tells."""
        from jupyter_faas.cost import begin_of

        if seen.begin is not None:
            return min(seen.begin, self.until - 1)
        if self.since > ALL_TIME:
            return self.since
        if not uses:
            return None
        # An hour says nothing of a month, so it is a day at least.
        return min(begin_of(_earliest(uses), self.utc_offset), self.until - _DAY_MS)

    def _first(self) -> date:
        from jupyter_faas.cost import day_of

        oldest = day_of(self.until, self.utc_offset) - timedelta(days=MOST_DAYS - 1)
        return max(oldest, day_of(self.since, self.utc_offset))


def _earliest(uses: Sequence[DayUsage]) -> date:
    return date.fromisoformat(min(use.day for use in uses))


# -- Whose days are told: those of this machine's clock, or of the one a browser names.


# The line of dates has places 14 hours before and 12 behind UTC; both ways the larger.
FARTHEST = 14 * 60


def utc_offset_here(now_ms: int) -> int:
    """Minutes east of UTC of this machine at that moment (epoch ms)."""
    offset = datetime.fromtimestamp(now_ms / 1000).astimezone().utcoffset()
    return 0 if offset is None else int(offset.total_seconds()) // 60


def read_utc_offset(words: str) -> int:
    """``60`` or ``-300``: minutes east of UTC; 0 of nothing. InputError."""
    digits = words.removeprefix("-")
    if words and not (digits.isascii() and digits.isdigit() and int(digits) <= FARTHEST):
        raise InputError(
            f"utc_offset must be minutes east of UTC, {-FARTHEST} to {FARTHEST}, not {words!r}."
        )
    return int(words or "0")
