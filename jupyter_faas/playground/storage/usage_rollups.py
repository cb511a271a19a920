"""What runs used, summed for each hour, day and block of days: whole ones are never added again.

The sums follow the records in steps (``folding``), and stay when the records go (``retention``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

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
"""

# Hours and days that are summed up in what is coarser go after this; blocks of days stay.
_KEPT_MS = (100 * DAY_MS, 400 * DAY_MS)

# Namespace, entity, memory, cold.
Which = tuple[str, str, int, int]


# With more records than this not summed yet, they are asked themselves, as long as all are there.
MOST_BEHIND = 20_000


def number(connection: sqlite3.Connection, key: str) -> int:
    """One of ``meta``."""
    row: Any = connection.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
    return int(row[0])


def set_number(connection: sqlite3.Connection, key: str, value: int) -> None:
    connection.execute("UPDATE meta SET value=? WHERE key=?", (value, key))


def backlog(connection: sqlite3.Connection) -> int:
    """How many records are not in the sums yet; at most, as there may be gaps."""
    (last,) = connection.execute("SELECT max(rowid) FROM activations").fetchone()
    return max(0, (last or 0) - number(connection, "summed"))


def summable(connection: sqlite3.Connection) -> bool:
    """Whether the sums are asked. When records have gone, there is no other way."""
    return backlog(connection) <= MOST_BEHIND or number(connection, "records_since") > 0


