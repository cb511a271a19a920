"""Files of earlier versions, and starts that are cut short."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from jupyter_faas.playground.storage.backup import before_upgrade
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.filters import ActivationFilter
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
