"""Retention: delete the oldest activation records beyond a count, an age or a size.

The usage of deleted records stays in ``usage_rollups``. All calls block; make them in the thread
that writes.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from jupyter_faas.playground.storage.filters import TOP_LEVEL
from jupyter_faas.playground.storage.usage_buckets import DAY_MS
from jupyter_faas.playground.storage.usage_rollups import CountedRow, count_rows, number, set_number

# The most that one step deletes, in records and in bytes. The thread that writes is busy meanwhile,
# and new records wait for it.
STEP = 200
STEP_BYTES = 4 * 1024 * 1024

# The file shrinks only when more than a quarter of its pages and more than 4096 pages are free:
# otherwise new records would soon need the pages again.
_FREE_FRACTION = 4
_FREE_PAGES = 4096
_PAGES_AT_ONCE = 200


@dataclass(frozen=True)
class Retention:
    """Bounds of the activation records that are kept; 0 means no bound.

    ``megabytes`` is about their size on disk, including indexes.
    """

    activations: int = 1_000_000
    days: float = 90
    megabytes: int = 4096


def purge(connection: sqlite3.Connection, keep: Retention, now_ms: int) -> int:
    """Delete in one step some of the oldest records beyond ``keep``; return how many.

    Only records that are already in the rollups are deleted; the usage of others would be lost.
    """
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        rows = _surplus(connection, keep) or _aged(connection, keep, now_ms)
        if rows:
            _delete(connection, rows)
    return len(rows)


def _surplus(connection: sqlite3.Connection, keep: Retention) -> list[CountedRow]:
    """Return the records written first, if there are too many or they take too much space."""
    many = number(connection, "kept") - keep.activations if keep.activations else 0
    size = number(connection, "kept_bytes") - keep.megabytes * 2**20 if keep.megabytes else 0
    if many <= 0 and size <= 0:
        return []
    most = min(STEP, many) if many > 0 else STEP
    rows = _rows(connection, "TRUE ORDER BY rowid LIMIT ?", most)
    if many > 0:
        return rows
    # Only as many as bring the size below its bound.
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
    # One query per namespace can use the index on namespace and start. The largest cells of
    # ``tallies`` are few rows from which to read the namespaces.
    for (namespace,) in connection.execute(
        "SELECT DISTINCT namespace FROM tallies WHERE level=2"
    ).fetchall():
        condition = "namespace=? AND start<? ORDER BY start LIMIT ?"
        if rows := _rows(connection, condition, namespace, before, STEP):
            return rows
    return []


def _rows(connection: sqlite3.Connection, condition: str, *values: object) -> list[CountedRow]:
    """Return records that are in the rollups, up to STEP_BYTES, but at least one if any matches."""
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
    # From this start on, the records are complete; before it only the rollups are.
    since = max(row[3] for row in rows) + 1
    set_number(connection, "records_since", max(since, number(connection, "records_since")))
    # SQLite reuses the number of the last row once that row is deleted. Without this, a new record
    # with that number would count as already summed.
    (last,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM activations").fetchone()
    set_number(connection, "summed", min(last, number(connection, "summed")))


def shrink(connection: sqlite3.Connection) -> bool:
    """Give some free pages back to the disk if there are many; return whether to call it again.

    A file of an earlier version has no incremental vacuum. It keeps its pages for later records.
    """
    (mode,) = connection.execute("PRAGMA auto_vacuum").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    if mode != _INCREMENTAL or free <= max(_FREE_PAGES, pages // _FREE_FRACTION):
        return False
    # The pragma frees one page for each row that is fetched; ``execute`` alone would stop at the
    # first.
    connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
    return True


# What ``PRAGMA auto_vacuum`` returns for the mode INCREMENTAL.
_INCREMENTAL = 2
