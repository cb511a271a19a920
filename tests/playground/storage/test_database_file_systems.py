from __future__ import annotations

import logging
import shutil
import sqlite3
from pathlib import Path

import pytest

from jupyter_faas.playground.storage.database import Database
from tests.playground.helpers.mounts import sshfs


def mode_of(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    connection.close()
    return str(mode)


def test_no_wal_on_a_network_and_it_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "records.db"
    with caplog.at_level(logging.WARNING):
        store = Database(path, lambda _: "nfs4")
    assert "network file system (nfs4), where SQLite's WAL mode" in caplog.text
    revision = store.put_action("guest", "a", b"{}", "code")
    assert store.code(revision) == "code"
    for connection in (store.writer, store._reader):
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("truncate",)
    assert not (tmp_path / "records.db-wal").exists()
    store.close()


def test_file_that_moved_to_a_network_and_back(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    for kind, mode in (("ext4", "wal"), ("cifs", "delete"), ("ext4", "wal")):
        store = Database(path, {path: kind}.get)
        store.put_action("guest", kind, b"{}", "code")
        store.close()
        assert mode_of(path) == mode
    store = Database(path)
    assert [each.name for each in store.actions()] == ["cifs", "ext4"]
    store.close()


def test_no_wal_where_memory_cannot_be_shared(tmp_path: Path) -> None:
    """``direct_io`` is how FUSE file systems without shared memory are mounted."""
    local = tmp_path / "records.db"
    store = Database(local)
    store.put_action("guest", "before", b"{}", "code")
    # As after a kill: the database is still in WAL mode, with data only in the WAL.
    with sshfs(tmp_path / "there", tmp_path / "mount", "direct_io") as folder:
        for ending in ("", "-wal"):
            shutil.copy(f"{local}{ending}", folder / f"records.db{ending}")
        for name in ("records.db", "new.db"):
            # The list of network file systems does not have every one.
            moved = Database(folder / name, lambda _: "fuse.unknown")
            moved.put_action("guest", "after", b"{}", "code")
            assert moved.writer.execute("PRAGMA journal_mode").fetchone() == ("truncate",)
            assert moved.writer.execute("PRAGMA auto_vacuum").fetchone() == (2,)
            found = {each.name for each in moved.actions()}
            assert found == {"after"} | ({"before"} if name == "records.db" else set())
            moved.close()
    store.close()
