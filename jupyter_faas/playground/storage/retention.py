"""Retention: delete the oldest activation records beyond a count, an age or a size.

Their usage stays in the sums (``usage_rollups``). Blocking; for the thread that writes.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from jupyter_faas.playground.storage.filters import TOP_LEVEL
from jupyter_faas.playground.storage.usage_buckets import DAY_MS
from jupyter_faas.playground.storage.usage_rollups import CountedRow, count_rows, number, set_number

# One step deletes so much at most: the thread that writes is busy meanwhile.
STEP = 200
STEP_BYTES = 4 * 1024 * 1024

# The file shrinks when its free pages are more than this fraction of it, and more than so many.
_FREE_FRACTION = 4
_FREE_PAGES = 4096
_PAGES_AT_ONCE = 200


@dataclass(frozen=True)
class Retention:
    """Which records are kept; 0: no bound. ``megabytes``: about their size on disk with indexes."""

    activations: int = 1_000_000
    days: float = 90
    megabytes: int = 4096


def purge(connection: sqlite3.Connection, keep: Retention, now_ms: int) -> int:
    """Delete some of the oldest records that are not kept, in one step; return how many.

    Only records that are in the sums are deleted.
    """
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        rows = _surplus(connection, keep) or _aged(connection, keep, now_ms)
        if rows:
            _delete(connection, rows)
    return len(rows)


def _surplus(connection: sqlite3.Connection, keep: Retention) -> list[CountedRow]:
    """Return the records written first, if there are too many or they take too much room."""
    many = number(connection, "kept") - keep.activations if keep.activations else 0
    size = number(connection, "kept_bytes") - keep.megabytes * 2**20 if keep.megabytes else 0
    if many <= 0 and size <= 0:
        return []
    most = min(STEP, many) if many > 0 else STEP
    rows = _rows(connection, "TRUE ORDER BY rowid LIMIT ?", most)
    if many > 0:
        return rows
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
    for (namespace,) in connection.execute(
        "SELECT DISTINCT namespace FROM tallies WHERE level=2"
    ).fetchall():
        condition = "namespace=? AND start<? ORDER BY start LIMIT ?"
        if rows := _rows(connection, condition, namespace, before, STEP):
            return rows
    return []


def _rows(connection: sqlite3.Connection, condition: str, *values: object) -> list[CountedRow]:
    """Return records that are in the sums, as many as one step deletes; at least one."""
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
    since = max(row[3] for row in rows) + 1
    set_number(connection, "records_since", max(since, number(connection, "records_since")))
    # SQLite reuses the number of the last row once it is deleted.
    (last,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM activations").fetchone()
    set_number(connection, "summed", min(last, number(connection, "summed")))


def shrink(connection: sqlite3.Connection) -> bool:
    """Return some free pages to the disk if there are many; whether more are left.

    A file of an earlier version, without incremental vacuum, keeps its pages for later records.
    """
    (mode,) = connection.execute("PRAGMA auto_vacuum").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    if mode != _INCREMENTAL or free <= max(_FREE_PAGES, pages // _FREE_FRACTION):
        return False
    # It returns a row for each page, and ``execute`` alone would stop at the first.
    connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
    return True


_INCREMENTAL = 2
