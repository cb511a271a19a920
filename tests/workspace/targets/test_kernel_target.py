from __future__ import annotations

from pathlib import Path

from jupyter_faas.workspace.targets.kernel_target import KernelTarget


def test_a_kernel_finds_its_target_again(tmp_path: Path) -> None:
    connection = tmp_path / "kernel-1.json"
    connection.touch()
    KernelTarget(tmp_path, connection).write("fra")
    assert KernelTarget(tmp_path, connection).read() == "fra"
    assert KernelTarget(tmp_path, tmp_path / "kernel-2.json").read() is None
    KernelTarget(tmp_path, connection).write(None)
    assert KernelTarget(tmp_path, connection).read() is None


def test_the_files_of_kernels_that_have_ended_are_deleted(tmp_path: Path) -> None:
    first, second = tmp_path / "kernel-1.json", tmp_path / "kernel-2.json"
    first.touch()
    KernelTarget(tmp_path, first).write("fra")
    second.touch()
    KernelTarget(tmp_path, second).write("nyc")
    assert KernelTarget(tmp_path, first).read() == "fra"
    first.unlink()
    KernelTarget(tmp_path, second).write("fra")
    assert [one.name for one in (tmp_path / "kernels").iterdir()] == ["kernel-2"]


def test_without_a_connection_file_nothing_is_kept(tmp_path: Path) -> None:
    kept = KernelTarget(tmp_path, None)
    kept.write("fra")
    assert kept.read() is None
    assert list(tmp_path.iterdir()) == []
