"""The database: actions and activation records, in SQLite. Blocking; call it off the event loop."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import astuple, dataclass
from pathlib import Path

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.dailyuse import DailyFilter, DailyRow, daily
from jupyter_faas.playground.usage import INDEX, UsageFilter, UsageRow, add_columns, usage

FORMAT = 3

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE actions (
  namespace TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, doc BLOB NOT NULL,
  code TEXT NOT NULL, PRIMARY KEY (namespace, name)
);
CREATE TABLE activations (
  id TEXT PRIMARY KEY, namespace TEXT NOT NULL, entity TEXT NOT NULL, start INTEGER NOT NULL,
  summary BLOB NOT NULL, doc BLOB NOT NULL, cause TEXT,
  memory INTEGER, cold INTEGER, duration INTEGER, peak INTEGER
);
CREATE INDEX activations_by_start ON activations (namespace, start);
CREATE INDEX activations_by_entity ON activations (namespace, entity, start);
CREATE INDEX activations_by_cause ON activations (cause, start) WHERE cause IS NOT NULL;
CREATE TABLE accepted (id TEXT PRIMARY KEY, doc BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('format', 3), ('revision', 0);
"""

# The room ``graphs`` works on them.
_GRAPHS = """
CREATE TABLE graphs (sha256 TEXT PRIMARY KEY, doc BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE graph_of (
  activation TEXT PRIMARY KEY, namespace TEXT NOT NULL, sha256 TEXT NOT NULL,
  beside INTEGER NOT NULL
) WITHOUT ROWID;
"""

# Files of format 1 become format 2 by it.
_CAUSES = """
ALTER TABLE activations ADD COLUMN cause TEXT;
UPDATE activations SET cause = json_extract(CAST(summary AS TEXT), '$.cause');
CREATE INDEX activations_by_cause ON activations (cause, start) WHERE cause IS NOT NULL;
UPDATE meta SET value = 2 WHERE key='format';
"""

_OF_NO_OTHER = (
    "cause IS NULL AND NOT EXISTS (SELECT 1 FROM graph_of WHERE activation = id AND beside)"
)
_FORMAT_OF = "SELECT value FROM meta WHERE key='format'"


@dataclass(frozen=True)
class ActionRow:
    """``namespace`` is ``guest`` or ``guest/package``; ``doc`` the entity as JSON, without code."""

    namespace: str
    name: str
    revision: int
    doc: bytes


@dataclass(frozen=True)
class RecordRow:
    """``entity`` is the action within its namespace; ``summary`` and ``doc`` are JSON.

    ``cause`` is the run that this is a part of, if any. The last four are those of a RunUse.
    """

    id: str
    namespace: str
    entity: str
    start: int
    summary: bytes
    doc: bytes
    cause: str | None = None
    memory: int | None = None
    cold: bool | None = None
    duration: int | None = None
    peak: int | None = None


@dataclass(frozen=True)
class RecordFilter:
    """``since`` and ``upto`` are epoch ms, both inclusive, on the start of the run.

    ``causes``: parts of these runs; empty, what is part of no other, not as a branch either; None,
    all.
    """

    namespace: str
    entity: str | None = None
    since: int | None = None
    upto: int | None = None
    causes: tuple[str, ...] | None = None

    def matches(self, row: RecordRow) -> bool:
        return (
            row.namespace == self.namespace
            and (self.entity is None or row.entity == self.entity)
            and (self.since is None or row.start >= self.since)
            and (self.upto is None or row.start <= self.upto)
            and (self.causes is None or row.cause in (self.causes or (None,)))
        )

    def sql(self) -> tuple[str, list[object]]:
        conditions, values = ["namespace = ?"], [self.namespace]
        rows = (("entity = ?", self.entity), ("start >= ?", self.since), ("start <= ?", self.upto))
        arguments: list[object] = [*values]
        for condition, value in rows:
            if value is not None:
                conditions.append(condition)
                arguments.append(value)
        if self.causes is not None:
            marks = ", ".join("?" * len(self.causes))
            if marks:
                # Few have these causes, many the namespace: the plus keeps its index out of it.
                conditions[0] = "+namespace = ?"
            conditions.append(f"cause IN ({marks})" if marks else _OF_NO_OTHER)
            arguments.extend(self.causes)
        return " AND ".join(conditions), arguments


