"""What runs used and what of it is charged, one sum for each day and memory limit."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta

from jupyter_faas.playground.usage import UsageFilter, use_where, used_mb

_DAY_MS = 86_400_000
_MINUTE_MS = 60_000
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class DailyFilter:
    """``step_ms`` and ``minimum_ms``: how a provider rounds the duration of each run.
    ``utc_offset``: minutes east of UTC of whoever's days they are."""

    where: UsageFilter
    step_ms: int = 1
    minimum_ms: int = 0
    utc_offset: int = 0


# The day, memory, how many runs, billed ms, charged MB times billed ms.
DailyRow = tuple[str, int, int, int, int]


def daily(connection: sqlite3.Connection, asked: DailyFilter) -> list[DailyRow]:
    """The earliest day first. Of sequences and compositions as a whole nothing is charged: their
    memory is 0, and their MB times ms."""
    conditions, values = use_where(asked.where)
    step, least = asked.step_ms, asked.minimum_ms
    # A day more, so that the division rounds down before 1970 too.
    day = f"(start + {asked.utc_offset * _MINUTE_MS + _DAY_MS:d}) / {_DAY_MS:d} - 1"
    billed = f"max({least:d}, (duration + {step - 1:d}) / {step:d} * {step:d})"
    charged = f"CASE memory WHEN 0 THEN 0 ELSE {used_mb(asked.where) or 'memory'} END"
    rows = connection.execute(
        f"SELECT {day}, memory, count(*), sum({billed}), sum({charged} * {billed}) "  # noqa: S608 - numbers of ours
        f"FROM activations INDEXED BY activations_by_use WHERE {conditions} "
        "GROUP BY 1, 2 ORDER BY 1, 2",
        values,
    )
    return [(_date(number), *sums) for number, *sums in rows]


def _date(number: int) -> str:
    return (_EPOCH + timedelta(days=number)).isoformat()
