"""Usage rollups: runs, durations and memory, summed for each hour, day and block of 32 days.

A usage query must not read a million records. So the table ``sums`` has one row for each
combination of level, cell, namespace, entity, memory limit, and cold or warm start. The levels are
hours, days and blocks. A cell is the number of an hour, day or block since the epoch. Each row
contains a histogram of durations and memory peaks, because providers round each run before they
add.

Writing: ``roll_up`` adds the records after the row ``summed`` to their hours, up to STEP records in
one transaction. A crash therefore cannot lose a record or count it twice. ``roll_up`` is separate
from the commit of the records, so that commits stay fast. A day is computed from its hours when a
record of a later day arrives, and a block is computed from its days in the same way. ``open_1`` and
``open_2`` are the first cells that are not computed yet. A late record is also added to the day and
block if they are already computed. Hours before ``since_0`` and days before ``since_1`` are
deleted. Blocks are kept even when retention deletes the records.

Reading: ``coverage`` selects the largest whole cells of a period. For the rest of the period, it
returns ranges in which the records themselves are read. Call ``coverage`` in the same transaction
as the query that uses its result.

The table ``tallies`` has the number of records of each cell, which the module ``counts`` uses.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from jupyter_faas.playground.storage.filters import TOP_LEVEL
from jupyter_faas.playground.storage.usage import UsageFilter, runs_between
from jupyter_faas.playground.storage.usage_buckets import (
    BLOCKS,
    DAY_MS,
    DAYS,
    HOURS,
    SPANS_MS,
    Coverage,
    Extent,
    Histogram,
    Rounding,
    charged_mb,
    cover,
    read_runs,
    read_uses,
)

SCHEMA = """
CREATE TABLE sums (
  level INTEGER NOT NULL, cell INTEGER NOT NULL, namespace TEXT NOT NULL, entity TEXT NOT NULL,
  memory INTEGER NOT NULL, cold INTEGER NOT NULL, latest INTEGER NOT NULL,
  measured INTEGER NOT NULL, peak INTEGER, runs BLOB NOT NULL, uses BLOB NOT NULL,
  PRIMARY KEY (level, cell, namespace, entity, memory, cold)
);
CREATE TABLE tallies (
  level INTEGER NOT NULL, cell INTEGER NOT NULL, namespace TEXT NOT NULL, entity TEXT NOT NULL,
  records INTEGER NOT NULL, wholes INTEGER NOT NULL,
  PRIMARY KEY (level, cell, namespace, entity)
) WITHOUT ROWID;
INSERT OR REPLACE INTO meta VALUES ('summed', 0), ('kept', 0), ('kept_bytes', 0),
  ('records_since', 0), ('open_0', 0), ('open_1', 0), ('open_2', 0), ('since_0', 0), ('since_1', 0);
"""

# The maximum number of records that one step adds. New records wait during a step, because it
# occupies the writer thread.
STEP = 500

# How long hours and days are kept after the next coarser level has been computed from them.
_KEPT_MS = (100 * DAY_MS, 400 * DAY_MS)

# With a larger backlog of records that are not summed yet, usage is read from the records
# themselves, unless some records have been deleted. The migration of an older file creates such a
# backlog.
MAX_BACKLOG = 20_000

# The approximate number of bytes that a record occupies on disk in addition to its two documents,
# for ids, names, numbers and indexes.
_ROW_BYTES = 400

# Namespace, entity, memory limit (MB), cold (0 to 2).
GroupKey = tuple[str, str, int, int]
# Level, cell and group of runs: the primary key of a row of ``sums``.
SumKey = tuple[int, int, GroupKey]


def number(connection: sqlite3.Connection, key: str) -> int:
    """Return a number from the table ``meta``."""
    row: Any = connection.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
    return int(row[0])


def set_number(connection: sqlite3.Connection, key: str, value: int) -> None:
    connection.execute("UPDATE meta SET value=? WHERE key=?", (value, key))


def backlog(connection: sqlite3.Connection) -> int:
    """Return an upper bound for the number of records that are not summed yet.

    The exact number may be smaller, because rowids may have gaps.
    """
    (last,) = connection.execute("SELECT max(rowid) FROM activations").fetchone()
    return max(0, (last or 0) - number(connection, "summed"))


def is_usable(connection: sqlite3.Connection) -> bool:
    """Return whether usage is read from the sums.

    The sums are used if the backlog is small, or if records have been deleted, because deleted
    records remain only in the sums.
    """
    return backlog(connection) <= MAX_BACKLOG or number(connection, "records_since") > 0


# -- Writing


def roll_up(connection: sqlite3.Connection, most: int = STEP) -> int:
    """Add up to ``most`` of the next records to the sums and return their number."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        # Equal runs of an hour are one row. SQLite groups them without the interpreter lock, which
        # the event loop needs all the time under load.
        rows = connection.execute(
            "SELECT max(row), namespace, entity, max(start), top_level, count(*), sum(bytes), "  # noqa: S608 - ours
            "memory, cold, duration, peak FROM (SELECT rowid AS row, namespace, entity, start, "
            f"{TOP_LEVEL} AS top_level, length(summary) + length(doc) AS bytes, "
            "memory, cold, duration, peak FROM activations WHERE rowid > "
            "(SELECT value FROM meta WHERE key='summed') ORDER BY rowid LIMIT ?) "
            "GROUP BY namespace, entity, start / ?, top_level, memory, cold, duration, peak",
            (most, SPANS_MS[HOURS]),
        ).fetchall()
        if not rows:
            return 0
        _add_runs(
            connection,
            [
                ((namespace, entity, memory, cold), start, duration, peak, runs)
                for _, namespace, entity, start, _, runs, _, memory, cold, duration, peak in rows
                if memory is not None
            ],
        )
        _count(connection, [row[1:7] for row in rows])
        set_number(connection, "summed", max(row[0] for row in rows))
    return sum(row[5] for row in rows)


