"""Daily usage: number of runs, billed time and charged memory of each day and memory limit."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from operator import mul
from typing import NamedTuple

from jupyter_faas.playground.storage.usage import UsageFilter
from jupyter_faas.playground.storage.usage_buckets import (
    DAY_MS,
    SPANS_MS,
    Coverage,
    Rounding,
    charged_mb,
    read_runs,
    read_uses,
)
from jupyter_faas.playground.storage.usage_rollups import coverage, histograms

_MINUTE_MS = 60_000
_EPOCH = date(1970, 1, 1)


class DailyFilter(NamedTuple):
    """A selection of runs whose usage is summed by day, and how to charge them.

    ``step_ms``, ``minimum_ms``: how a provider rounds up the duration of each run.
    ``utc_offset``: the offset of the time zone in which days begin, in minutes east of UTC.
    """

    where: UsageFilter
    step_ms: int = 1
    minimum_ms: int = 0
    utc_offset: int = 0


# Date (ISO 8601), memory limit (MB), number of runs, billed ms, and charged MB times billed ms.
DailyRow = tuple[str, int, int, int, int]


def daily(connection: sqlite3.Connection, request: DailyFilter) -> list[DailyRow]:
    """Return the usage of each day and memory limit, the earliest day first.

    Whole sequences and compositions are not charged, because their memory limit is 0.
    """
    offset_ms = request.utc_offset * _MINUTE_MS
    found: list[DailyRow] = []
    # Days are summed one by one, because a day in another time zone is not a cell of the table.
    for day in _days(coverage(connection, request.where), offset_ms):
        begin = day * DAY_MS - offset_ms
        since = begin if request.where.since is None else max(begin, request.where.since)
        end = begin + DAY_MS - 1
        upto = end if request.where.upto is None else min(end, request.where.upto)
        where = request.where._replace(since=since, upto=upto)
        sums = _summed(connection, request._replace(where=where))
        name = (_EPOCH + timedelta(days=day)).isoformat()
        for memory in sorted(sums):
            runs, billed_ms, mb_ms = sums[memory]
            found.append((name, memory, runs, billed_ms, mb_ms))
    return found


def _days(within: Coverage, offset_ms: int) -> list[int]:
    """Return the days that may have runs, as days since 1 January 1970."""
    times = [
        (cells.first * SPANS_MS[cells.level], (cells.last + 1) * SPANS_MS[cells.level] - 1)
        for cells in within.cells
    ]
    days: set[int] = set()
    for since, upto in (*times, *within.record_ranges):
        days.update(range((since + offset_ms) // DAY_MS, (upto + offset_ms) // DAY_MS + 1))
    return sorted(days)


def _summed(connection: sqlite3.Connection, request: DailyFilter) -> dict[int, list[int]]:
    """Return the number of runs, billed ms, and charged MB times billed ms of each memory limit."""
    where = request.where
    milliseconds = Rounding(request.step_ms, request.minimum_ms)
    megabytes = Rounding(where.step_mb, where.minimum_mb) if where.step_mb else None
    sums: dict[int, list[int]] = {}
    for _, memory, *_, blob in histograms(connection, where, coverage(connection, where)):
        one = sums.setdefault(memory, [0, 0, 0])
        # If the memory limit is charged, it is multiplied by the sum of the durations. If used
        # memory is charged, each run has its own product.
        if megabytes is None or not memory:
            uses = None if megabytes is None else read_uses(blob)
            durations, runs = read_runs(blob) if uses is None else (uses[0], uses[2])
            billed = milliseconds.total(durations, runs)
            charge = memory * billed
        else:
            uses = read_uses(blob)
            durations, runs = uses[0], uses[2]
            each = list(map(mul, map(milliseconds.of, durations), runs))
            billed = sum(each)
            charge = sum(map(mul, each, charged_mb(uses, memory, megabytes)))
        one[0] += sum(runs)
        one[1] += billed
        one[2] += charge
    return sums
