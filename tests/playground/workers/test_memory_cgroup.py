"""Files in the shape of a cgroup tree; the kernel's part of it is not there."""

from __future__ import annotations

from pathlib import Path

from jupyter_faas.playground.workers.memory import Cgroups


def tree(tmp_path: Path, controllers: str = "cpu memory") -> tuple[Path, Path]:
    mount = tmp_path / "cgroup"
    app = mount / "user.slice/app.slice"
    (app / "shell.scope").mkdir(parents=True)
    for folder, words in ((app, controllers), (app / "shell.scope", "")):
        (folder / "cgroup.subtree_control").write_text(words)
        (folder / "cgroup.procs").write_text("")
    own = tmp_path / "own"
    own.write_text("4:memory:/elsewhere\n0::/user.slice/app.slice/shell.scope\n")
    return mount, own


def test_nearest_group_with_a_limit_for_its_children(tmp_path: Path) -> None:
    mount, own = tree(tmp_path)
    cgroups = Cgroups.find(mount, own, root=False)
    assert cgroups is not None
    path = cgroups.make(1000)
    assert path is not None
    assert path.parent == mount / "user.slice/app.slice"
    assert (path / "memory.max").read_text() == "1000"
    assert (path / "memory.oom.group").read_text() == "1"


def test_each_worker_has_its_own(tmp_path: Path) -> None:
    mount, own = tree(tmp_path)
    cgroups = Cgroups.find(mount, own, root=False)
    assert cgroups is not None
    assert cgroups.make(1) != cgroups.make(1)


def test_no_memory_controller(tmp_path: Path) -> None:
    assert Cgroups.find(*tree(tmp_path, "cpu"), root=False) is None


def test_version_one(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_text("4:memory:/here\n")
    assert Cgroups.find(tmp_path, own, root=False) is None


def test_no_cgroups_at_all(tmp_path: Path) -> None:
    assert Cgroups.find(tmp_path, tmp_path / "missing", root=False) is None


def test_root_keeps_out(tmp_path: Path) -> None:
    assert Cgroups.find(*tree(tmp_path), root=True) is None
