"""The table of kept inputs (``--keep-inputs``). All calls block; make them in the writer thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from jupyter_faas.playground.storage.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS inputs (
  number INTEGER PRIMARY KEY, activation TEXT NOT NULL, action TEXT NOT NULL,
  kept INTEGER NOT NULL, params BLOB NOT NULL
)
"""


class InputRow(NamedTuple):
    """The input of a run.

    ``activation``: the id of the run.
    ``action``: the path of the action with its namespace.
    ``kept``: the time at which the input was stored, in epoch ms.
    ``params``: the input as JSON.
    """

    activation: str
    action: str
    kept: int
    params: bytes


class InputStore:
    """The last inputs of each action, limited in number and in bytes."""

    def __init__(self, database: Database) -> None:
        self._connection = database.writer
        self._connection.execute(_SCHEMA)
        self._connection.execute("CREATE INDEX IF NOT EXISTS inputs_of ON inputs (action, number)")
        # Inputs may be secret. Without this setting, deleted inputs would stay readable in the
        # file.
        self._connection.execute("PRAGMA secure_delete=ON")

    def add(self, action: str, rows: Sequence[InputRow], max_count: int, max_bytes: int) -> None:
        """Store inputs of an action and delete its oldest inputs that exceed the limits."""
        with self._transaction():
            self._connection.executemany(
                "INSERT INTO inputs (activation, action, kept, params) VALUES (?, ?, ?, ?)",
                [(row.activation, row.action, row.kept, row.params) for row in rows],
            )
            self._trim(action, max_count, max_bytes)

    def rewrite(
        self, action: str, clean: Callable[[bytes], bytes], max_count: int, max_bytes: int
    ) -> None:
        """Apply changed settings to the stored inputs of an action.

        ``clean`` takes an input (JSON) and returns the JSON to store instead. Then the oldest
        inputs that exceed the limits are deleted.
        """
        with self._transaction():
            rows = self._connection.execute(
                "SELECT number, params FROM inputs WHERE action=?", (action,)
            ).fetchall()
            for number, params in rows:
                self._connection.execute(
                    "UPDATE inputs SET params=? WHERE number=?", (clean(bytes(params)), number)
                )
            self._trim(action, max_count, max_bytes)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        # The connection is in autocommit mode. Without BEGIN, each statement would be a commit that
        # waits for the disk, and an error would leave a part of the changes.
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield

    def _trim(self, action: str, max_count: int, max_bytes: int) -> None:
        rows = self._connection.execute(
            "SELECT number, length(params) FROM inputs WHERE action=? ORDER BY number DESC",
            (action,),
        )
        total = 0
        surplus = []
        for rank, (number, size) in enumerate(rows):
            total += size
            # Keep the latest input even if it alone exceeds ``max_bytes``.
            if rank >= max_count or (rank and total > max_bytes):
                surplus.append((number,))
        self._connection.executemany("DELETE FROM inputs WHERE number=?", surplus)

    def forget(self, actions: Iterable[str]) -> None:
        """Delete the inputs of these actions."""
        with self._transaction():
            self._connection.executemany(
                "DELETE FROM inputs WHERE action=?", [(action,) for action in actions]
            )

    def actions(self) -> list[str]:
        """Return the paths of the actions that have stored inputs."""
        return [name for (name,) in self._connection.execute("SELECT DISTINCT action FROM inputs")]

    def latest(self, action: str, limit: int) -> list[InputRow]:
        """Return up to ``limit`` inputs of an action, the newest first."""
        rows = self._connection.execute(
            "SELECT activation, action, kept, params FROM inputs WHERE action=? "
            "ORDER BY number DESC LIMIT ?",
            (action, limit),
        )
        return [InputRow(*row) for row in rows]

    def find(self, activation: str) -> InputRow | None:
        """Return the input of an activation, or None if it is not stored."""
        row = self._connection.execute(
            "SELECT activation, action, kept, params FROM inputs WHERE activation=?", (activation,)
        ).fetchone()
        return None if row is None else InputRow(*row)
