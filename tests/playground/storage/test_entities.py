from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.entities import PackageStore
from jupyter_faas.whisk import PackageName

NAME = PackageName("guest", "p")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    store = Database(tmp_path / "records.db")
    yield store
    store.close()


def test_packages_are_there_after_reopening(store: Database, tmp_path: Path) -> None:
    PackageStore(store).put(NAME, b"1")
    PackageStore(store).put(NAME, b"2")
    again = Database(tmp_path / "records.db")
    assert PackageStore(again).packages() == [b"2"]
    again.close()


def test_delete_takes_the_actions_along(store: Database) -> None:
    packages = PackageStore(store)
    packages.put(NAME, b"1")
    packages.put(PackageName("other", "p"), b"2")
    for namespace in ("guest", "guest/p", "other/p"):
        store.put_action(namespace, "a", b"{}", "code")
    packages.delete(NAME)
    assert packages.packages() == [b"2"]
    assert sorted(row.namespace for row in store.actions()) == ["guest", "other/p"]


def test_database_of_before_the_order_was_kept(store: Database) -> None:
    store.writer.execute(
        "CREATE TABLE packages (namespace TEXT NOT NULL, name TEXT NOT NULL, doc BLOB NOT NULL,"
        " PRIMARY KEY (namespace, name)) WITHOUT ROWID"
    )
    store.writer.execute("INSERT INTO packages VALUES ('guest', 'z', ?)", (b"1",))
    packages = PackageStore(store)
    packages.put(NAME, b"2")
    assert packages.packages() == [b"1", b"2"]
    assert PackageStore(store).packages() == [b"1", b"2"]
