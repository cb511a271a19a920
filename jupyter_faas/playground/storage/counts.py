"""Functions that count and skip records without reading each record.

The table ``tallies`` contains the number of records of each hour, day and block of days. Records
that are not in this table yet are counted one by one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from jupyter_faas.playground.storage.filters import ActivationFilter
from jupyter_faas.playground.storage.usage_buckets import HOURS, SPANS_MS, CellRange, Extent, cover
from jupyter_faas.playground.storage.usage_rollups import MAX_BACKLOG, backlog, number

# The value of ``Extent.open_from`` for the table ``tallies``. Unlike ``sums``, this table always
# has all cells of each level.
_ALL = (2**62,) * len(SPANS_MS)

# Either a range of cells, or the first and last millisecond of a part of an hour, in which the
# records themselves are counted.
Piece = CellRange | tuple[int, int]


def count(connection: sqlite3.Connection, where: ActivationFilter) -> int:
    """Return how many committed records match."""
    if where.causes or backlog(connection) > MAX_BACKLOG:
        return _count_records(connection, where)
    unsummed = _unsummed_starts(connection, where)
    return sum(
        found
        for piece in _pieces(connection, where)
        for _, found in _counts(connection, where, piece, unsummed)
    )


def seek(
    connection: sqlite3.Connection, where: ActivationFilter, skip: int
) -> tuple[int | None, int]:
    """Return where a list begins that skips the newest ``skip`` records.

    Returns the latest start (epoch ms) to list, or None without a bound, and the number of records
    up to that start that the caller must still skip.
    """
    if where.causes or backlog(connection) > MAX_BACKLOG:
        return where.upto, skip
    unsummed = _unsummed_starts(connection, where)
    upto = where.upto
    pieces = list(_pieces(connection, where))
    # From the latest piece backwards, skip whole cells. Split the first cell with too many records
    # into finer cells, down to an hour.
    while pieces:
        piece = pieces.pop()
        for (first, last), found in _counts(connection, where, piece, unsummed):
            if found <= skip:
                skip -= found
                upto = first - 1
                continue
            if isinstance(piece, tuple) or piece.level == HOURS:
                return last if upto is None else min(last, upto), skip
            finer = SPANS_MS[piece.level - 1]
            pieces = [CellRange(piece.level - 1, first // finer, last // finer)]
            break
    return upto, skip


def _count_records(connection: sqlite3.Connection, where: ActivationFilter) -> int:
    condition, arguments = where.sql()
    (total,) = connection.execute(
        f"SELECT count(*) FROM activations WHERE {condition}",  # noqa: S608 - ours
        arguments,
    ).fetchone()
    return int(total)


def _unsummed_starts(connection: sqlite3.Connection, where: ActivationFilter) -> list[int]:
    """Return the starts of the matching records that are not in ``tallies`` yet."""
    condition, arguments = where.sql()
    # NOT INDEXED makes SQLite scan only the few rows at the end. With an index, it would read all
    # matching rows.
    rows = connection.execute(
        "SELECT start FROM activations NOT INDEXED "  # noqa: S608 - ours
        f"WHERE rowid > ? AND {condition}",
        (number(connection, "summed"), *arguments),
    )
    return [start for (start,) in rows]


def _pieces(connection: sqlite3.Connection, where: ActivationFilter) -> Iterator[Piece]:
    """Split the period of ``where`` into pieces, the earliest first."""
    first, last = connection.execute(
        "SELECT (SELECT min(start) FROM activations WHERE namespace=?1), "
        "(SELECT max(start) FROM activations WHERE namespace=?1)",
        (where.namespace,),
    ).fetchone()
    if first is None:
        return
    found = cover(where.since, where.upto, Extent(first, last, _ALL))
    pieces: list[Piece] = [*found.cells, *found.record_ranges]
    yield from sorted(pieces, key=_begin)


def _begin(piece: Piece) -> int:
    return piece[0] if isinstance(piece, tuple) else piece.first * SPANS_MS[piece.level]


def _counts(
    connection: sqlite3.Connection, where: ActivationFilter, piece: Piece, unsummed: list[int]
) -> list[tuple[tuple[int, int], int]]:
    """Return the count of each part of a piece that has records, the latest part first.

    Each entry is ((first ms, last ms), count).
    """
    if isinstance(piece, tuple):
        return [(piece, _count_records(connection, where._replace(since=piece[0], upto=piece[1])))]
    # The column ``wholes`` counts only top-level runs, which an empty ``causes`` selects.
    column = "records" if where.causes is None else "wholes"
    span = SPANS_MS[piece.level]
    rows = connection.execute(
        f"SELECT cell, sum({column}) FROM tallies WHERE level=? AND cell BETWEEN ? AND ? "  # noqa: S608 - ours
        "AND namespace=? AND entity=coalesce(?, entity) GROUP BY cell",
        (piece.level, piece.first, piece.last, where.namespace, where.entity),
    )
    found: dict[int, int] = dict(rows.fetchall())
    for start in unsummed:
        if piece.first <= start // span <= piece.last:
            found[start // span] = found.get(start // span, 0) + 1
    latest_first = sorted(found.items(), reverse=True)
    return [((cell * span, (cell + 1) * span - 1), total) for cell, total in latest_first]
