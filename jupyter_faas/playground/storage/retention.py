"""Retention of activation records: limits for number, age and size, and deletion beyond them.

The usage of deleted records remains in the rollups. All calls block; make them in the writer
thread.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from jupyter_faas.playground.storage.filters import TOP_LEVEL
from jupyter_faas.playground.storage.usage_buckets import DAY_MS
from jupyter_faas.playground.storage.usage_rollups import CountedRow, count_rows, number, set_number

# The maximum number of records and bytes that one step deletes. New records wait during a step,
# because it occupies the writer thread.
STEP = 200
STEP_BYTES = 4 * 1024 * 1024

# The file shrinks only when more than a quarter of its pages and more than 4096 pages are free,
# because new records would soon need fewer free pages again.
_FREE_FRACTION = 4
_FREE_PAGES = 4096
_PAGES_AT_ONCE = 200


class Retention(NamedTuple):
    """Limits for the activation records that are kept; 0 means no limit.

    ``megabytes`` limits their approximate size on disk, including indexes.
    """

    activations: int = 1_000_000
    days: float = 90
    megabytes: int = 4096


def purge(connection: sqlite3.Connection, keep: Retention, now_ms: int) -> int:
    """Delete up to STEP of the oldest records that exceed ``keep`` and return their number.

    Only records that are already in the rollups are deleted, so that no usage is lost.
    """
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        rows = _surplus(connection, keep) or _aged(connection, keep, now_ms)
        if rows:
            _delete(connection, rows)
    return len(rows)


def _surplus(connection: sqlite3.Connection, keep: Retention) -> list[CountedRow]:
    """Return the records that were written first, if the count or the size exceeds its limit."""
    many = number(connection, "kept") - keep.activations if keep.activations else 0
    size = number(connection, "kept_bytes") - keep.megabytes * 2**20 if keep.megabytes else 0
    if many <= 0 and size <= 0:
        return []
    most = min(STEP, many) if many > 0 else STEP
    rows = _rows(connection, "TRUE ORDER BY rowid LIMIT ?", most)
    if many > 0:
        return rows
    # Return only as many records as are needed to reduce the size to its limit.
    freed = 0
    for index, row in enumerate(rows, start=1):
        freed += row[-1]
        if freed >= size:
            return rows[:index]
    return rows


def _aged(connection: sqlite3.Connection, keep: Retention, now_ms: int) -> list[CountedRow]:
    if not keep.days:
        return []
    before = int(now_ms - keep.days * DAY_MS)
    # A query for each namespace can use the index on namespace and start. The namespaces are read
    # from the largest cells of ``tallies``, which are only a few rows.
    for (namespace,) in connection.execute(
        "SELECT DISTINCT namespace FROM tallies WHERE level=2"
    ).fetchall():
        condition = "namespace=? AND start<? ORDER BY start LIMIT ?"
        if rows := _rows(connection, condition, namespace, before, STEP):
            return rows
    return []


def _rows(connection: sqlite3.Connection, condition: str, *values: object) -> list[CountedRow]:
    """Return matching records that are in the rollups, of about STEP_BYTES in total.

    At least one record is returned if any matches.
    """
    rows: list[CountedRow] = []
    size = 0
    for row in connection.execute(
        f"SELECT rowid, namespace, entity, start, {TOP_LEVEL}, length(summary) + length(doc) "  # noqa: S608 - ours
        f"FROM activations WHERE rowid<=? AND {condition}",
        (number(connection, "summed"), *values),
    ):
        rows.append(row)
        size += row[-1]
        if size > STEP_BYTES:
            break
    return rows


def _delete(connection: sqlite3.Connection, rows: list[CountedRow]) -> None:
    count_rows(connection, rows, -1)
    numbers = [(row[0],) for row in rows]
    connection.executemany(
        "DELETE FROM graph_of WHERE activation=(SELECT id FROM activations WHERE rowid=?)", numbers
    )
    connection.executemany("DELETE FROM activations WHERE rowid=?", numbers)
    # From this start time on, all records exist. For earlier times, only the rollups are complete.
    since = max(row[3] for row in rows) + 1
    set_number(connection, "records_since", max(since, number(connection, "records_since")))
    # SQLite reuses the rowid of the last row once that row is deleted. Without this correction, a
    # new record with that rowid would count as already summed.
    (last,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM activations").fetchone()
    set_number(connection, "summed", min(last, number(connection, "summed")))


def shrink(connection: sqlite3.Connection) -> bool:
    """Release some free pages if there are many; return whether to call ``shrink`` again.

    A file of an earlier version does not support incremental vacuum, so it keeps its free pages for
    later records.
    """
    (mode,) = connection.execute("PRAGMA auto_vacuum").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    if mode != _INCREMENTAL or free <= max(_FREE_PAGES, pages // _FREE_FRACTION):
        return False
    # The pragma frees one page for each row that is fetched. ``execute`` would fetch only the first
    # row.
    connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
    return True


# ``PRAGMA auto_vacuum`` returns this number for the mode INCREMENTAL.
_INCREMENTAL = 2