def add_runs(
    connection: sqlite3.Connection, rows: Iterable[tuple[Which, int, int, int | None]]
) -> None:
    """Add records: which runs they are of, start, duration and peak. Within a transaction."""
    open_from = tuple(number(connection, f"open_{level}") for level in range(len(SPANS_MS)))
    changed: dict[tuple[int, int, Which], Histogram] = {}
    newest = 0
    for which, start, duration, peak in rows:
        newest = max(newest, start)
        for level, span in enumerate(SPANS_MS):
            cell = start // span
            # A sum that is made already learns of those that come late.
            if level == HOURS or cell < open_from[level]:
                key = (level, cell, which)
                if key not in changed:
                    changed[key] = _find(connection, key)
                changed[key].add(duration, peak, start)
    for key, alike in changed.items():
        _write(connection, key, alike)
    for level in (DAYS, BLOCKS):
        _close(connection, level, open_from[level], newest // SPANS_MS[level])


def _close(connection: sqlite3.Connection, level: int, first: int, upto: int) -> None:
    """Sum up the cells that have ended: from ``first`` on, those before ``upto``."""
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
        joined: dict[Which, Histogram] = {}
        for namespace, entity, memory, cold, *rest in parts:
            joined.setdefault((namespace, entity, memory, cold), Histogram()).join(*rest)
        for which, alike in joined.items():
            _write(connection, (level, cell, which), alike)
    set_number(connection, f"open_{level}", upto)
    gone = (upto * SPANS_MS[level] - _KEPT_MS[level - 1]) // SPANS_MS[level] * SPANS_MS[level]
    if gone > 0:
        connection.execute(
            "DELETE FROM sums WHERE level=? AND cell<?", (level - 1, gone // SPANS_MS[level - 1])
        )
        set_number(connection, f"since_{level - 1}", gone)


def _find(connection: sqlite3.Connection, key: tuple[int, int, Which]) -> Histogram:
    level, cell, which = key
    found = Histogram()
    row = connection.execute(
        "SELECT latest, measured, peak, uses FROM sums WHERE level=? AND cell=? AND namespace=? "
        "AND entity=? AND memory=? AND cold=?",
        (level, cell, *which),
    ).fetchone()
    if row is not None:
        found.join(*row)
    return found


def _write(connection: sqlite3.Connection, key: tuple[int, int, Which], alike: Histogram) -> None:
    level, cell, which = key
    connection.execute(
        "INSERT OR REPLACE INTO sums VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (level, cell, *which, alike.latest, alike.measured, alike.peak, *alike.blobs()),
    )


# -- reading ---------------------------------------------------------------------------------


def covered(connection: sqlite3.Connection, where: UsageFilter) -> Coverage:
    """What a question is answered from. All of it, and the answer, in one transaction."""
    if not summable(connection):
        return _among_records(connection, where)
    first: list[int] = []
    latest: list[int] = []
    for level, span in enumerate(SPANS_MS):
        of_level = "FROM sums WHERE level=? AND namespace=? ORDER BY"
        asked = (level, where.namespace)
        low = connection.execute(f"SELECT cell {of_level} cell LIMIT 1", asked).fetchone()
        if low is None:
            continue
        first.append(low[0] * span)
        (high,) = connection.execute(f"SELECT cell {of_level} cell DESC LIMIT 1", asked).fetchone()
        latest += connection.execute(
            "SELECT max(latest) FROM sums WHERE level=? AND cell=? AND namespace=?",
            (level, high, where.namespace),
        ).fetchone()
    if not first:
        return Coverage()
    kept = Extent(
        first=min(first),
        last=max(latest),
        open_from=tuple(number(connection, f"open_{level}") for level in range(len(SPANS_MS))),
        records_since=number(connection, "records_since"),
        since=(number(connection, "since_0"), number(connection, "since_1")),
    )
    found = cover(where.since, where.upto, kept)
    found.last_row = number(connection, "summed")
    return found


def _among_records(connection: sqlite3.Connection, where: UsageFilter) -> Coverage:
    first, last = connection.execute(
        "SELECT (SELECT min(start) FROM activations WHERE namespace=?1), "
        "(SELECT max(start) FROM activations WHERE namespace=?1)",
        (where.namespace,),
    ).fetchone()
    if first is None:
        return Coverage()
    since = first if where.since is None else max(first, where.since)
    upto = last if where.upto is None else min(last, where.upto)
    return Coverage(clips=[(since, upto)] if since <= upto else [])


# Entity, memory, cold, latest, measured, largest peak; durations, runs of each, and their MB.
UsageRow = tuple[str, int, int, int, int, "int | None", list[int], list[int], list[int]]


def usage(connection: sqlite3.Connection, where: UsageFilter, among: Coverage) -> list[UsageRow]:
    """One for each entity, memory limit and warmth, in this order, the durations ascending.

    The last column is of each duration the sum of the memory that would be charged_mb of what was
    used, where that is asked for, else empty.
    """
    megabytes = Rounding(where.step_mb, where.minimum_mb) if where.step_mb else None
    found: dict[tuple[str, int, int], _Sum] = {}
    for entity, memory, cold, latest, measured, peak, blob in parts(connection, where, among):
        one = found.setdefault((entity, memory, cold), _Sum())
        one.latest = max(one.latest, latest)
        one.measured += measured
        if peak is not None:
            one.peak = peak if one.peak is None else max(one.peak, peak)
        if megabytes is None:
            one.join(*read_runs(blob))
        else:
            uses = read_uses(blob)
            one.join(uses[0], uses[2])
            one.charge(uses[0], uses[2], charged_mb(uses, memory, megabytes))
    return [(*which, *found[which].columns()) for which in sorted(found)]


class _Sum:
    def __init__(self) -> None:
        self.latest = 0
        self.measured = 0
        self.peak: int | None = None
        self._runs: dict[int, int] = {}
        self._used: dict[int, int] = {}

    def join(self, durations: Sequence[int], runs: Sequence[int]) -> None:
        total = self._runs
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


# Entity, memory, cold, latest, measured, peak, and the blob of ``Runs``, or of ``Uses``.
Part = tuple[str, int, int, int, int, "int | None", bytes]


def parts(connection: sqlite3.Connection, where: UsageFilter, among: Coverage) -> Iterator[Part]:
    """The sums of all that is in ``among``: ``Uses`` where memory that was used is asked for."""
    column = "uses" if where.step_mb else "runs"
    condition, values = "", []
    if where.entity is not None:
        condition, values = "AND entity=?", [where.entity]
    for cells in among.cells:
        yield from connection.execute(
            f"SELECT entity, memory, cold, latest, measured, peak, {column} FROM sums "  # noqa: S608 - ours
            f"WHERE level=? AND cell BETWEEN ? AND ? AND namespace=? {condition}",
            (cells.level, cells.first, cells.last, where.namespace, *values),
        )
    for since, upto in among.clips:
        alike: dict[tuple[str, int, int], Histogram] = {}
        for entity, memory, cold, duration, peak, runs, latest in runs_between(
            connection, where, since, upto, among.last_row
        ):
            alike.setdefault((entity, memory, cold), Histogram()).add(duration, peak, latest, runs)
        for which, one in alike.items():
            yield (*which, one.latest, one.measured, one.peak, one.blobs()[bool(where.step_mb)])
