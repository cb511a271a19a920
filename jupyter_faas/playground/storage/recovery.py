"""Recovery of a damaged database: copy it, read what can be read, complete it from the backup.

A damaged page makes some rows of one table unreadable, and all other rows can be read. So each
table is read up to the damage and on from the first row behind it. The keys of the unreadable rows
are usually still in the table's index. They say what was lost, and which rows to take from the
backup. A row that was deleted after the backup is therefore not restored.

The steps are safe against a crash. The damaged files are copied, and the recovered database becomes
``records.db.repaired`` only when it is complete and synced. From then on, ``finish`` replaces the
damaged files, now or at the next start.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.storage.backup import sync
from jupyter_faas.playground.storage.failures import files_of, is_damage, repaired_of
from jupyter_faas.playground.storage.filters import TOP_LEVEL
from jupyter_faas.playground.storage.schema import BY_ID, CREATE_ID_INDEX, FORMAT, ID_INDEX, prepare
from jupyter_faas.playground.storage.usage_rollups import STEP, count_rows

# The table whose rowids ``usage_rollups`` remembers, so that restored rows must keep theirs.
_RECORDS = "activations"

_MAX_ROWID = 2**62
# In a table with more damaged places, the rest is given up.
_MAX_GAPS = 10_000


class RecoveredTable(NamedTuple):
    """What was recovered of a table.

    ``restored``: the keys of the rows that come from the backup, an older version of the row.
    ``lost``: the keys of the rows that could not be read.
    ``keys_known``: whether ``lost`` is complete. If not, more rows may be lost.
    """

    name: str
    rows: int
    restored: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    keys_known: bool = True


class Recovery(NamedTuple):
    """The result of a repair: the folder with the damaged files, and the tables.

    ``tables`` is empty if the database was not damaged. ``copy`` is None in that case.
    """

    copy: Path | None
    tables: tuple[RecoveredTable, ...] = ()


def recover(database: Path, copy: Path, backups: list[Path]) -> Recovery:
    """Repair ``database``, which no process may have open.

    ``copy``: a folder that does not exist yet, for the files as they are now.
    ``backups``: the paths of backups, the newest first, which may not exist.

    Raises PlaygroundError, with the database unchanged, if there is not enough space for the copy.
    """
    finish(database)
    _copy_files(database, copy)
    if _is_intact(copy / database.name):
        shutil.rmtree(copy)
        return Recovery(None)
    # SQLite changes the files when it opens them, so it opens a second copy.
    work = copy.with_name(copy.name + ".work")
    try:
        _copy_files(database, work)
        backup = next((each for each in backups if each.exists() and _is_intact(each)), None)
        partial = work / "new.db"
        tables = _rebuild(work / database.name, partial, backup)
        partial.replace(repaired_of(database))
        sync(database.parent)
    except OSError as error:
        raise _no_space(database, error) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    finish(database)
    return Recovery(copy, tables)


def finish(database: Path) -> None:
    """Replace the database by the repaired one, if a repair has made one."""
    repaired = repaired_of(database)
    if not repaired.exists():
        return
    # Delete the WAL first: SQLite would apply it to the repaired database.
    for path in files_of(database)[1:]:
        path.unlink(missing_ok=True)
    sync(database.parent)
    repaired.replace(database)
    sync(database.parent)


def _copy_files(database: Path, folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True)
    try:
        for path in files_of(database):
            if path.exists():
                shutil.copy2(path, folder / path.name)
                sync(folder / path.name)
        sync(folder)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise _no_space(database, error) from error


def _no_space(database: Path, error: OSError) -> PlaygroundError:
    return PlaygroundError(
        f"{database} cannot be copied: {error.strerror}.",
        hint=f"Nothing was changed. Check that {database.parent} is writable and has space for two "
        "more copies of the database, and try again.",
    )


def _is_intact(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()
            schema = _schema(connection)
            # The check does not include texts, which may have become invalid UTF-8.
            for kind, name, _ in schema:
                if kind == "table":
                    for _row in connection.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - ours
                        pass
            return found == ("ok",) and bool(schema)
    except sqlite3.DatabaseError as error:
        # Any other error, such as a full disk, does not say that the database is damaged.
        if not is_damage(error):
            raise PlaygroundError(f"{path} cannot be checked: {error}.") from error
        return False


# -- Reading the damaged file


@dataclass
class _Table:
    """A table of the damaged file, and where it is damaged."""

    connection: sqlite3.Connection
    name: str
    sql: str
    columns: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    damaged: bool = field(default=False, init=False)

    @property
    def has_rowid(self) -> bool:
        return "WITHOUT ROWID" not in self.sql.upper()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of each row that ``rows`` yields."""
        return ("rowid", *self.columns) if self.has_rowid else self.columns

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield every readable row and set ``damaged`` if there are others."""
        return self._by_rowid() if self.has_rowid else self._by_key()

    def _by_rowid(self) -> Iterator[tuple[Any, ...]]:
        after, jump = 0, 1
        for _ in range(_MAX_GAPS):
            before = after
            try:
                for row in self._select("rowid > ? ORDER BY rowid", (after,)):
                    # Damaged rowids may be out of order, and the next search must not go back.
                    after = max(after, row[0])
                    yield row
                return
            except sqlite3.DatabaseError:
                self.damaged = True
                jump = 1 if after > before else jump * 2
                bound = self._next_readable(after + jump - 1)
                if bound is None:
                    return
                after = bound

    def _next_readable(self, after: int) -> int | None:
        """Return the first number behind ``after`` from which rows can be read again, or None."""
        low, step = after, 1
        while not self._is_readable(after + step):
            low, step = after + step, step * 2
            if after + step > _MAX_ROWID:
                return None
        high = after + step
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._is_readable(middle) else (middle, high)
        return high

    def _is_readable(self, bound: int) -> bool:
        """Return whether the first row after ``bound`` is readable, or there is none."""
        try:
            next(self._select("rowid > ? ORDER BY rowid LIMIT 1", (bound,)), None)
        except sqlite3.DatabaseError:
            return False
        return True

    def _by_key(self) -> Iterator[tuple[Any, ...]]:
        """Read from both ends up to the damage. There is no number to search by in between."""
        seen = set()
        positions = [self.columns.index(each) for each in self.key]
        for direction in ("ASC", "DESC"):
            order = ", ".join(f'"{each}" {direction}' for each in self.key)
            try:
                for row in self._select(f"1 ORDER BY {order}", ()):
                    key = tuple(row[each] for each in positions)
                    if key in seen:
                        return
                    seen.add(key)
                    yield row
                return
            except sqlite3.DatabaseError:
                self.damaged = True

    def _select(self, where: str, arguments: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
        names = ", ".join(f'"{each}"' for each in self.names)
        return self.connection.execute(
            f'SELECT {names} FROM "{self.name}" WHERE {where}',  # noqa: S608 - ours
            arguments,
        )

    def keys(self) -> list[tuple[Any, ...]] | None:
        """Return the keys in the table's index, which damaged rows have too; None if unknown."""
        names = ", ".join(f'"{each}"' for each in self.key)
        # A file of an earlier version has a primary key instead of ID_INDEX.
        for index in (f"sqlite_autoindex_{self.name}_1", ID_INDEX):
            with contextlib.suppress(sqlite3.DatabaseError):
                return self.connection.execute(
                    f'SELECT {names} FROM "{self.name}" INDEXED BY "{index}"'  # noqa: S608 - ours
                ).fetchall()
        return None


