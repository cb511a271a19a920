"""LocalInputs: the inputs of calls that were made from here, of hosts that keep none.

OpenWhisk's records do not contain the inputs of runs. They are kept in a private database in the
data directory, as the playground does: the latest ones of each action, without secrets.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from jupyter_faas.client import KeptInput
from jupyter_faas.whisk.inputs import KeepInputs

_SCHEMA = """
CREATE TABLE IF NOT EXISTS inputs (
  number INTEGER PRIMARY KEY, place TEXT NOT NULL, action TEXT NOT NULL,
  activation TEXT NOT NULL, kept INTEGER NOT NULL, params TEXT NOT NULL
)
"""
_COLUMNS = "activation, action, kept, params"


@dataclass(frozen=True)
class LocalInputs:
    """The inputs that were sent from this data directory.

    ``place`` is the identity of a target in deploy records, its API host. Methods raise
    sqlite3.Error if the database cannot be read or written.
    """

    path: Path

    def add(self, place: str, found: KeptInput, rule: KeepInputs) -> None:
        """Store an input and delete the oldest ones of its action beyond the rule's number.

        Parameters are cleaned by the rule. An input that is too large is not stored.
        """
        params = json.dumps(rule.cleaned(found.params), ensure_ascii=False)
        if len(params.encode()) > rule.most_input_bytes:
            return
        with self._open() as database, database:
            database.execute(
                "INSERT INTO inputs (place, activation, action, kept, params) "
                "VALUES (?, ?, ?, ?, ?)",
                (place, found.activation, found.name, found.kept, params),
            )
            database.execute(
                "DELETE FROM inputs WHERE place=? AND action=? AND number NOT IN (SELECT number "
                "FROM inputs WHERE place=? AND action=? ORDER BY number DESC LIMIT ?)",
                (place, found.name, place, found.name, rule.last),
            )

    def of(self, place: str, activation_id: str) -> KeptInput | None:
        """Return the input of an activation, or None if it was not sent from here."""
        return next(self._find(place, "activation", activation_id, 1), None)

    def latest(self, place: str, name: str, limit: int) -> list[KeptInput]:
        """Return up to ``limit`` inputs of an action, newest first."""
        return list(self._find(place, "action", name, limit))

    def _find(self, place: str, column: str, value: str, limit: int) -> Iterator[KeptInput]:
        if not self.path.exists():
            return
        with self._open() as database:
            rows = database.execute(
                f"SELECT {_COLUMNS} FROM inputs WHERE place=? AND {column}=? "  # noqa: S608 - ours
                "ORDER BY number DESC LIMIT ?",
                (place, value, limit),
            ).fetchall()
        for activation, action, kept, params in rows:
            yield KeptInput(activation, action, kept, json.loads(params))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.path.exists():
            # Inputs may be private, so the file is created for its owner alone.
            os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(self.path, timeout=10)) as database:
            database.execute("PRAGMA secure_delete=ON")
            database.execute(_SCHEMA)
            yield database
