"""What runs used, in columns of their own: a million records are added up without reading them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from jupyter_faas.whisk import Activation
from jupyter_faas.whisk.entities import SEQUENCE

_COLUMNS = ("memory", "cold", "duration", "peak")
# All that there is to know of the runs of a part of an hour, so that no record is read.
INDEX = """
CREATE INDEX activations_by_use ON activations
  (namespace, start, entity, memory, cold, duration, peak) WHERE memory IS NOT NULL;
"""

_AT_ONCE = 10_000


@dataclass(frozen=True)
class RunUsage:
    """``memory`` and ``peak`` are MB, ``duration`` is ms. ``memory`` is 0 for sequences and
    compositions as a whole, and None for what has no duration, such as triggers."""

    memory: int | None = None
    cold: bool | None = None
    duration: int | None = None
    peak: int | None = None


def usage_of(activation: Activation) -> RunUsage:
    duration, memory = activation.duration, activation.memory_mb
    if duration is None or duration < 0:
        return RunUsage()
    if activation.kind == SEQUENCE:
        return RunUsage(0, False, duration)
    if not memory:
        return RunUsage()
    return RunUsage(memory, activation.cold, duration, activation.peak_mb)


def add_columns(connection: sqlite3.Connection) -> None:
    """Give an older file's records their columns. In a transaction of the caller's."""
    for column in _COLUMNS:
        connection.execute(f"ALTER TABLE activations ADD COLUMN {column} INTEGER")
    last = -1
    while rows := connection.execute(
        "SELECT rowid, summary FROM activations WHERE rowid > ? ORDER BY rowid LIMIT ?",
        (last, _AT_ONCE),
    ).fetchall():
        last = rows[-1][0]
        connection.executemany(
            "UPDATE activations SET memory=?, cold=?, duration=?, peak=? WHERE rowid=?",
            _filled(rows),
        )


def _filled(rows: list[tuple[int, bytes]]) -> Iterator[tuple[object, ...]]:
    for row, summary in rows:
        use = usage_of(Activation.from_json(orjson.loads(summary)))
        yield use.memory, use.cold, use.duration, use.peak, row


@dataclass(frozen=True)
class UsageFilter:
    """Times are epoch ms, inclusive, of the start. ``step_mb`` and ``minimum_mb``: how a provider
    rounds memory that was used, for the sum of it; it is 0 without a step."""

    namespace: str
    entity: str | None = None
    since: int | None = None
    upto: int | None = None
    step_mb: int = 0
    minimum_mb: int = 0


def runs_between(
    connection: sqlite3.Connection,
    where: UsageFilter,
    since: int,
    upto: int,
    last_row: int,
) -> Iterator[tuple[str, int, int, int, int | None, int, int]]:
    """From the records themselves, those up to the row ``last_row``: entity, memory, cold (0 or
    1), duration, peak, how many, start of the latest. Only the times of ``where`` do not count."""
    condition, values = "", []
    if where.entity is not None:
        condition, values = "AND entity=?", [where.entity]
    yield from connection.execute(
        "SELECT entity, memory, cold, duration, peak, count(*), max(start) "  # noqa: S608 - ours
        "FROM activations INDEXED BY activations_by_use "
        "WHERE namespace=? AND start BETWEEN ? AND ? AND memory IS NOT NULL AND rowid<=? "
        f"{condition} GROUP BY 1, 2, 3, 4, 5",
        (where.namespace, since, upto, last_row, *values),
    )
