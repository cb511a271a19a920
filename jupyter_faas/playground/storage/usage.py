"""The usage of each run, as columns of the table ``activations``: memory, cold, duration, peak.

One index holds these columns, so a million records are summed without reading their documents.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from jupyter_faas.whisk import Activation
from jupyter_faas.whisk.entities import SEQUENCE

_COLUMNS = ("memory", "cold", "duration", "peak")
# It has every column that ``runs_between`` needs, so that query reads only the index.
INDEX = """
CREATE INDEX activations_by_use ON activations
  (namespace, start, entity, memory, cold, duration, peak) WHERE memory IS NOT NULL;
"""

# The migration must not hold a million summaries in memory.
_AT_ONCE = 10_000


@dataclass(frozen=True)
class RunUsage:
    """What a run used: ``memory`` (its limit) and ``peak`` in MB, ``duration`` in ms.

    ``memory`` is 0 for sequences and compositions as a whole. It is None for records without a
    duration, such as those of triggers.
    """

    memory: int | None = None
    cold: bool | None = None
    duration: int | None = None
    peak: int | None = None


def usage_of(activation: Activation) -> RunUsage:
    """Return the usage of a run; all fields are None without a duration or a memory limit."""
    duration, memory = activation.duration, activation.memory_mb
    if duration is None or duration < 0:
        return RunUsage()
    # Its components have their own records; charging the whole run too would count them twice.
    if activation.kind == SEQUENCE:
        return RunUsage(0, False, duration)
    if not memory:
        return RunUsage()
    return RunUsage(memory, activation.cold, duration, activation.peak_mb)


def add_columns(connection: sqlite3.Connection) -> None:
    """Add the columns to a file of format 2, and fill them, in the caller's transaction."""
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
    """Which runs to sum; ``since`` and ``upto`` bound the start (epoch ms, inclusive).

    ``step_mb`` and ``minimum_mb``: how a provider rounds up the memory that a run used. With step
    0, used memory is not summed.
    """

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
    """Yield entity, memory, cold (0 or 1), duration, peak, number of runs, and the latest start.

    This reads the records themselves, up to the row ``last_row``. ``since`` and ``upto`` replace
    the period of ``where``.
    """
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
