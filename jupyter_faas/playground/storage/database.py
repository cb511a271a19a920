"""The SQLite database of the playground: actions and activation records.

All calls block; make them in one of the two threads of ``DatabaseThreads``. The stores of packages,
triggers, alarms, APIs, inputs and graphs keep their tables in the same file and use the connection
``writer``.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.file_systems import file_system_of, is_network, maps_memory
from jupyter_faas.playground.storage.backup import back_up, before_upgrade
from jupyter_faas.playground.storage.counts import count, seek
from jupyter_faas.playground.storage.failures import open_error, repaired_of
from jupyter_faas.playground.storage.filters import ActivationFilter, ActivationRow
from jupyter_faas.playground.storage.retention import Retention, purge, shrink
from jupyter_faas.playground.storage.schema import BY_ID, FORMAT, format_of, prepare
from jupyter_faas.playground.storage.usage import UsageFilter
from jupyter_faas.playground.storage.usage_daily import DailyFilter, DailyRow, daily
from jupyter_faas.playground.storage.usage_rollups import (
    UsageRow,
    backlog,
    is_usable,
    roll_up,
    usage,
)

log = logging.getLogger(__name__)

# SQLite does not shrink a WAL file by default. With this limit, SQLite truncates the WAL after a
# checkpoint, so that one large commit does not occupy disk space forever.
_MAX_WAL_BYTES = 8 * 1024 * 1024

# Without a WAL, the reader and the writer wait for each other's locks this long.
BUSY_TIMEOUT_MS = 10_000

# The statements that insert records, by the number of rows. Use IGNORE and not REPLACE: a replaced
# row gets a new number, and would be added to the rollups a second time.
_ROW = f"({', '.join('?' * len(ActivationRow._fields))})"
_INSERTS = {
    rows: f"INSERT OR IGNORE INTO activations VALUES {', '.join([_ROW] * rows)}"  # noqa: S608 - ours
    for rows in (64, 8, 1)
}


class ActionRow(NamedTuple):
    """An action in the database: ``doc`` is the entity as JSON, without its code.

    ``namespace`` includes the package, if any: ``guest`` or ``guest/package``.
    """

    namespace: str
    name: str
    revision: int
    doc: bytes


class RecordPage(NamedTuple):
    """One page of a list of records.

    ``rows``: start (epoch ms), id and JSON of each record.
    ``written``: the ids of pending records that are already in the database.
    ``skipped``: how many records were skipped before the first row.
    """

    rows: list[tuple[int, str, bytes]]
    written: frozenset[str]
    skipped: int


class Database:
    """The database file, opened with two SQLite connections: one for writing, one for reading.

    Only one thread at a time may use each connection. Every commit is synced to disk
    (``synchronous=FULL``) and survives a power cut. The database uses a write-ahead log (WAL). On a
    network file system, and where files cannot be mapped into memory, it uses a rollback journal,
    because a WAL needs shared memory.
    """

    def __init__(
        self, path: Path, file_system: Callable[[Path], str | None] = file_system_of
    ) -> None:
        """Open or create the file, and migrate it from an earlier format, after a backup.

        ``created`` is then whether the file is new. Raises PlaygroundError if the file cannot be
        read or has a newer format.
        """
        self.path = path
        self._mode = "TRUNCATE" if is_network(kind := file_system(path)) else "WAL"
        with ExitStack() as opened:
            try:
                if repaired_of(path).exists():
                    # A repair was interrupted at its last step. This is rare, and the import would
                    # delay each start.
                    from jupyter_faas.playground.storage.recovery import finish

                    finish(path)
                self._writer = opened.enter_context(closing(self._first_connection()))
                if self._mode != "WAL":
                    log.warning(
                        "%s is on a network file system (%s), where SQLite's WAL mode cannot be "
                        "used, so writing is slower. A data folder on a local disk is faster.",
                        path.parent,
                        kind,
                    )
                before = format_of(self._writer)
                self.created = before is None
                if before is not None and before < FORMAT:
                    back_up(path, before_upgrade(path))
                found = prepare(self._writer)
                self._reader = opened.enter_context(closing(_connect(path, self._mode)))
            except (sqlite3.Error, OSError) as error:
                raise open_error(path, error) from error
            if found != FORMAT:
                raise PlaygroundError(
                    f"{path} was written by a newer version of jupyter_faas (format {found}).",
                    hint="Upgrade jupyter_faas, or choose another data folder with --data-dir or "
                    "JUPYTER_FAAS_DATA_DIR.",
                )
            # No error occurred, so keep the connections open until ``close``.
            opened.pop_all()

    def _first_connection(self) -> sqlite3.Connection:
        """Connect, and use a rollback journal if the file system cannot share a WAL's memory."""
        if self._mode == "WAL":
            try:
                return _connect(self.path, "WAL")
            except sqlite3.OperationalError:
                # This file system is not in the list of ``is_network``.
                if maps_memory(self.path.parent):
                    raise
                self._mode = "TRUNCATE"
        _end_wal(self.path)
        return _connect(self.path, "TRUNCATE")

    @property
    def writer(self) -> sqlite3.Connection:
        """The connection for the tables of other stores, to be used only in the writer thread."""
        return self._writer

    def suspend_sync(self) -> None:
        """Stop syncing commits to the disk until ``resume_sync``; a power cut may undo them.

        Use it for data that the next start would write again. The first commit after
        ``resume_sync`` also syncs the earlier commits.
        """
        # Without a WAL, a power cut after an unsynced commit could damage the file.
        if self._mode == "WAL":
            self._writer.execute("PRAGMA synchronous=NORMAL")

    def resume_sync(self) -> None:
        self._writer.execute("PRAGMA synchronous=FULL")

    def close(self) -> None:
        self._reader.close()
        self._writer.close()

    def actions(self) -> list[ActionRow]:
        """Return all actions in the order in which they were last written."""
        rows = self._reader.execute(
            "SELECT namespace, name, revision, doc FROM actions ORDER BY revision"
        )
        return [ActionRow(*row) for row in rows]

    def put_action(self, namespace: str, name: str, doc: bytes, code: str | None) -> int:
        """Write an action and return its new revision, a number that was never used before.

        If ``code`` is None, the stored code is kept.
        """
        # The connection is in autocommit mode, so each transaction needs an explicit BEGIN.
        # IMMEDIATE acquires the write lock at once, because upgrading a read lock later could fail.
        with self._writer:
            self._writer.execute("BEGIN IMMEDIATE")
            self._writer.execute("UPDATE meta SET value = value + 1 WHERE key='revision'")
            (revision,) = self._writer.execute(
                "SELECT value FROM meta WHERE key='revision'"
            ).fetchone()
            if code is None:
                self._writer.execute(
                    "UPDATE actions SET revision=?, doc=? WHERE namespace=? AND name=?",
                    (revision, doc, namespace, name),
                )
            else:
                self._writer.execute(
                    "INSERT OR REPLACE INTO actions VALUES (?, ?, ?, ?, ?)",
                    (namespace, name, revision, doc, code),
                )
        return int(revision)

    def delete_action(self, namespace: str, name: str) -> None:
        with self._writer:
            self._writer.execute(
                "DELETE FROM actions WHERE namespace=? AND name=?", (namespace, name)
            )

    def code(self, revision: int) -> str | None:
        """Return the code of a revision, or None if the action was updated or deleted since."""
        row = self._reader.execute(
            "SELECT code FROM actions WHERE revision=?", (revision,)
        ).fetchone()
        return None if row is None else str(row[0])

    def commit(
        self, records: Sequence[ActivationRow], accepted: Sequence[tuple[str, bytes]]
    ) -> None:
        """Write records and accepted invocations in one transaction.

        ``records``: rows to add; a record that is already in the database stays unchanged.
        ``accepted``: ids and JSON documents of invocations that have no record yet.
        """
        with self._writer:
            self._writer.execute("BEGIN IMMEDIATE")
            self._writer.executemany("INSERT OR REPLACE INTO accepted VALUES (?, ?)", accepted)
            # After each statement, this thread waits for the interpreter lock, which the event loop
            # needs all the time under load. So one statement inserts many rows.
            first = 0
            for size, statement in _INSERTS.items():
                while first + size <= len(records):
                    rows = records[first : first + size]
                    self._writer.execute(statement, tuple(chain.from_iterable(rows)))
                    first += size
            # The table is mostly empty, and this query is cheaper than a DELETE for each record.
            if self._writer.execute("SELECT 1 FROM accepted LIMIT 1").fetchone():
                self._writer.executemany(
                    "DELETE FROM accepted WHERE id=?", [(row.id,) for row in records]
                )

    def accepted(self) -> list[tuple[str, bytes]]:
        """Return the id and document of each accepted invocation that has no record."""
        return self._reader.execute("SELECT id, doc FROM accepted").fetchall()

    def forget_accepted(self) -> None:
        self._writer.execute("DELETE FROM accepted")

    def record(self, activation_id: str, namespace: str | None = None) -> bytes | None:
        """Return a record as JSON, or None if it does not exist.

        If ``namespace`` is given, the record must be in this namespace.
        """
        row = self._reader.execute(
            f"SELECT doc FROM activations WHERE {BY_ID} AND namespace=coalesce(?2, namespace)",  # noqa: S608 - ours
            (activation_id, namespace),
        ).fetchone()
        return None if row is None else bytes(row[0])

    def records(
        self,
        where: ActivationFilter,
        limit: int,
        docs: bool,
        skip: int = 0,
        pending: Sequence[str] = (),
    ) -> RecordPage:
        """Return a page of the records that match, the newest first.

        With ``docs``, the JSON of a row is the whole record, else its list entry. Of records that
        started in the same millisecond, the one written last is the newest.
        ``pending``: ids of matching records that may not be committed yet. ``skip`` includes these
        records, so fewer rows may be skipped here; see ``RecordPage.skipped``.
        """
        with self._snapshot() as connection:
            written = [
                each
                for each in pending
                if connection.execute(
                    f"SELECT 1 FROM activations WHERE {BY_ID}",  # noqa: S608 - ours
                    (each,),
                ).fetchone()
            ]
            # Each pending record may be newer than the first record of the page. So skip fewer rows
            # here, by the number of pending records. The caller skips the rest after merging.
            skipped = max(0, skip - (len(pending) - len(written)))
            upto, left = seek(connection, where, skipped) if skipped else (where.upto, 0)
            condition, arguments = where._replace(upto=upto).sql()
            rows = connection.execute(
                f"SELECT start, id, {'doc' if docs else 'summary'} FROM activations "  # noqa: S608 - ours
                f"WHERE {condition} ORDER BY start DESC, rowid DESC LIMIT ? OFFSET ?",
                (*arguments, limit + skip - skipped, left),
            ).fetchall()
        return RecordPage(rows, frozenset(written), skipped)

    def count(self, where: ActivationFilter, pending: Sequence[str]) -> int:
        """Return how many records match, except those whose ids are in ``pending``."""
        condition, arguments = where.sql()
        with self._snapshot() as connection:
            total = count(connection, where)
            for activation_id in pending:
                (found,) = connection.execute(
                    f"SELECT count(*) FROM activations WHERE {BY_ID} AND {condition}",  # noqa: S608 - ours
                    (activation_id, *arguments),
                ).fetchone()
                total -= found
        return total

    def usage(self, where: UsageFilter) -> list[UsageRow]:
        """Return the usage of each group of runs: action, memory limit, and cold or warm start."""
        with self._snapshot() as connection:
            return usage(connection, where)

    def daily(self, request: DailyFilter) -> list[DailyRow]:
        """Return the usage of each day and memory limit."""
        with self._snapshot() as connection:
            return daily(connection, request)

    def rollups_usable(self) -> bool:
        """Return whether usage is read from the rollups; see ``usage_rollups.is_usable``."""
        return is_usable(self._reader)

    def backlog(self) -> int:
        """Return an upper bound for the number of records that are not in the rollups yet."""
        return backlog(self._reader)

    def roll_up(self) -> int:
        """Add the next records to the rollups and return their number."""
        return roll_up(self._writer)

    def purge(self, keep: Retention, now_ms: int) -> int:
        """Delete some of the records that exceed the retention and return their number."""
        return purge(self._writer, keep, now_ms)

    def shrink(self) -> bool:
        """Release some free pages if there are many; return whether to call ``shrink`` again."""
        return shrink(self._writer)

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """Run the block in a read transaction, in which all queries see the same state."""
        self._reader.execute("BEGIN")
        try:
            yield self._reader
        finally:
            self._reader.execute("COMMIT")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # Another thread uses the connection, so the thread check is disabled. Without an isolation
    # level, the sqlite3 module does not begin transactions implicitly.
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    try:
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        # This setting only has an effect on a new file, before the first table is created.
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute(f"PRAGMA journal_size_limit={_MAX_WAL_BYTES}")
        connection.execute("PRAGMA synchronous=FULL")
        # The first read of a WAL maps its shared memory, which fails on some file systems.
        connection.execute("PRAGMA schema_version")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _end_wal(path: Path) -> None:
    """Move a WAL into the database, without shared memory: only one connection may be open."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA journal_mode=TRUNCATE")
