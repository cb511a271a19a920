"""The tables of the database, and how files of earlier versions come to have them."""

from __future__ import annotations

import sqlite3

from jupyter_faas.playground.folding import NUMBERS
from jupyter_faas.playground.folding import SCHEMA as TALLIES
from jupyter_faas.playground.usage import INDEX, add_columns
from jupyter_faas.playground.usagesums import SCHEMA as SUMS

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
