"""Why a database cannot be opened: each cause has a message, and no hint costs data."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from jupyter_faas.errors import PlaygroundError
from jupyter_faas.playground.storage import database as module
from jupyter_faas.playground.storage.database import Database
from tests.playground.helpers.disks import Tmpfs, may_mount, small_tmpfs
from tests.playground.helpers.users import NOBODY, as_root, other_user, reachable_folder


def crashed(path: Path, actions: int = 1) -> None:
    """Write actions and end as SIGKILL does, with everything in the WAL."""
    pid = os.fork()
    if not pid:
        store = Database(path)
        for number in range(actions):
            store.put_action("guest", f"a{number}", b"{}", "code")
        os._exit(0)
    os.waitpid(pid, 0)
    assert path.with_name(f"{path.name}-wal").stat().st_size > 0


def error(path: Path) -> str:
    with pytest.raises(PlaygroundError) as found:
        Database(path)
    assert "away" not in str(found.value)
    return str(found.value)


@pytest.mark.skipif(not may_mount(), reason="needs root")
@pytest.mark.parametrize("shm", [True, False], ids=["shm", "no-shm"])
def test_full_disk_after_a_crash_loses_nothing(tmp_path: Path, shm: bool) -> None:
    with ExitStack() as opened:
        try:
            opened.enter_context(small_tmpfs(tmp_path, "2m"))
        except subprocess.CalledProcessError:
            pytest.skip("a tmpfs may not be mounted here")
        path = tmp_path / "records.db"
        crashed(path, 3)
        if not shm:
            path.with_name("records.db-shm").unlink()
        disk = Tmpfs(tmp_path)
        disk.fill(0)
        assert error(path) == (
            f"The disk that contains {tmp_path} is full.\n"
            "Free some space and try again. Your data is complete; do not move or delete it."
        )
        disk.make_room(0)
        with closing(Database(path)) as store:
            assert len(store.actions()) == 3


def test_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "records.db"
    Database(path).close()
    monkeypatch.setattr(module, "BUSY_TIMEOUT_MS", 10)
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert f"{path} is locked by another program." in error(path)


@as_root
@pytest.mark.parametrize("denied", ["records.db", "records.db-wal", "."])
def test_no_permission(denied: str) -> None:
    with reachable_folder() as parent:
        folder = parent / "faas"
        folder.mkdir()
        path = folder / "records.db"
        crashed(path)
        for each in (folder, *folder.iterdir()):
            os.chown(each, NOBODY, NOBODY)
        (folder / denied).chmod(0)
        with other_user(lambda: error(path)) as result:
            assert result().startswith(
                f"You do not have permission to read and write {folder / denied}."
            )


@pytest.mark.skipif(not may_mount(), reason="needs root")
def test_read_only_file_system(tmp_path: Path) -> None:
    with ExitStack() as opened:
        try:
            opened.enter_context(small_tmpfs(tmp_path, "2m"))
        except subprocess.CalledProcessError:
            pytest.skip("a tmpfs may not be mounted here")
        Database(tmp_path / "records.db").close()
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path)], check=True)
        assert f"{tmp_path} is on a read-only file system." in error(tmp_path / "records.db")


def test_other_file(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    path.write_text("hello" * 1000)
    found = error(path)
    assert found.startswith(f"{path} is not a database.")
    assert "Run jupyter faas playground repair." in found


def test_damage(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    Database(path).close()
    with path.open("r+b") as file:
        file.truncate(9000)
    assert error(path).startswith(f"{path} is damaged.")
