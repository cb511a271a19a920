from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_faas.bundle import BundleStore
from jupyter_faas.errors import BundleDamaged, BundleNotFound, PackageNotFound
from tests.bundle.helpers.samples import bundle
from tests.bundle.test_package_record import record

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path: Path) -> BundleStore:
    return BundleStore(tmp_path / "faas")


def test_stored_bundle_comes_back(store: BundleStore) -> None:
    packed = bundle()
    path = store.put(packed)
    assert path.name == f"{packed.sha256}.zip"
    assert store.has(packed.sha256)
    assert store.get(packed.sha256) == packed


def test_putting_again_changes_nothing(store: BundleStore) -> None:
    first = store.put(bundle()).stat()
    assert store.put(bundle()).stat().st_ino == first.st_ino


@pytest.mark.parametrize("sha256", ["c" * 64, "", "../../etc/passwd", "C" * 64])
def test_absent_bundle_is_not_found(sha256: str, store: BundleStore) -> None:
    assert not store.has(sha256)
    with pytest.raises(BundleNotFound):
        store.get(sha256)


def test_bundle_that_the_disk_changed_is_damaged_and_can_be_put_again(store: BundleStore) -> None:
    packed = bundle()
    store.put(packed).write_bytes(b"torn")
    with pytest.raises(BundleDamaged, match="is damaged"):
        store.get(packed.sha256)
    store.put(packed)
    assert store.get(packed.sha256) == packed


def test_stored_record_comes_back(store: BundleStore) -> None:
    package_id = store.put_package(record())
    assert store.get_package(package_id) == record()


def test_record_with_half_a_character_comes_back(store: BundleStore) -> None:
    odd = record(parameters={"x": "\ud800"})
    assert store.get_package(store.put_package(odd)) == odd


@pytest.mark.parametrize("package_id", ["0" * 16, "", "../x", "0" * 15])
def test_absent_record_is_not_found(package_id: str, store: BundleStore) -> None:
    with pytest.raises(PackageNotFound):
        store.get_package(package_id)


def test_record_that_does_not_fit_its_id_is_not_stored(store: BundleStore) -> None:
    with pytest.raises(BundleDamaged):
        store.put_package(dataclasses.replace(record(), memory_mb=1))


@pytest.mark.parametrize("text", ["{", "[]", '{"id": "x"}'])
def test_record_that_the_disk_changed_is_damaged(
    text: str, store: BundleStore, tmp_path: Path
) -> None:
    package_id = store.put_package(record())
    (tmp_path / "faas" / "packages" / f"{package_id}.json").write_text(text)
    with pytest.raises(BundleDamaged):
        store.get_package(package_id)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_files_are_the_users_alone(store: BundleStore, tmp_path: Path) -> None:
    store.put(bundle())
    store.put_package(record())
    for path in (tmp_path / "faas").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0 or path == tmp_path / "faas"


def test_nothing_but_whole_files_is_left(store: BundleStore, tmp_path: Path) -> None:
    store.put(bundle())
    names = [path.name for path in (tmp_path / "faas" / "bundles").iterdir()]
    assert names == [f"{bundle().sha256}.zip"]


def test_processes_may_put_at_once(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from jupyter_faas.bundle import BundleStore\n"
        "from tests.bundle.helpers.samples import bundle\n"
        "from tests.bundle.test_package_record import record\n"
        "store = BundleStore(Path(sys.argv[1]))\n"
        "for n in range(15):\n"
        "    one = bundle(doc=str(n))\n"
        "    store.put(one); store.put_package(record(bundle=one.sha256))\n"
        "    assert store.get(one.sha256) == one\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT) for _ in range(2)
    ]
    assert [process.wait(50) for process in processes] == [0, 0]
    assert len(list((tmp_path / "bundles").iterdir())) == 15


def test_reasons_that_a_power_cut_emptied_are_none(tmp_path: Path) -> None:
    store = BundleStore(tmp_path)
    store.put_reasons("0" * 16, {"names": {}})
    (tmp_path / "reasons" / f"{'0' * 16}.json").write_bytes(b"")
    assert store.get_reasons("0" * 16) == {}
