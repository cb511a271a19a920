"""The kept inputs in the database. Blocking; call it in the thread that writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from jupyter_faas.playground.storage.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS inputs (
  number INTEGER PRIMARY KEY, activation TEXT NOT NULL, action TEXT NOT NULL,
  kept INTEGER NOT NULL, params BLOB NOT NULL
)
"""


@dataclass(frozen=True)
class InputRow:
    """``action`` is its whole path, ``kept`` epoch ms, ``params`` a JSON object."""

    activation: str
    action: str
    kept: int
    params: bytes


class InputStore:
    """A table beside those of the actions and records."""

    def __init__(self, store: Database) -> None:
        self._connection = store.writer
        self._connection.execute(_SCHEMA)
        self._connection.execute("CREATE INDEX IF NOT EXISTS inputs_of ON inputs (action, number)")
        # What is deleted shall not be found in the file either.
        self._connection.execute("PRAGMA secure_delete=ON")

    def add(self, row: InputRow, last: int, most_bytes: int) -> None:
        """Keep one more; of the action's older ones go what exceeds the bounds."""
        with self._connection:
            self._connection.execute(
                "INSERT INTO inputs (activation, action, kept, params) VALUES (?, ?, ?, ?)",
                (row.activation, row.action, row.kept, row.params),
            )
            self._trim(row.action, last, most_bytes)

    def rewrite(
        self, action: str, clean: Callable[[bytes], bytes], last: int, most_bytes: int
    ) -> None:
        """What is kept of an action as another rule keeps it."""
        with self._connection:
            rows = self._connection.execute(
                "SELECT number, params FROM inputs WHERE action=?", (action,)
            ).fetchall()
            for number, params in rows:
                self._connection.execute(
                    "UPDATE inputs SET params=? WHERE number=?", (clean(bytes(params)), number)
                )
            self._trim(action, last, most_bytes)

    def _trim(self, action: str, last: int, most_bytes: int) -> None:
        rows = self._connection.execute(
            "SELECT number, length(params) FROM inputs WHERE action=? ORDER BY number DESC",
            (action,),
        )
        total = 0
        surplus = []
        for rank, (number, size) in enumerate(rows):
            total += size
            if rank >= last or (rank and total > most_bytes):
                surplus.append((number,))
        self._connection.executemany("DELETE FROM inputs WHERE number=?", surplus)

    def forget(self, actions: Iterable[str]) -> None:
        """Delete what is kept of these actions."""
        with self._connection:
            self._connection.executemany(
                "DELETE FROM inputs WHERE action=?", [(action,) for action in actions]
            )

    def actions(self) -> list[str]:
        """The actions of which there is any."""
        return [name for (name,) in self._connection.execute("SELECT DISTINCT action FROM inputs")]

    def latest(self, action: str, limit: int) -> list[InputRow]:
        """Of one action, the newest first."""
        rows = self._connection.execute(
            "SELECT activation, action, kept, params FROM inputs WHERE action=? "
            "ORDER BY number DESC LIMIT ?",
            (action, limit),
        )
        return [InputRow(*row) for row in rows]

    def find(self, activation: str) -> InputRow | None:
        """That of one activation."""
        row = self._connection.execute(
            "SELECT activation, action, kept, params FROM inputs WHERE activation=?", (activation,)
        ).fetchone()
        return None if row is None else InputRow(*row)
