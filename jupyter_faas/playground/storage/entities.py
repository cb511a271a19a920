"""The tables of packages, triggers, rules, alarms and APIs in the playground's database.

All calls block; make them in the writer thread. The tables are created here and not in ``schema``,
so that older database files do not need a migration.
"""

from __future__ import annotations

from jupyter_faas.playground.storage.database import Database
from jupyter_faas.whisk import FullName, PackageName

_SCHEMA = """
CREATE TABLE IF NOT EXISTS packages (
  namespace TEXT NOT NULL, name TEXT NOT NULL, doc BLOB NOT NULL,
  written INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (namespace, name)
) WITHOUT ROWID
"""
# The first versions of the table did not have a column for the order of writing.
_ADD_WRITTEN = "ALTER TABLE packages ADD COLUMN written INTEGER NOT NULL DEFAULT 0"


class PackageStore:
    """The table of packages."""

    def __init__(self, database: Database) -> None:
        self._connection = database.writer
        self._connection.execute(_SCHEMA)
        columns = self._connection.execute("SELECT name FROM pragma_table_info('packages')")
        if ("written",) not in columns.fetchall():
            self._connection.execute(_ADD_WRITTEN)

    def packages(self) -> list[bytes]:
        """Return all packages as JSON, in the order in which they were last written."""
        rows = self._connection.execute("SELECT doc FROM packages ORDER BY written")
        return [bytes(doc) for (doc,) in rows]

    def put(self, name: PackageName, doc: bytes) -> None:
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(
                # The column ``written`` stores the order of writing, because the table has no
                # rowid.
                "INSERT OR REPLACE INTO packages"
                " SELECT ?, ?, ?, 1 + coalesce(max(written), 0) FROM packages",
                (name.namespace, name.name, doc),
            )

    def delete(self, name: PackageName) -> None:
        """Delete a package and all its actions in one transaction."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("DELETE FROM actions WHERE namespace=?", (name.path,))
            self._connection.execute(
                "DELETE FROM packages WHERE namespace=? AND name=?", (name.namespace, name.name)
            )


_SCHEMAS = """
CREATE TABLE IF NOT EXISTS triggers (path TEXT PRIMARY KEY, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS rules (path TEXT PRIMARY KEY, doc BLOB NOT NULL);
"""

Docs = dict[FullName, bytes | None]


class TriggerStore:
    """The tables of triggers and rules. A rule and its triggers change in one transaction."""

    def __init__(self, database: Database) -> None:
        self._connection = database.writer
        for statement in _SCHEMAS.strip().splitlines():
            self._connection.execute(statement)

    def triggers(self) -> list[bytes]:
        """Return all triggers as JSON, in the order in which they were last written."""
        rows = self._connection.execute("SELECT doc FROM triggers ORDER BY rowid")
        return [bytes(doc) for (doc,) in rows]

    def rules(self) -> list[bytes]:
        """Return all rules as JSON, in the order in which they were last written."""
        rows = self._connection.execute("SELECT doc FROM rules ORDER BY rowid")
        return [bytes(doc) for (doc,) in rows]

    def commit(self, triggers: Docs, rules: Docs) -> None:
        """Write triggers and rules in one transaction; None as a document deletes the entity."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for table, docs in (("triggers", triggers), ("rules", rules)):
                for name, doc in docs.items():
                    # Delete and insert the row, so that it gets the highest rowid, by which lists
                    # are sorted.
                    self._connection.execute(
                        f"DELETE FROM {table} WHERE path=?",  # noqa: S608 - ours
                        (name.path,),
                    )
                    if doc is not None:
                        self._connection.execute(
                            f"INSERT INTO {table} VALUES (?, ?)",  # noqa: S608 - ours
                            (name.path, doc),
                        )


_ALARM_SCHEMA = "CREATE TABLE IF NOT EXISTS alarms (path TEXT PRIMARY KEY, doc BLOB NOT NULL)"


class AlarmStore:
    """The table of alarms; the path of the trigger is the primary key."""

    def __init__(self, database: Database) -> None:
        self._connection = database.writer
        self._connection.execute(_ALARM_SCHEMA)

    def alarms(self) -> list[bytes]:
        """Return all alarms as JSON, in the order in which they were created."""
        rows = self._connection.execute("SELECT doc FROM alarms ORDER BY rowid")
        return [bytes(doc) for (doc,) in rows]

    def put(self, trigger: FullName, doc: bytes) -> None:
        with self._connection:
            # Do not use INSERT OR REPLACE, which would move the alarm to the end of the list.
            self._connection.execute(
                "INSERT INTO alarms VALUES (?, ?)"
                " ON CONFLICT (path) DO UPDATE SET doc=excluded.doc",
                (trigger.path, doc),
            )

    def delete(self, trigger: FullName) -> None:
        with self._connection:
            self._connection.execute("DELETE FROM alarms WHERE path=?", (trigger.path,))


_GATEWAY_SCHEMA = """
CREATE TABLE IF NOT EXISTS apis (
  namespace TEXT NOT NULL, base_path TEXT NOT NULL, doc BLOB NOT NULL,
  PRIMARY KEY (namespace, base_path)
)
"""


class ApiStore:
    """The table of the gateway's APIs; namespace and base path are the primary key."""

    def __init__(self, database: Database) -> None:
        self._connection = database.writer
        self._connection.execute(_GATEWAY_SCHEMA)

    def apis(self) -> list[tuple[str, str, bytes]]:
        """Return the namespace, base path and document of each API, in the order of creation."""
        rows = self._connection.execute("SELECT namespace, base_path, doc FROM apis ORDER BY rowid")
        return [(namespace, base_path, bytes(doc)) for namespace, base_path, doc in rows]

    def put(self, namespace: str, base_path: str, doc: bytes) -> None:
        with self._connection:
            self._connection.execute(
                "INSERT INTO apis VALUES (?, ?, ?)"
                " ON CONFLICT (namespace, base_path) DO UPDATE SET doc=excluded.doc",
                (namespace, base_path, doc),
            )

    def delete(self, namespace: str, base_path: str) -> None:
        with self._connection:
            self._connection.execute(
                "DELETE FROM apis WHERE namespace=? AND base_path=?", (namespace, base_path)
            )
