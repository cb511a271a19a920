"""The packages in the database. Blocking; call it in the thread that writes."""

from __future__ import annotations

from jupyter_faas.playground.store import Store
from jupyter_faas.whisk import PackageName

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

    def __init__(self, store: Store) -> None:
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
