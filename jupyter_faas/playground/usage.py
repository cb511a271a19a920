"""What runs used, in columns of their own: a million records are added up without reading them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from jupyter_faas.whisk import Activation
from jupyter_faas.whisk.entities import SEQUENCE

_COLUMNS = ("memory", "cold", "duration", "peak")
# All that the sums need, in their order: nothing is sorted, and no record is read.
INDEX = """
CREATE INDEX activations_by_use ON activations
  (namespace, entity, memory, cold, duration, start, peak) WHERE memory IS NOT NULL;
"""

_AT_ONCE = 10_000


@dataclass(frozen=True)
class RunUse:
    """``memory`` and ``peak`` are MB, ``duration`` is ms. ``memory`` is 0 for sequences and
    compositions as a whole, and None for what has no duration, such as triggers."""

    memory: int | None = None
    cold: bool | None = None
    duration: int | None = None
    peak: int | None = None


def use_of(activation: Activation) -> RunUse:
    duration, memory = activation.duration, activation.memory_mb
    if duration is None or duration < 0:
        return RunUse()
    if activation.kind == SEQUENCE:
        return RunUse(0, False, duration)
    if not memory:
        return RunUse()
    return RunUse(memory, activation.cold, duration, activation.peak_mb)


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
        use = use_of(Activation.from_json(orjson.loads(summary)))
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


UsageRow = tuple[str, int, int, int, int, int, int, "int | None", int]


def usage(connection: sqlite3.Connection, where: UsageFilter) -> list[UsageRow]:
    """Runs that are alike: entity, memory, cold (0 or 1), duration, how many, start of the latest,
    how many were measured, their largest peak, and the sum of the memory that would be charged of
    what was used (the limit of those that were not measured)."""
    conditions, values = use_where(where)
    return connection.execute(
        "SELECT entity, memory, cold, duration, count(*), max(start), count(peak), max(peak), "  # noqa: S608 - numbers of ours
        f"sum({used_mb(where) or 0}) FROM activations INDEXED BY activations_by_use "
        f"WHERE {conditions} GROUP BY entity, memory, cold, duration",
        values,
    ).fetchall()


def use_where(where: UsageFilter) -> tuple[str, list[object]]:
    """The condition in SQL that fits the index, and its values."""
    conditions = ["namespace = ?", "memory IS NOT NULL"]
    values: list[object] = [where.namespace]
    for condition, value in (
        ("entity = ?", where.entity),
        ("start >= ?", where.since),
        ("start <= ?", where.upto),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    return " AND ".join(conditions), values


def used_mb(where: UsageFilter) -> str | None:
    """In SQL, the memory that is charged of what a run used; None where it is not asked for."""
    step, least = where.step_mb, where.minimum_mb
    if not step:
        return None
    return f"max({least:d}, (coalesce(peak, memory) + {step - 1:d}) / {step:d} * {step:d})"
