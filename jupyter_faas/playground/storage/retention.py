"""How many records are kept, how long, and how much room they may take; the oldest go first.

What runs used stays in the sums of ``usagesums``. Blocking; for the thread that writes.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from jupyter_faas.playground.storage.filters import TOP_LEVEL
from jupyter_faas.playground.storage.usage_buckets import DAY_MS
from jupyter_faas.playground.storage.usage_folding import Counted, tally
from jupyter_faas.playground.storage.usage_rollups import number, set_number

# At most so much goes in one step: it holds the thread that writes up.
STEP = 200
STEP_BYTES = 4 * 1024 * 1024

# Free pages in the file beyond this share of it, and this many, are given back to the disk.
_FREE_SHARE = 4
_FREE_PAGES = 4096
_PAGES_AT_ONCE = 200


@dataclass(frozen=True)
class Retention:
    """What is kept of the records. 0: no bound. ``megabytes`` is about what they take on disk,
    indexes included."""

    activations: int = 1_000_000
    days: float = 90
    megabytes: int = 4096


def purge(connection: sqlite3.Connection, keep: Retention, now_ms: int) -> int:
    """Delete the oldest records beyond what is kept, in one step; give how many.

    Only what is in the sums goes.
    """
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        rows = _surplus(connection, keep) or _aged(connection, keep, now_ms)
        if rows:
            _delete(connection, rows)
    return len(rows)


def _surplus(connection: sqlite3.Connection, keep: Retention) -> list[Counted]:
    """The first written, of those that are too many or take too much."""
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


def _aged(connection: sqlite3.Connection, keep: Retention, now_ms: int) -> list[Counted]:
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


def _rows(connection: sqlite3.Connection, condition: str, *values: object) -> list[Counted]:
    """Of those in the sums, as many as may go at once, one at least."""
    rows: list[Counted] = []
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


def _delete(connection: sqlite3.Connection, rows: list[Counted]) -> None:
    tally(connection, rows, -1)
    numbers = [(row[0],) for row in rows]
    connection.executemany(
        "DELETE FROM graph_of WHERE activation=(SELECT id FROM activations WHERE rowid=?)", numbers
    )
    connection.executemany("DELETE FROM activations WHERE rowid=?", numbers)
    since = max(row[3] for row in rows) + 1
    set_number(connection, "records_since", max(since, number(connection, "records_since")))
    # The number of a row that was the last is given again.
    (last,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM activations").fetchone()
    set_number(connection, "summed", min(last, number(connection, "summed")))


def give_back(connection: sqlite3.Connection) -> bool:
    """Give some of the free pages back to the disk when they are many; whether there are more.

    A file of an earlier version keeps them for the records to come.
    """
    (mode,) = connection.execute("PRAGMA auto_vacuum").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    if mode != _INCREMENTAL or free <= max(_FREE_PAGES, pages // _FREE_SHARE):
        return False
    # It gives a row without columns for each page, of which ``execute`` would take the first.
    connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
    return True


_INCREMENTAL = 2
