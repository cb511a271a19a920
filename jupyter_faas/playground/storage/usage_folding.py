"""The sums follow the records, in steps: so a commit of records costs no more than before.

What is up to the row ``summed`` is in the sums and the tallies, what is behind it not yet. A step
is one transaction, so a crash leaves neither a gap nor anything twice.
"""

from __future__ import annotations

import sqlite3

from jupyter_faas.playground.storage.filters import TOP_LEVEL
from jupyter_faas.playground.storage.usage_buckets import SPANS_MS
from jupyter_faas.playground.storage.usage_rollups import add_runs, set_number

# How many records at most there are in a step: it holds the thread that writes up.
STEP = 500

SCHEMA = """
CREATE TABLE tallies (
  level INTEGER NOT NULL, cell INTEGER NOT NULL, namespace TEXT NOT NULL, entity TEXT NOT NULL,
  records INTEGER NOT NULL, wholes INTEGER NOT NULL,
  PRIMARY KEY (level, cell, namespace, entity)
) WITHOUT ROWID;
"""
NUMBERS = """
INSERT OR REPLACE INTO meta VALUES ('summed', 0), ('kept', 0), ('kept_bytes', 0),
  ('records_since', 0), ('open_0', 0), ('open_1', 0), ('open_2', 0), ('since_0', 0), ('since_1', 0);
"""

# What a record takes beside its two documents: ids, names, numbers, indexes.
_BESIDE_BYTES = 400


def fold(connection: sqlite3.Connection, most: int = STEP) -> int:
    """Add the next records to the sums; give how many they were."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        rows = connection.execute(
            f"SELECT rowid, namespace, entity, start, {TOP_LEVEL}, length(summary) + length(doc), "  # noqa: S608 - ours
            "memory, cold, duration, peak FROM activations WHERE rowid > "
            "(SELECT value FROM meta WHERE key='summed') ORDER BY rowid LIMIT ?",
            (most,),
        ).fetchall()
        if not rows:
            return 0
        add_runs(
            connection,
            [
                ((namespace, entity, memory, cold), start, duration, peak)
                for _, namespace, entity, start, _, _, memory, cold, duration, peak in rows
                if memory is not None
            ],
        )
        tally(connection, [row[:6] for row in rows], 1)
        set_number(connection, "summed", rows[-1][0])
    return len(rows)


# Row, namespace, entity, start, whether it is part of no other, bytes.
Counted = tuple[int, str, str, int, int, int]


def tally(connection: sqlite3.Connection, rows: list[Counted], sign: int) -> None:
    """Count records in (1) or out (-1). Within a transaction."""
    changed: dict[tuple[int, int, str, str], list[int]] = {}
    size = 0
    for _, namespace, entity, start, whole, length in rows:
        size += length + _BESIDE_BYTES
        for level, span in enumerate(SPANS_MS):
            one = changed.setdefault((level, start // span, namespace, entity), [0, 0])
            one[0] += sign
            one[1] += sign * whole
    connection.executemany(
        "INSERT INTO tallies VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "records = records + excluded.records, wholes = wholes + excluded.wholes",
        [(*key, *counts) for key, counts in changed.items()],
    )
    if sign < 0:
        connection.executemany(
            "DELETE FROM tallies WHERE level=? AND cell=? AND namespace=? AND entity=? "
            "AND records=0",
            list(changed),
        )
    for key, change in (("kept", len(rows)), ("kept_bytes", size)):
        connection.execute("UPDATE meta SET value = value + ? WHERE key=?", (sign * change, key))
