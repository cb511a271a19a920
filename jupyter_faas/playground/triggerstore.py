"""The triggers and rules in the database. Blocking; call it in the thread that writes."""

from __future__ import annotations

from jupyter_faas.playground.store import Store
from jupyter_faas.whisk import FullName

_SCHEMAS = """
CREATE TABLE IF NOT EXISTS triggers (path TEXT PRIMARY KEY, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS rules (path TEXT PRIMARY KEY, doc BLOB NOT NULL);
"""

Docs = dict[FullName, bytes | None]


class TriggerStore:
    """Two tables beside that of the actions: a rule changes together with its triggers."""

    def __init__(self, store: Store) -> None:
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
