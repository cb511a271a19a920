"""The tables of the database schema, and the migrations from earlier formats."""

from __future__ import annotations

import sqlite3

from jupyter_faas.playground.storage.usage import INDEX, add_columns
from jupyter_faas.playground.storage.usage_rollups import SCHEMA as SUMS

# Increase FORMAT with every change of the schema, and add a migration to ``prepare``.
FORMAT = 5

# An SQL condition that selects a record by its id, which is the parameter ?1. The second half of an
# id ascends with time (``invocation.run.Ids``). An index that begins with it grows at its end. An
# index that begins with the random half changes at random places: with 100,000 records, a commit
# then takes 16 instead of 7 µs for each record, and writes 10.7 instead of 5.6 kB.
BY_ID = "substr(id, 17) = substr(?1, 17) AND id = ?1"
ID_INDEX = "activations_by_id"
CREATE_ID_INDEX = f"CREATE UNIQUE INDEX {ID_INDEX} ON activations (substr(id, 17), id);"

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE actions (
  namespace TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, doc BLOB NOT NULL,
  code TEXT NOT NULL, PRIMARY KEY (namespace, name)
);
CREATE TABLE activations (
  id TEXT NOT NULL, namespace TEXT NOT NULL, entity TEXT NOT NULL, start INTEGER NOT NULL,
  summary BLOB NOT NULL, doc BLOB NOT NULL, cause TEXT,
  memory INTEGER, cold INTEGER, duration INTEGER, peak INTEGER
);
CREATE INDEX activations_by_start ON activations (namespace, start);
CREATE INDEX activations_by_entity ON activations (namespace, entity, start);
CREATE INDEX activations_by_cause ON activations (cause, start) WHERE cause IS NOT NULL;
CREATE TABLE accepted (id TEXT PRIMARY KEY, doc BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('format', 5), ('revision', 0);
"""

# The tables of ``graphs``. ``beside`` is 1 for a run that is a parallel branch of another run.
_GRAPHS = """
CREATE TABLE graphs (sha256 TEXT PRIMARY KEY, doc BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE graph_of (
  activation TEXT PRIMARY KEY, namespace TEXT NOT NULL, sha256 TEXT NOT NULL,
  beside INTEGER NOT NULL
) WITHOUT ROWID;
"""

# From format 1 to 2: the cause gets a column. Without this column, a list of the parts of a run
# would have to read every record.
_CAUSES = """
ALTER TABLE activations ADD COLUMN cause TEXT;
UPDATE activations SET cause = json_extract(CAST(summary AS TEXT), '$.cause');
CREATE INDEX activations_by_cause ON activations (cause, start) WHERE cause IS NOT NULL;
UPDATE meta SET value = 2 WHERE key='format';
"""

# From format 3 to 4: the columns of the index change, so ``prepare`` creates the index again.
_TO_SUMS = """
DROP INDEX IF EXISTS activations_by_use;
UPDATE meta SET value = 4 WHERE key='format';
"""

_FORMAT_OF = "SELECT value FROM meta WHERE key='format'"


def prepare(connection: sqlite3.Connection) -> int:
    """Create the tables in an empty file, or migrate an older file; return the resulting format.

    Each step is one transaction, so after a crash the next start repeats the interrupted step. A
    file with a newer format than ``FORMAT`` is not changed, and its format is returned.
    """
    if format_of(connection) is None:
        connection.executescript(
            f"BEGIN IMMEDIATE;{_SCHEMA}{CREATE_ID_INDEX}{INDEX}{_GRAPHS}{SUMS}COMMIT;"
        )
    if _format(connection) == 1:
        connection.executescript(f"BEGIN IMMEDIATE;{_CAUSES}{_GRAPHS}COMMIT;")
    # A file of format 1 goes through all steps, because each step increases the format by one.
    if _format(connection) == 2:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            add_columns(connection)
            connection.execute("UPDATE meta SET value = 3 WHERE key='format'")
    if _format(connection) == 3:
        # Leave the new tables empty, because summing a million records would delay the start.
        # ``Maintenance`` fills the tables while the playground is running.
        connection.executescript(f"BEGIN IMMEDIATE;{_TO_SUMS}{INDEX}{SUMS}COMMIT;")
    if _format(connection) == 4:
        # An older file keeps its primary key, which BY_ID uses as well. Building the table again
        # would delay the start.
        connection.execute("UPDATE meta SET value = 5 WHERE key='format'")
    return _format(connection)


def format_of(connection: sqlite3.Connection) -> int | None:
    """Return the format of a file, or None if it is empty."""
    if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        return None
    return _format(connection)


def _format(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute(_FORMAT_OF).fetchone()
    return int(found)