def _schema(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Return type, name and statement of each table and index, as far as they can be read."""
    found: list[tuple[str, str, str]] = []
    with contextlib.suppress(sqlite3.DatabaseError):
        # ``extend`` keeps the rows before the damage.
        found.extend(
            connection.execute(
                "SELECT type, name, sql FROM sqlite_master "
                "WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, rowid"
            )
        )
    return found


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def _with_first_page_of(backup: Path, damaged: Path) -> None:
    """Replace the first page of a file, which has the header and the schema, by the backup's."""
    with backup.open("rb") as file:
        header = file.read(100)
        size = int.from_bytes(header[16:18], "big")
        page = bytearray(header + file.read(size - 100))
    with damaged.open("r+b") as file:
        pages = file.seek(0, os.SEEK_END) // size
        # The header has the number of pages, and where the list of free pages begins.
        page[28:40] = pages.to_bytes(4, "big") + bytes(8)
        file.seek(0)
        file.write(page)


# -- Writing the new file


def _rebuild(damaged: Path, new: Path, backup: Path | None) -> tuple[RecoveredTable, ...]:
    with closing(_connect(damaged)) as source:
        readable = bool(_schema(source))
    if not readable and backup is not None:
        _with_first_page_of(backup, damaged)
    with contextlib.ExitStack() as opened:
        source = opened.enter_context(closing(_connect(damaged)))
        target = opened.enter_context(closing(_connect(new)))
        old = None if backup is None else opened.enter_context(closing(_connect(backup)))
        schema = {each[1]: each for each in _schema(old)} if old is not None else {}
        schema |= {each[1]: each for each in _schema(source)}
        target.execute("PRAGMA auto_vacuum=INCREMENTAL")
        target.execute("PRAGMA synchronous=OFF")
        if "meta" not in schema:
            prepare(target)
            schema = {each[1]: each for each in _schema(target)} | schema
        existing = {each[1] for each in _schema(target)}
        target.execute("BEGIN")
        tables = []
        for kind, name, sql in schema.values():
            # The indexes follow the tables, and are built from the recovered rows. That of the ids
            # must exist before the rows, because it drops those that are read twice.
            if name not in existing and name != ID_INDEX:
                target.execute(sql)
                if name == _RECORDS and not _primary_key(target, name):
                    target.execute(CREATE_ID_INDEX)
            if kind == "table":
                tables.append(_copy_table(source, target, old, name, sql))
        _complete_meta(target)
        target.execute("COMMIT")
    sync(new)
    return tuple(tables)


def _copy_table(
    source: sqlite3.Connection,
    target: sqlite3.Connection,
    backup: sqlite3.Connection | None,
    name: str,
    sql: str,
) -> RecoveredTable:
    names = tuple(each[1] for each in target.execute(f'PRAGMA table_info("{name}")'))
    key = _primary_key(target, name) or (("id",) if name == _RECORDS else ())
    table = _Table(source, name, sql, names, key)
    _insert(target, name, table.names, table.rows())
    missing = _missing(target, table, table.keys() if table.damaged else [])
    restored: list[str] = []
    if table.damaged and backup is not None:
        old = _Table(backup, name, sql, names, key)
        for row in old.rows():
            found = dict(zip(old.names, row, strict=True))
            label = _label([found[each] for each in key])
            if missing is not None and label not in missing:
                continue
            if name != _RECORDS:
                found.pop("rowid", None)
            if _insert(target, name, tuple(found), iter([tuple(found.values())])):
                restored.append(label)
    (rows,) = target.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608 - ours
    lost = [each for each in missing or () if each not in set(restored)]
    return RecoveredTable(name, rows, tuple(restored), tuple(lost), missing is not None)


def _primary_key(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
    return tuple(each[1] for each in sorted(columns, key=lambda each: each[5]) if each[5])


def _insert(
    target: sqlite3.Connection, table: str, names: tuple[str, ...], rows: Iterator[tuple[Any, ...]]
) -> int:
    columns = ", ".join(f'"{each}"' for each in names)
    places = ", ".join("?" * len(names))
    return target.executemany(
        # A row that contradicts the schema, because of the damage, is ignored. A fresh ``meta`` has
        # values already.
        f'INSERT OR {"REPLACE" if table == "meta" else "IGNORE"} INTO "{table}" ({columns}) '  # noqa: S608 - ours
        f"VALUES ({places})",
        rows,
    ).rowcount


def _missing(
    target: sqlite3.Connection, table: _Table, keys: list[tuple[Any, ...]] | None
) -> list[str] | None:
    """Return the labels of the keys that the target's table does not have, or None if unknown."""
    if keys is None:
        return None
    by_key = " AND ".join(f'"{each}" = ?' for each in table.key)
    where = BY_ID if table.name == _RECORDS else by_key
    query = f'SELECT 1 FROM "{table.name}" WHERE {where}'  # noqa: S608 - ours
    return [_label(key) for key in keys if target.execute(query, key).fetchone() is None]


def _label(key: tuple[Any, ...] | list[Any]) -> str:
    return "/".join(map(str, key))


def _complete_meta(target: sqlite3.Connection) -> None:
    """Correct the numbers in ``meta``, so that no revision is used and no record summed twice."""
    last = "(SELECT coalesce(max(rowid), 0) FROM activations)"
    target.execute(
        f"INSERT OR IGNORE INTO meta VALUES ('format', {FORMAT}), ('revision', 0), "  # noqa: S608
        f"('summed', {last}), ('kept', 0), ('kept_bytes', 0), ('records_since', 0), "
        "('open_0', 0), ('open_1', 0), ('open_2', 0), ('since_0', 0), ('since_1', 0)"
    )
    target.execute(
        "UPDATE meta SET value = max(value, (SELECT coalesce(max(revision), 0) FROM actions)) "
        "WHERE key = 'revision'"
    )
    # Otherwise a new record could get the rowid of a lost one and would count as summed.
    target.execute(f"UPDATE meta SET value = min(value, {last}) WHERE key = 'summed'")  # noqa: S608
    if target.execute("SELECT 1 FROM sqlite_master WHERE name = 'tallies'").fetchone():
        _count_again(target)


def _count_again(target: sqlite3.Connection) -> None:
    target.execute("DELETE FROM tallies")
    target.execute("UPDATE meta SET value = 0 WHERE key IN ('kept', 'kept_bytes')")
    rows = target.execute(
        f"SELECT rowid, namespace, entity, start, {TOP_LEVEL}, length(summary) + length(doc) "  # noqa: S608 - ours
        "FROM activations WHERE rowid <= (SELECT value FROM meta WHERE key = 'summed')"
    )
    while part := rows.fetchmany(STEP):
        count_rows(target, part, 1)
