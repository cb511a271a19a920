"""The database: actions and activation records, in SQLite. Blocking; call it off the event loop."""

from __future__ import annotations

import logging
import re
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.storage.counts import count, seek
from jupyter_faas.playground.storage.filters import ActivationFilter, ActivationRow
from jupyter_faas.playground.storage.retention import Retention, give_back, purge
from jupyter_faas.playground.storage.usage import INDEX, UsageFilter, add_columns
from jupyter_faas.playground.storage.usage_daily import DailyFilter, DailyRow, daily
from jupyter_faas.playground.storage.usage_folding import NUMBERS, fold
from jupyter_faas.playground.storage.usage_folding import SCHEMA as TALLIES
from jupyter_faas.playground.storage.usage_rollups import SCHEMA as SUMS
from jupyter_faas.playground.storage.usage_rollups import (
    UsageRow,
    backlog,
    covered,
    summable,
    usage,
)

# -- The tables of the database, and how files of earlier versions come to have them.


FORMAT = 4

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
INSERT INTO meta VALUES ('format', 4), ('revision', 0);
"""

# The room ``graphs`` works on them.
_GRAPHS = """
CREATE TABLE graphs (sha256 TEXT PRIMARY KEY, doc BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE graph_of (
  activation TEXT PRIMARY KEY, namespace TEXT NOT NULL, sha256 TEXT NOT NULL,
  beside INTEGER NOT NULL
) WITHOUT ROWID;
"""

_SUMS = f"{SUMS}{TALLIES}{NUMBERS}"

# Files of format 1 become format 2 by it.
_CAUSES = """
ALTER TABLE activations ADD COLUMN cause TEXT;
UPDATE activations SET cause = json_extract(CAST(summary AS TEXT), '$.cause');
CREATE INDEX activations_by_cause ON activations (cause, start) WHERE cause IS NOT NULL;
UPDATE meta SET value = 2 WHERE key='format';
"""

# And those of format 3 format 4.
_TO_SUMS = """
DROP INDEX IF EXISTS activations_by_use;
UPDATE meta SET value = 4 WHERE key='format';
"""

_FORMAT_OF = "SELECT value FROM meta WHERE key='format'"


def prepare(connection: sqlite3.Connection) -> int:
    """Make the tables in an empty file, bring one of an earlier version up to date; give the
    format that it has then. Each step is made as a whole, or at the next start."""
    if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        connection.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}{INDEX}{_GRAPHS}{_SUMS}COMMIT;")
    if _format(connection) == 1:
        connection.executescript(f"BEGIN IMMEDIATE;{_CAUSES}{_GRAPHS}COMMIT;")
    if _format(connection) == 2:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            add_columns(connection)
            connection.execute("UPDATE meta SET value = 3 WHERE key='format'")
    if _format(connection) == 3:
        # The sums follow by themselves, while it is in use.
        connection.executescript(f"BEGIN IMMEDIATE;{_TO_SUMS}{INDEX}{_SUMS}COMMIT;")
    return _format(connection)


def _format(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute(_FORMAT_OF).fetchone()
    return int(found)


# -- What kind of file system a file is on: databases must know of networks.


# As Linux and macOS call them. FUSE puts its own word before.
_NETWORK = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "webdav", "davfs"),
        *("afs", "ceph", "coda", "glusterfs", "lustre", "gpfs", "beegfs", "ocfs2", "orangefs"),
        *("9p", "virtiofs", "vboxsf", "prl_fs", "vmhgfs", "vmhgfs-fuse", "drvfs"),
        *("sshfs", "osxfuse", "macfuse", "s3fs", "rclone", "gcsfuse", "blobfuse", "blobfuse2"),
        *("mount-s3", "davfs2", "curlftpfs", "juicefs", "seaweedfs", "grpcfuse"),
    }
)

_MOUNTS = Path("/proc/self/mountinfo")


def is_network(kind: str | None) -> bool:
    """Whether files of that kind may be on another machine, by the name that the kernel gives."""
    return kind is not None and kind.removeprefix("fuse.") in _NETWORK


def file_system_of(path: Path) -> str | None:
    """Such as ``ext4`` or ``nfs4``; None where it cannot be told. The file need not be there."""
    real = path.resolve()
    try:
        mounts = list(_linux(_MOUNTS.read_text()) if _MOUNTS.exists() else _others())
    except (OSError, subprocess.SubprocessError):
        return None
    found = [(point, kind) for point, kind in mounts if real.is_relative_to(point)]
    # Of two at the same place, the later one lies above.
    best = max(enumerate(found), key=lambda each: (len(each[1][0].parts), each[0]), default=None)
    return None if best is None else best[1][1]


def _linux(text: str) -> Iterator[tuple[Path, str]]:
    """See proc(5): the mount point is the fifth field, the kind the first behind the dash."""
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), before.split()[4])
        yield Path(point), after.split()[0]


def _others() -> Iterator[tuple[Path, str]]:
    """What ``mount`` prints on macOS and BSD: ``//me@host/share on /Volumes/share (smbfs, …)``."""
    listed = subprocess.run(["mount"], capture_output=True, text=True, timeout=5, check=True)
    for line in listed.stdout.splitlines():
        found = re.fullmatch(r".* on (/.*) \((\w+)[,)].*", line)
        if found:
            yield Path(found[1]), found[2]


log = logging.getLogger(__name__)

# What is beyond it after a checkpoint is cut off.
_MOST_WAL_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class ActionRow:
    """``namespace`` is ``guest`` or ``guest/package``; ``doc`` the entity as JSON, without code."""

    namespace: str
    name: str
    revision: int
    doc: bytes


class RecordPage(NamedTuple):
    """``rows`` are start, id and JSON. ``known``: which of the records beside are among them or
    before them; ``skipped``: how many have been left out already."""

    rows: list[tuple[int, str, bytes]]
    known: frozenset[str]
    skipped: int


class Database:
    """Two connections: one to write, one to read beside it; each for one thread at a time.

    Every commit is synced to disk (``synchronous=FULL``): what has been committed survives a power
    cut. The log before it is a WAL, which is memory that two connections share: where the file is
    on a network, which cannot share memory, it is a rollback journal.
    """

    def __init__(
        self, path: Path, file_system: Callable[[Path], str | None] = file_system_of
    ) -> None:
        """Raises PlaygroundError when the file is no database of ours."""
        kind = file_system(path)
        self._mode = mode = "TRUNCATE" if is_network(kind) else "WAL"
        if mode != "WAL":
            log.warning(
                "%s is on a network file system (%s): without WAL, writing takes longer. "
                "A data folder on a disk of this machine is faster.",
                path.parent,
                kind,
            )
        with ExitStack() as opened:
            try:
                self._writer = opened.enter_context(closing(_connect(path, mode)))
                found = prepare(self._writer)
                self._reader = opened.enter_context(closing(_connect(path, mode)))
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

    def hurry(self) -> None:
        """Until ``settle`` commits wait for no disk: a power cut may undo the last of them.

        For what the next start would write again. The first commit after it syncs these too.
        """
        if self._mode == "WAL":
            self._writer.execute("PRAGMA synchronous=NORMAL")

    def settle(self) -> None:
        self._writer.execute("PRAGMA synchronous=FULL")

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

    def commit(
        self, records: Sequence[ActivationRow], accepted: Sequence[tuple[str, bytes]]
    ) -> None:
        """Keep records, and the ids of invocations that were accepted and have none yet.

        Writing the same record again changes nothing.
        """
        with self._writer:
            self._writer.execute("BEGIN IMMEDIATE")
            self._writer.executemany("INSERT OR REPLACE INTO accepted VALUES (?, ?)", accepted)
            self._writer.executemany(
                # A new row would be added to the sums again.
                "INSERT OR IGNORE INTO activations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                records,
            )
            if self._writer.execute("SELECT 1 FROM accepted LIMIT 1").fetchone():
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

    def records(
        self,
        where: ActivationFilter,
        limit: int,
        docs: bool,
        skip: int = 0,
        besides: Sequence[str] = (),
    ) -> RecordPage:
        """The newest, each with its start, id, and the whole record or its list entry.

        Of those that started in the same millisecond, the one that was written last is the newest.
        ``besides`` are the ids of some that may not be written yet, so ``skip`` may be of them.
        """
        with self._as_it_is() as connection:
            known = [
                each
                for each in besides
                if connection.execute("SELECT 1 FROM activations WHERE id=?", (each,)).fetchone()
            ]
            skipped = max(0, skip - (len(besides) - len(known)))
            upto, left = seek(connection, where, skipped) if skipped else (where.upto, 0)
            condition, arguments = replace(where, upto=upto).sql()
            rows = connection.execute(
                f"SELECT start, id, {'doc' if docs else 'summary'} FROM activations "  # noqa: S608 - ours
                f"WHERE {condition} ORDER BY start DESC, rowid DESC LIMIT ? OFFSET ?",
                (*arguments, limit + skip - skipped, left),
            ).fetchall()
        return RecordPage(rows, frozenset(known), skipped)

    def count(self, where: ActivationFilter, besides: Sequence[str]) -> int:
        """How many records match, those with the ids ``besides`` not counted."""
        condition, arguments = where.sql()
        with self._as_it_is() as connection:
            total = count(connection, where)
            for activation_id in besides:
                (found,) = connection.execute(
                    f"SELECT count(*) FROM activations WHERE id=? AND {condition}",  # noqa: S608 - ours
                    (activation_id, *arguments),
                ).fetchone()
                total -= found
        return total

    # -- sums --------------------------------------------------------------------------------

    def usage(self, where: UsageFilter) -> list[UsageRow]:
        """What runs used, those that are alike together."""
        with self._as_it_is() as connection:
            return usage(connection, where, covered(connection, where))

    def daily(self, asked: DailyFilter) -> list[DailyRow]:
        """The same, added up for each day and memory limit."""
        with self._as_it_is() as connection:
            return daily(connection, asked)

    def summable(self) -> bool:
        """Whether questions are answered from the sums; until they have caught up once, from the
        records."""
        return summable(self._reader)

    def backlog(self) -> int:
        """How many records are not in the sums yet, at most."""
        return backlog(self._reader)

    def fold(self) -> int:
        """Add the next records to the sums; give how many they were."""
        return fold(self._writer)

    def purge(self, keep: Retention, now_ms: int) -> int:
        """Delete some of the records that are kept no longer; give how many they were."""
        return purge(self._writer, keep, now_ms)

    def give_back(self) -> bool:
        """Make the file smaller when much of it is free; whether there is more to do."""
        return give_back(self._writer)

    @contextmanager
    def _as_it_is(self) -> Iterator[sqlite3.Connection]:
        """To read several things of the same moment."""
        self._reader.execute("BEGIN")
        try:
            yield self._reader
        finally:
            self._reader.execute("COMMIT")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # Each is used by a thread of its own, which is not the one that opens it.
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    try:
        connection.execute("PRAGMA busy_timeout=10000")
        # Of a new file only; before anything is in it.
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute(f"PRAGMA journal_size_limit={_MOST_WAL_BYTES}")
        connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
