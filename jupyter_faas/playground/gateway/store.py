"""The APIs in the database. Blocking; call it in the thread that writes."""

from __future__ import annotations

from jupyter_faas.playground.store import Store

_SCHEMA = """
CREATE TABLE IF NOT EXISTS apis (
  namespace TEXT NOT NULL, base_path TEXT NOT NULL, doc BLOB NOT NULL,
  PRIMARY KEY (namespace, base_path)
)
"""


class ApiStore:
    """A table beside that of the actions."""

    def __init__(self, store: Store) -> None:
        self._connection = store.writer
        self._connection.execute(_SCHEMA)

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
