from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.entities import TriggerStore
from jupyter_faas.whisk import FullName

T, R = FullName("guest", None, "t"), FullName("guest", None, "r")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    store = Database(tmp_path / "records.db")
    yield store
    store.close()


def test_triggers_and_rules_are_there_after_reopening(store: Database, tmp_path: Path) -> None:
    TriggerStore(store).commit({T: b"trigger"}, {R: b"rule"})
    again = Database(tmp_path / "records.db")
    found = TriggerStore(again)
    assert (found.triggers(), found.rules()) == ([b"trigger"], [b"rule"])
    again.close()


def test_commit_replaces_and_deletes(store: Database) -> None:
    triggers = TriggerStore(store)
    triggers.commit({T: b"old"}, {R: b"rule"})
    triggers.commit({T: b"new"}, {R: None})
    assert (triggers.triggers(), triggers.rules()) == ([b"new"], [])


def test_what_was_written_last_is_behind(store: Database) -> None:
    triggers = TriggerStore(store)
    triggers.commit({T: b"t", R: b"r"}, {T: b"t", R: b"r"})
    triggers.commit({T: b"t"}, {T: b"t"})
    assert triggers.triggers() == [b"r", b"t"]
    assert triggers.rules() == [b"r", b"t"]


def test_commit_that_fails_changes_nothing(store: Database) -> None:
    triggers = TriggerStore(store)
    store.writer.execute(
        "CREATE TRIGGER full BEFORE INSERT ON rules BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="full"):
        triggers.commit({T: b"trigger"}, {R: b"rule"})
    assert (triggers.triggers(), triggers.rules()) == ([], [])