def _add_runs(
    connection: sqlite3.Connection, rows: Iterable[tuple[GroupKey, int, int, int | None, int]]
) -> None:
    """Add runs in the caller's transaction.

    Each row is group, latest start, duration, peak and number of runs, which began in one hour.
    """
    open_from = tuple(number(connection, f"open_{level}") for level in range(len(SPANS_MS)))
    changed: dict[SumKey, Histogram] = {}
    newest = 0
    for group, start, duration, peak, runs in rows:
        newest = max(newest, start)
        for level, span in enumerate(SPANS_MS):
            cell = start // span
            # A coarser cell is computed from finer cells when it ends. Only a record that arrives
            # later has to be added to the coarser cell here.
            if level == HOURS or cell < open_from[level]:
                key = (level, cell, group)
                if key not in changed:
                    changed[key] = _find(connection, key)
                changed[key].add(duration, peak, start, runs)
    for key, histogram in changed.items():
        _write(connection, key, histogram)
    for level in (DAYS, BLOCKS):
        _close(connection, level, open_from[level], newest // SPANS_MS[level])


def _close(connection: sqlite3.Connection, level: int, first: int, upto: int) -> None:
    """Compute cells of days or blocks from the cells of the next finer level.

    ``first`` is the first cell to compute, and ``upto`` is the cell after the last. Cells of the
    finer level that have been kept for long enough are deleted.
    """
    if upto <= first:
        return
    ratio = SPANS_MS[level] // SPANS_MS[level - 1]
    finer = (level - 1, first * ratio, upto * ratio)
    cells = connection.execute(
        "SELECT DISTINCT cell / ? FROM sums WHERE level=? AND cell>=? AND cell<?", (ratio, *finer)
    ).fetchall()
    for (cell,) in cells:
        parts = connection.execute(
            "SELECT namespace, entity, memory, cold, latest, measured, peak, uses FROM sums "
            "WHERE level=? AND cell>=? AND cell<?",
            (level - 1, cell * ratio, (cell + 1) * ratio),
        )
        joined: dict[GroupKey, Histogram] = {}
        for namespace, entity, memory, cold, *rest in parts:
            joined.setdefault((namespace, entity, memory, cold), Histogram()).join(*rest)
        for group, histogram in joined.items():
            _write(connection, (level, cell, group), histogram)
    set_number(connection, f"open_{level}", upto)
    # Round down to a whole cell, because a cell without some of its finer cells could not be split
    # correctly.
    oldest = (upto * SPANS_MS[level] - _KEPT_MS[level - 1]) // SPANS_MS[level] * SPANS_MS[level]
    if oldest > 0:
        connection.execute(
            "DELETE FROM sums WHERE level=? AND cell<?", (level - 1, oldest // SPANS_MS[level - 1])
        )
        set_number(connection, f"since_{level - 1}", oldest)


def _find(connection: sqlite3.Connection, key: SumKey) -> Histogram:
    level, cell, group = key
    found = Histogram()
    row = connection.execute(
        "SELECT latest, measured, peak, uses FROM sums WHERE level=? AND cell=? AND namespace=? "
        "AND entity=? AND memory=? AND cold=?",
        (level, cell, *group),
    ).fetchone()
    if row is not None:
        found.join(*row)
    return found


def _write(connection: sqlite3.Connection, key: SumKey, histogram: Histogram) -> None:
    level, cell, group = key
    columns = (histogram.latest, histogram.measured, histogram.peak, *histogram.blobs())
    connection.execute(
        "INSERT OR REPLACE INTO sums VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (level, cell, *group, *columns),
    )


# Rowid, namespace, entity, start (epoch ms), whether the run is top-level (0 or 1), size in bytes.
CountedRow = tuple[int, str, str, int, int, int]


def count_rows(connection: sqlite3.Connection, rows: list[CountedRow], sign: int) -> None:
    """Add records to the table ``tallies`` if ``sign`` is 1, or subtract them if it is -1.

    Call it in a transaction.
    """
    _count(connection, [(*row[1:5], 1, row[5]) for row in rows], sign)


def _count(
    connection: sqlite3.Connection,
    rows: Iterable[tuple[str, str, int, int, int, int]],
    sign: int = 1,
) -> None:
    """Add or subtract records as ``count_rows`` does.

    Each row is namespace, entity, latest start, whether the runs are top-level, the number of
    records, which began in one hour, and their size in bytes.
    """
    changed: dict[tuple[int, int, str, str], list[int]] = {}
    total = size = 0
    for namespace, entity, start, top_level, records, length in rows:
        total += records
        size += length + records * _ROW_BYTES
        for level, span in enumerate(SPANS_MS):
            one = changed.setdefault((level, start // span, namespace, entity), [0, 0])
            one[0] += sign * records
            one[1] += sign * records * top_level
    connection.executemany(
        "INSERT INTO tallies VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "records = records + excluded.records, wholes = wholes + excluded.wholes",
        [(*key, *counts) for key, counts in changed.items()],
    )
    # Delete rows whose count is 0, because they would slow down later queries of old periods.
    if sign < 0:
        connection.executemany(
            "DELETE FROM tallies WHERE level=? AND cell=? AND namespace=? AND entity=? "
            "AND records=0",
            list(changed),
        )
    for key, change in (("kept", total), ("kept_bytes", size)):
        connection.execute("UPDATE meta SET value = value + ? WHERE key=?", (sign * change, key))


# -- Reading


def coverage(connection: sqlite3.Connection, where: UsageFilter) -> Coverage:
    """Return which cells and which ranges of records to read for a usage query."""
    if not is_usable(connection):
        return _records_only(connection, where)
    first: list[int] = []
    latest: list[int] = []
    # Check each level, because the oldest runs may be only in blocks and the newest runs only in
    # hours.
    for level, span in enumerate(SPANS_MS):
        of_level = "FROM sums WHERE level=? AND namespace=? ORDER BY"
        key = (level, where.namespace)
        low = connection.execute(f"SELECT cell {of_level} cell LIMIT 1", key).fetchone()
        if low is None:
            continue
        first.append(low[0] * span)
        (high,) = connection.execute(f"SELECT cell {of_level} cell DESC LIMIT 1", key).fetchone()
        latest += connection.execute(
            "SELECT max(latest) FROM sums WHERE level=? AND cell=? AND namespace=?",
            (level, high, where.namespace),
        ).fetchone()
    if not first:
        return Coverage()
    extent = Extent(
        first=min(first),
        last=max(latest),
        open_from=tuple(number(connection, f"open_{level}") for level in range(len(SPANS_MS))),
        records_since=number(connection, "records_since"),
        since=(number(connection, "since_0"), number(connection, "since_1")),
    )
    found = cover(where.since, where.upto, extent)
    # Later records are not in any cell. Reading them in the record ranges would make the result
    # inconsistent.
    found.last_row = number(connection, "summed")
    return found


def _records_only(connection: sqlite3.Connection, where: UsageFilter) -> Coverage:
    first, last = connection.execute(
        "SELECT (SELECT min(start) FROM activations WHERE namespace=?1), "
        "(SELECT max(start) FROM activations WHERE namespace=?1)",
        (where.namespace,),
    ).fetchone()
    if first is None:
        return Coverage()
    since = first if where.since is None else max(first, where.since)
    upto = last if where.upto is None else min(last, where.upto)
    return Coverage(record_ranges=[(since, upto)] if since <= upto else [])


# Entity, memory limit (MB), cold (0 to 2), latest start, number of measured runs, largest peak
# (MB); then lists: durations (ms), runs of each duration, and their charged MB.
UsageRow = tuple[str, int, int, int, int, "int | None", list[int], list[int], list[int]]


def usage(connection: sqlite3.Connection, where: UsageFilter) -> list[UsageRow]:
    """Return a row for each group of runs.

    The runs of a group have the same entity, memory limit, and cold or warm start. Rows are sorted
    by group, and the durations of each row ascend. The last column is the sum of the charged MB for
    each duration; it is empty if ``where.step_mb`` is 0.
    """
    megabytes = Rounding(where.step_mb, where.minimum_mb) if where.step_mb else None
    totals: dict[tuple[str, int, int], _Total] = {}
    for entity, memory, cold, latest, measured, peak, blob in histograms(
        connection, where, coverage(connection, where)
    ):
        one = totals.setdefault((entity, memory, cold), _Total())
        one.latest = max(one.latest, latest)
        one.measured += measured
        if peak is not None:
            one.peak = peak if one.peak is None else max(one.peak, peak)
        if megabytes is None:
            one.add(*read_runs(blob))
        else:
            uses = read_uses(blob)
            one.add(uses[0], uses[2])
            one.charge(uses[0], uses[2], charged_mb(uses, memory, megabytes))
    return [(*group, *totals[group].columns()) for group in sorted(totals)]


class _Total:
    """The sum of a group's histograms: runs and charged MB for each duration."""

    def __init__(self) -> None:
        self.latest = 0
        self.measured = 0
        self.peak: int | None = None
        self._runs: dict[int, int] = {}
        self._used: dict[int, int] = {}

    def add(self, durations: Sequence[int], runs: Sequence[int]) -> None:
        total = self._runs
        # Copy the first histogram as a whole, which is much faster than adding each number. This is
        # not possible if a duration occurs twice, with different peaks.
        if not total and len(set(durations)) == len(durations):
            total.update(zip(durations, runs, strict=True))
            return
        for duration, count in zip(durations, runs, strict=True):
            total[duration] = total.get(duration, 0) + count

    def charge(
        self, durations: Sequence[int], runs: Sequence[int], megabytes: Iterator[int]
    ) -> None:
        total = self._used
        for duration, count, each in zip(durations, runs, megabytes, strict=True):
            total[duration] = total.get(duration, 0) + count * each

    def columns(self) -> tuple[int, int, int | None, list[int], list[int], list[int]]:
        durations = sorted(self._runs)
        runs = list(map(self._runs.__getitem__, durations))
        used = list(map(self._used.__getitem__, durations)) if self._used else []
        return self.latest, self.measured, self.peak, durations, runs, used


# Entity, memory limit, cold, latest, measured, peak, and the blob of either ``Runs`` or ``Uses``.
StoredHistogram = tuple[str, int, int, int, int, "int | None", bytes]


def histograms(
    connection: sqlite3.Connection, where: UsageFilter, within: Coverage
) -> Iterator[StoredHistogram]:
    """Yield the stored histograms of the cells in ``within``, then those of its record ranges.

    For each record range, one histogram is computed for each group of runs. The blob is ``Uses`` if
    ``where.step_mb`` is set, else ``Runs``.
    """
    column = "uses" if where.step_mb else "runs"
    condition, values = "", []
    if where.entity is not None:
        condition, values = "AND entity=?", [where.entity]
    for cells in within.cells:
        yield from connection.execute(
            f"SELECT entity, memory, cold, latest, measured, peak, {column} FROM sums "  # noqa: S608 - ours
            f"WHERE level=? AND cell BETWEEN ? AND ? AND namespace=? {condition}",
            (cells.level, cells.first, cells.last, where.namespace, *values),
        )
    for since, upto in within.record_ranges:
        groups: dict[tuple[str, int, int], Histogram] = {}
        for entity, memory, cold, duration, peak, runs, latest in runs_between(
            connection, where, since, upto, within.last_row
        ):
            group = groups.setdefault((entity, memory, cold), Histogram())
            group.add(duration, peak, latest, runs)
        for key, one in groups.items():
            yield (*key, one.latest, one.measured, one.peak, one.blobs()[bool(where.step_mb)])
