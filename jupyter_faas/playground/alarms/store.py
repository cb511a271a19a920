"""The alarms in the database. Blocking; call it in the thread that writes."""

from __future__ import annotations

from jupyter_faas.playground.store import Store
from jupyter_faas.whisk import FullName

_SCHEMA = "CREATE TABLE IF NOT EXISTS alarms (path TEXT PRIMARY KEY, doc BLOB NOT NULL)"


class AlarmStore:
    """A table beside that of the triggers; an alarm goes by the path of its trigger."""

    def __init__(self, store: Store) -> None:
        self._connection = store.writer
        self._connection.execute(_SCHEMA)

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
