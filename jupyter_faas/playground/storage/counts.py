"""How many records there are, without looking at each: they are counted by the hour and the day."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace

from jupyter_faas.playground.storage.filters import ActivationFilter
from jupyter_faas.playground.storage.usage_buckets import HOURS, SPANS_MS, CellRange, Extent, cover
from jupyter_faas.playground.storage.usage_rollups import MOST_BEHIND, backlog, number

_ALL = (2**62,) * len(SPANS_MS)

# Whole cells, or the first and last ms of a part of an hour.
Piece = CellRange | tuple[int, int]


def count(connection: sqlite3.Connection, where: ActivationFilter) -> int:
    """How many records match."""
    if where.causes or backlog(connection) > MOST_BEHIND:
        return _look(connection, where)
    behind = _behind(connection, where)
    return sum(
        found
        for piece in _pieces(connection, where)
        for _, found in _counts(connection, where, piece, behind)
    )


def seek(
    connection: sqlite3.Connection, where: ActivationFilter, skip: int
) -> tuple[int | None, int]:
    """Where to begin when the newest ``skip`` records are left out: a time (epoch ms) before or at
    which they began, and how many of these are still to be left out."""
    if where.causes or backlog(connection) > MOST_BEHIND:
        return where.upto, skip
    behind = _behind(connection, where)
    upto = where.upto
    pieces = list(_pieces(connection, where))
    while pieces:
        piece = pieces.pop()
        for (first, last), found in _counts(connection, where, piece, behind):
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


def _look(connection: sqlite3.Connection, where: ActivationFilter) -> int:
    condition, arguments = where.sql()
    (total,) = connection.execute(
        f"SELECT count(*) FROM activations WHERE {condition}",  # noqa: S608 - ours
        arguments,
    ).fetchone()
    return int(total)


def _behind(connection: sqlite3.Connection, where: ActivationFilter) -> list[int]:
    """The starts of the records that are not tallied yet."""
    condition, arguments = where.sql()
    rows = connection.execute(
        "SELECT start FROM activations NOT INDEXED "  # noqa: S608 - ours
        f"WHERE rowid > ? AND {condition}",
        (number(connection, "summed"), *arguments),
    )
    return [start for (start,) in rows]


def _pieces(connection: sqlite3.Connection, where: ActivationFilter) -> Iterator[Piece]:
    """Of the period, the earliest first."""
    first, last = connection.execute(
        "SELECT (SELECT min(start) FROM activations WHERE namespace=?1), "
        "(SELECT max(start) FROM activations WHERE namespace=?1)",
        (where.namespace,),
    ).fetchone()
    if first is None:
        return
    found = cover(where.since, where.upto, Extent(first, last, _ALL))
    pieces: list[Piece] = [*found.cells, *found.clips]
    yield from sorted(pieces, key=_begin)


def _begin(piece: Piece) -> int:
    return piece[0] if isinstance(piece, tuple) else piece.first * SPANS_MS[piece.level]


def _counts(
    connection: sqlite3.Connection, where: ActivationFilter, piece: Piece, behind: list[int]
) -> list[tuple[tuple[int, int], int]]:
    """First and last ms of each part of a piece in which there are any, the latest first."""
    if isinstance(piece, tuple):
        return [(piece, _look(connection, replace(where, since=piece[0], upto=piece[1])))]
    column = "records" if where.causes is None else "wholes"
    span = SPANS_MS[piece.level]
    rows = connection.execute(
        f"SELECT cell, sum({column}) FROM tallies WHERE level=? AND cell BETWEEN ? AND ? "  # noqa: S608 - ours
        "AND namespace=? AND entity=coalesce(?, entity) GROUP BY cell",
        (piece.level, piece.first, piece.last, where.namespace, where.entity),
    )
    found: dict[int, int] = dict(rows.fetchall())
    for start in behind:
        if piece.first <= start // span <= piece.last:
            found[start // span] = found.get(start // span, 0) + 1
    latest_first = sorted(found.items(), reverse=True)
    return [((cell * span, (cell + 1) * span - 1), total) for cell, total in latest_first]
