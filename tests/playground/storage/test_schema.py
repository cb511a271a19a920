"""Files of earlier versions, and starts that are cut short."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_faas.playground.storage.backup import before_upgrade
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.filters import ActivationFilter
from jupyter_faas.playground.storage.schema import BY_ID
from jupyter_faas.playground.storage.usage import UsageFilter
from tests.playground.helpers.loop import wait_until
from tests.playground.storage.test_usage import rolled_up
from tests.playground.storage.test_usage_rollups import added_up, records

# As a file of format 3 had it.
_FORMAT_3 = """
DROP TABLE sums; DROP TABLE tallies; DROP INDEX activations_by_use;
CREATE INDEX activations_by_use ON activations
  (namespace, entity, memory, cold, duration, start, peak) WHERE memory IS NOT NULL;
DELETE FROM meta WHERE key NOT IN ('format', 'revision');
UPDATE meta SET value = 3 WHERE key='format';
"""

# As a file of format 4 had it: the ids are the primary key.
FORMAT_4 = """
CREATE TABLE older (
  id TEXT PRIMARY KEY, namespace TEXT NOT NULL, entity TEXT NOT NULL, start INTEGER NOT NULL,
  summary BLOB NOT NULL, doc BLOB NOT NULL, cause TEXT,
  memory INTEGER, cold INTEGER, duration INTEGER, peak INTEGER
);
INSERT INTO older SELECT * FROM activations ORDER BY rowid;
DROP TABLE activations;
ALTER TABLE older RENAME TO activations;
CREATE INDEX activations_by_start ON activations (namespace, start);
CREATE INDEX activations_by_entity ON activations (namespace, entity, start);
CREATE INDEX activations_by_cause ON activations (cause, start) WHERE cause IS NOT NULL;
CREATE INDEX activations_by_use ON activations
  (namespace, start, entity, memory, cold, duration, peak) WHERE memory IS NOT NULL;
UPDATE meta SET value = 4 WHERE key='format';
"""

_ROLL_UP = """
import sys
from pathlib import Path
from jupyter_faas.playground.storage import usage_rollups
from jupyter_faas.playground.storage.backup import before_upgrade
from jupyter_faas.playground.storage.database import Database
store = Database(Path(sys.argv[1]))
while usage_rollups.roll_up(store.writer, 7):
    pass
"""


def test_start_that_is_killed_while_sums_are_made_is_made_up_for(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    rows = records(random.Random(5), 3000)
    store = Database(path)
    store.commit(rows, [])
    store.close()
    with sqlite3.connect(path) as connection:
        connection.executescript(_FORMAT_3)
    connection.close()
    process = subprocess.Popen([sys.executable, "-c", _ROLL_UP, str(path)])
    summed = 0

    def some_more_are_summed() -> bool:
        with sqlite3.connect(path) as reader:
            row = reader.execute("SELECT value FROM meta WHERE key='summed'").fetchone()
        reader.close()
        return row is not None and row[0] > summed

    for _ in range(3):
        wait_until(some_more_are_summed, 30)
        process.send_signal(signal.SIGKILL)
        process.wait()
        store = Database(path)
        assert 0 < store.backlog() < len(rows)
        summed = len(rows) - store.backlog()
        store.close()
        process = subprocess.Popen([sys.executable, "-c", _ROLL_UP, str(path)])
    process.kill()
    process.wait()
    store = rolled_up(Database(path))
    everything = UsageFilter("guest", step_mb=1)
    assert store.usage(everything) == added_up(rows, everything)
    guests = [each for each in rows if each.namespace == "guest"]
    assert store.count(ActivationFilter("guest"), []) == len(guests)
    store.close()


def test_database_is_backed_up_before_an_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    store = Database(path)
    store.put_action("guest", "a", b"{}", "code")
    store.close()
    with sqlite3.connect(path) as connection:
        connection.executescript(_FORMAT_3)
    connection.close()
    Database(path).close()
    with sqlite3.connect(before_upgrade(path)) as backup:
        assert backup.execute("SELECT value FROM meta WHERE key='format'").fetchone() == (3,)
        assert backup.execute("SELECT name FROM actions").fetchone() == ("a",)
    backup.close()


@pytest.mark.parametrize("older", [False, True])
def test_record_is_found_by_an_index_and_added_once(tmp_path: Path, older: bool) -> None:
    path = tmp_path / "records.db"
    rows = records(random.Random(5), 300)
    store = Database(path)
    store.commit(rows[:200], [])
    store.close()
    if older:
        with sqlite3.connect(path) as connection:
            connection.executescript(FORMAT_4)
        connection.close()
    store = Database(path)
    store.commit(rows, [])
    assert store.count(ActivationFilter(rows[0].namespace), [rows[0].id]) == len(
        [each for each in rows[1:] if each.namespace == rows[0].namespace]
    )
    assert all(store.record(each.id, each.namespace) == each.doc for each in rows)
    assert store.record("f" * 32) is None
    (plan,) = store.writer.execute(
        f"EXPLAIN QUERY PLAN SELECT doc FROM activations WHERE {BY_ID}", ("0" * 32,)
    ).fetchall()
    assert "USING INDEX" in plan[3]
    store.close()
