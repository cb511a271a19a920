from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.playground import file_systems
from jupyter_faas.playground.file_systems import (
    file_system_of,
    is_network,
    maps_memory,
    shares_locks,
)
from tests.playground.helpers.mounts import sshfs

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:26 / /home rw - nfs4 server:/home rw,vers=4.2
31 30 0:27 / /home/me/local\\040disk rw - xfs /dev/vdb rw
32 22 0:28 / /mnt/there rw - fuse.sshfs me@there: rw
33 22 0:29 / /mnt/there rw - tmpfs tmpfs rw
34 22 0:30 / /old rw - nfs server:/old rw,vers=3,nolock,local_lock=all
35 22 0:31 / /ssh rw - fuse.sshfs me@there: rw
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
    monkeypatch.setattr(file_systems, "_MOUNTS", mounts)
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


@pytest.mark.parametrize(
    ("path", "shared"),
    [
        ("/var/x", True),
        ("/home/me/x", True),
        ("/old/x", False),
        ("/ssh/x", False),
    ],
)
def test_locks_that_other_machines_see(
    path: str, shared: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    monkeypatch.setattr(file_systems, "_MOUNTS", mounts)
    assert shares_locks(Path(path)) is shared


def test_memory_can_be_mapped_on_a_local_disk(tmp_path: Path) -> None:
    assert maps_memory(tmp_path)
    assert not list(tmp_path.iterdir())


def test_memory_cannot_be_mapped_everywhere(tmp_path: Path) -> None:
    with sshfs(tmp_path / "there", tmp_path / "mount", "direct_io") as folder:
        assert not maps_memory(folder)
        assert not list(folder.iterdir())
        assert file_system_of(folder) == "fuse.sshfs"
