from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pytest

from jupyter_faas.playground.storage import database as filesystems
from jupyter_faas.playground.storage.database import Database, file_system_of, is_network

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:26 / /home rw - nfs4 server:/home rw,vers=4.2
31 30 0:27 / /home/me/local\\040disk rw - xfs /dev/vdb rw
32 22 0:28 / /mnt/there rw - fuse.sshfs me@there: rw
33 22 0:29 / /mnt/there rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/x", "ext4"),
        ("/home/me/x", "nfs4"),
        ("/homes/x", "ext4"),
        ("/home/me/local disk/x", "xfs"),
        ("/mnt/there/x", "tmpfs"),
    ],
)
def test_innermost_mount_counts(
    path: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    monkeypatch.setattr(filesystems, "_MOUNTS", mounts)
    assert file_system_of(Path(path)) == kind


@pytest.mark.parametrize(
    ("kind", "network"),
    [
        ("nfs", True),
        ("nfs4", True),
        ("cifs", True),
        ("fuse.sshfs", True),
        ("9p", True),
        ("ext4", False),
        ("overlay", False),
        ("apfs", False),
        ("fuseblk", False),
        (None, False),
    ],
)
def test_networks(kind: str | None, network: bool) -> None:
    assert is_network(kind) is network


def test_this_machine_tells_what_it_has(tmp_path: Path) -> None:
    assert file_system_of(tmp_path / "not there") is not None


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