class Store:
    """Two connections: one to write, one to read beside it; each for one thread at a time.

    Every commit is synced to disk (WAL, ``synchronous=FULL``): what has been committed survives
    a power cut.
    """

    def __init__(self, path: Path) -> None:
        """Raises PlaygroundError when the file is no database of ours."""
        with ExitStack() as opened:
            try:
                self._writer = opened.enter_context(closing(_connect(path)))
                if not self._writer.execute("SELECT 1 FROM sqlite_master").fetchone():
                    self._writer.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}{INDEX}{_GRAPHS}COMMIT;")
                (found,) = self._writer.execute(_FORMAT_OF).fetchone()
                if found == 1:
                    self._writer.executescript(f"BEGIN IMMEDIATE;{_CAUSES}{_GRAPHS}COMMIT;")
                if found in (1, 2):
                    self._note_uses()
                    (found,) = self._writer.execute(_FORMAT_OF).fetchone()
                self._reader = opened.enter_context(closing(_connect(path)))
            except sqlite3.Error as error:
                raise PlaygroundError(
                    f"{path} cannot be read: {error}.",
                    hint="Move the file away; the next start makes an empty one.",
                ) from error
            if found != FORMAT:
                raise PlaygroundError(
                    f"{path} was written by another version of jupyter_faas (format {found}).",
                    hint="Upgrade jupyter_faas, or move the file away.",
                )
            opened.pop_all()

    @property
    def writer(self) -> sqlite3.Connection:
        """For the tables that others keep here; only in the thread that writes."""
        return self._writer

    def _note_uses(self) -> None:
        """A file of format 2 becomes one of format 3."""
        with self._writer:
            self._writer.execute("BEGIN IMMEDIATE")
            add_columns(self._writer)
            self._writer.execute(INDEX)
            self._writer.execute("UPDATE meta SET value = 3 WHERE key='format'")

    def close(self) -> None:
        self._reader.close()
        self._writer.close()

    # -- actions -----------------------------------------------------------------------------

    def actions(self) -> list[ActionRow]:
        """Every action, the one that was written last behind."""
        rows = self._reader.execute(
            "SELECT namespace, name, revision, doc FROM actions ORDER BY revision"
        )
        return [ActionRow(*row) for row in rows]

    def put_action(self, namespace: str, name: str, doc: bytes, code: str | None) -> int:
        """Write an action; give its new revision, a number never used before.

        Without ``code`` the stored one stays.
        """
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
        """The code of an action as it stands in revision ``revision``; None when that is past."""
        row = self._reader.execute(
            "SELECT code FROM actions WHERE revision=?", (revision,)
        ).fetchone()
        return None if row is None else str(row[0])

    # -- activation records --------------------------------------------------------------------

    def commit(self, records: Sequence[RecordRow], accepted: Sequence[tuple[str, bytes]]) -> None:
        """Keep records, and the ids of invocations that were accepted and have none yet.

        Writing the same record again changes nothing.
        """
        with self._writer:
            self._writer.execute("BEGIN IMMEDIATE")
            self._writer.executemany("INSERT OR REPLACE INTO accepted VALUES (?, ?)", accepted)
            self._writer.executemany(
                "INSERT OR REPLACE INTO activations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [astuple(row) for row in records],
            )
            self._writer.executemany(
                "DELETE FROM accepted WHERE id=?", [(row.id,) for row in records]
            )

    def accepted(self) -> list[tuple[str, bytes]]:
        return self._reader.execute("SELECT id, doc FROM accepted").fetchall()

    def forget_accepted(self) -> None:
        self._writer.execute("DELETE FROM accepted")

    def record(self, activation_id: str, namespace: str | None = None) -> bytes | None:
        """None when there is none, or none in that namespace."""
        row = self._reader.execute(
            "SELECT doc FROM activations WHERE id=? AND namespace=coalesce(?, namespace)",
            (activation_id, namespace),
        ).fetchone()
        return None if row is None else bytes(row[0])

    def records(self, where: RecordFilter, count: int, docs: bool) -> list[tuple[int, str, bytes]]:
        """The newest ``count``: start, id, and the whole record or its list entry.

        Of those that started in the same millisecond, the one that was written last is the newest.
        """
        condition, arguments = where.sql()
        column = "doc" if docs else "summary"
        return self._reader.execute(
            f"SELECT start, id, {column} FROM activations WHERE {condition} "  # noqa: S608 - ours
            "ORDER BY start DESC, rowid DESC LIMIT ?",
            (*arguments, count),
        ).fetchall()

    def usage(self, where: UsageFilter) -> list[UsageRow]:
        """What runs used, those that are alike together."""
        return usage(self._reader, where)

    def daily(self, asked: DailyFilter) -> list[DailyRow]:
        """The same, added up for each day and memory limit."""
        return daily(self._reader, asked)

    def count(self, where: RecordFilter, besides: Sequence[str]) -> int:
        """How many records match, those with the ids ``besides`` not counted."""
        condition, arguments = where.sql()
        (total,) = self._reader.execute(
            f"SELECT count(*) FROM activations WHERE {condition}",  # noqa: S608 - ours
            arguments,
        ).fetchone()
        for activation_id in besides:
            (found,) = self._reader.execute(
                f"SELECT count(*) FROM activations WHERE id=? AND {condition}",  # noqa: S608 - ours
                (activation_id, *arguments),
            ).fetchone()
            total -= found
        return int(total)


def _connect(path: Path) -> sqlite3.Connection:
    # Each is used by a thread of its own, which is not the one that opens it.
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA busy_timeout=10000")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
