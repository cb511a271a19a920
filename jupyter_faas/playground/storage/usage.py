"""The usage of each run in the table ``activations``: memory limit, cold start, duration and peak.

An index contains these columns, so a million records are summed without reading their documents.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

import orjson

from jupyter_faas.whisk import Activation
from jupyter_faas.whisk.entities import SEQUENCE

_COLUMNS = ("memory", "cold", "duration", "peak")
# The index has every column that ``runs_between`` needs, so that the query reads only the index.
INDEX = """
CREATE INDEX activations_by_use ON activations
  (namespace, start, entity, memory, cold, duration, peak) WHERE memory IS NOT NULL;
"""

# The migration works in batches, so that it does not keep a million summaries in memory.
_AT_ONCE = 10_000


class RunUsage(NamedTuple):
    """The usage of a run: memory limit and peak in MB, duration in ms.

    ``memory`` is 0 for a whole sequence or composition. ``cold`` is 0 for a warm start, 1 for a
    cold start, and 2 for a cold start that failed. All fields are None for records without a
    duration, such as those of triggers. ``peak`` is also None if it was not measured.
    """

    memory: int | None = None
    cold: int | None = None
    duration: int | None = None
    peak: int | None = None


def usage_of(activation: Activation) -> RunUsage:
    """Return the usage of a run; all fields are None if it has no duration or memory limit."""
    duration, memory = activation.duration, activation.memory_mb
    if duration is None or duration < 0:
        return RunUsage()
    # The components of a sequence have their own records. Charging the whole run too would count
    # their usage twice.
    if activation.kind == SEQUENCE:
        # The record's duration is the sum of the components. Everybody else shows the time from
        # start to end, with the waiting between them.
        whole = duration if activation.end is None else activation.end - activation.start
        return RunUsage(0, 0, max(0, whole))
    if not memory:
        return RunUsage()
    return RunUsage(memory, activation.cold_start, duration, activation.peak_mb)


def add_columns(connection: sqlite3.Connection) -> None:
    """Add the usage columns to a file of format 2 and fill them, in the caller's transaction."""
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


class UsageFilter(NamedTuple):
    """A selection of runs whose usage is summed.

    ``since``, ``upto``: bounds of the start (epoch ms, inclusive).
    ``step_mb``, ``minimum_mb``: how a provider rounds up the memory that a run used. If ``step_mb``
    is 0, the used memory is not summed.
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
    """Yield a row per group of equal runs.

    Its columns are entity, memory, cold (see RunUsage), duration, peak, number of runs, latest
    start.

    The values are read from the records themselves, up to the row ``last_row``. ``since`` and
    ``upto`` replace the period of ``where``.
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
