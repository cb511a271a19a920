"""The packages in the database. Blocking; call it in the thread that writes."""

from __future__ import annotations

from jupyter_faas.playground.storage.database import Database
from jupyter_faas.whisk import FullName, PackageName

_SCHEMA = """
CREATE TABLE IF NOT EXISTS packages (
  namespace TEXT NOT NULL, name TEXT NOT NULL, doc BLOB NOT NULL,
  written INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (namespace, name)
) WITHOUT ROWID
"""
# A database of before the order was kept.
_ADD_WRITTEN = "ALTER TABLE packages ADD COLUMN written INTEGER NOT NULL DEFAULT 0"


class PackageStore:
    """A table beside that of the actions, so that a package goes together with what is in it."""

    def __init__(self, store: Database) -> None:
        self._connection = store.writer
        self._connection.execute(_SCHEMA)
        columns = self._connection.execute("SELECT name FROM pragma_table_info('packages')")
        if ("written",) not in columns.fetchall():
            self._connection.execute(_ADD_WRITTEN)

    def packages(self) -> list[bytes]:
        """Every package as JSON, the one that was written last behind."""
        rows = self._connection.execute("SELECT doc FROM packages ORDER BY written")
        return [bytes(doc) for (doc,) in rows]

    def put(self, name: PackageName, doc: bytes) -> None:
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(
                "INSERT OR REPLACE INTO packages"
                " SELECT ?, ?, ?, 1 + coalesce(max(written), 0) FROM packages",
                (name.namespace, name.name, doc),
            )

    def delete(self, name: PackageName) -> None:
        """The package and all its actions, or nothing."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("DELETE FROM actions WHERE namespace=?", (name.path,))
            self._connection.execute(
                "DELETE FROM packages WHERE namespace=? AND name=?", (name.namespace, name.name)
            )


# -- The triggers and rules in the database. Blocking; call it in the thread that writes.


_SCHEMAS = """
CREATE TABLE IF NOT EXISTS triggers (path TEXT PRIMARY KEY, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS rules (path TEXT PRIMARY KEY, doc BLOB NOT NULL);
"""

Docs = dict[FullName, bytes | None]


class TriggerStore:
    """Two tables beside that of the actions: a rule changes together with its triggers."""

    def __init__(self, store: Database) -> None:
        self._connection = store.writer
        for statement in _SCHEMAS.strip().splitlines():
            self._connection.execute(statement)

    def triggers(self) -> list[bytes]:
        """Every trigger as JSON, the one that was written last behind."""
        rows = self._connection.execute("SELECT doc FROM triggers ORDER BY rowid")
        return [bytes(doc) for (doc,) in rows]

    def rules(self) -> list[bytes]:
        """Every rule as JSON, the one that was written last behind."""
        rows = self._connection.execute("SELECT doc FROM rules ORDER BY rowid")
        return [bytes(doc) for (doc,) in rows]

    def commit(self, triggers: Docs, rules: Docs) -> None:
        """Write them all, or nothing; one without a document is deleted."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for table, docs in (("triggers", triggers), ("rules", rules)):
                for name, doc in docs.items():
                    self._connection.execute(
                        f"DELETE FROM {table} WHERE path=?",  # noqa: S608 - ours
                        (name.path,),
                    )
                    if doc is not None:
                        self._connection.execute(
                            f"INSERT INTO {table} VALUES (?, ?)",  # noqa: S608 - ours
                            (name.path, doc),
                        )


# -- The alarms in the database. Blocking; call it in the thread that writes.


_ALARM_SCHEMA = "CREATE TABLE IF NOT EXISTS alarms (path TEXT PRIMARY KEY, doc BLOB NOT NULL)"


class AlarmStore:
    """A table beside that of the triggers; an alarm goes by the path of its trigger."""

    def __init__(self, store: Database) -> None:
        self._connection = store.writer
        self._connection.execute(_ALARM_SCHEMA)

    def alarms(self) -> list[bytes]:
        """Every alarm as JSON, the one that was made last behind."""
        rows = self._connection.execute("SELECT doc FROM alarms ORDER BY rowid")
        return [bytes(doc) for (doc,) in rows]

    def put(self, trigger: FullName, doc: bytes) -> None:
        with self._connection:
            self._connection.execute(
                "INSERT INTO alarms VALUES (?, ?)"
                " ON CONFLICT (path) DO UPDATE SET doc=excluded.doc",
                (trigger.path, doc),
            )

    def delete(self, trigger: FullName) -> None:
        with self._connection:
            self._connection.execute("DELETE FROM alarms WHERE path=?", (trigger.path,))


# -- The APIs in the database. Blocking; call it in the thread that writes.


_GATEWAY_SCHEMA = """
CREATE TABLE IF NOT EXISTS apis (
  namespace TEXT NOT NULL, base_path TEXT NOT NULL, doc BLOB NOT NULL,
  PRIMARY KEY (namespace, base_path)
)
"""


class ApiStore:
    """A table beside that of the actions."""

    def __init__(self, store: Database) -> None:
        self._connection = store.writer
        self._connection.execute(_GATEWAY_SCHEMA)

    def apis(self) -> list[tuple[str, str, bytes]]:
        """Namespace, base path and document of each, the one that was made last behind."""
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
