from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_faas.bundle import Bundle, pack
from jupyter_faas.errors import BundleDamaged, BundleError
from tests.bundle.helpers.samples import bundle, manifest

ROOT = Path(__file__).parents[2]


def test_members_stand_in_a_fixed_order_whatever_the_given_one() -> None:
    paths = ["requirements.txt", "zebra.py", "data/b.npy", "models/m.json", "a/b.txt"]
    paths += ["data/a.npy", "captured.py", "models/m.onnx", "faas_models.py", "function.py"]
    files = {path: path.encode() for path in [*paths, "__main__.py"]}
    packed = pack(files, manifest())
    assert [path for path, _, _ in packed.members()] == [
        *("__main__.py", "function.py", "captured.py", "faas_models.py"),
        *("models/m.json", "models/m.onnx", "data/a.npy", "data/b.npy"),
        *("a/b.txt", "zebra.py", "requirements.txt", "manifest.json"),
    ]
    assert pack(dict(reversed(files.items())), manifest()).data == packed.data


def test_bundle_is_known_by_the_sha256_of_its_bytes() -> None:
    packed = bundle()
    assert packed.sha256 == hashlib.sha256(packed.data).hexdigest()


def test_manifest_lists_the_sha256_of_every_other_member() -> None:
    packed = bundle()
    contents = packed.contents()
    del contents["manifest.json"]
    assert packed.manifest.files == {
        path: hashlib.sha256(data).hexdigest() for path, data in contents.items()
    }


def test_zip_holds_no_time_user_or_machine() -> None:
    with zipfile.ZipFile(io.BytesIO(bundle().data)) as archive:
        for info in archive.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert info.external_attr >> 16 == 0o100644
            assert (info.create_system, info.extra, info.comment) == (3, b"", b"")


def test_same_content_is_the_same_bytes_in_every_process() -> None:
    program = "from tests.bundle.helpers.samples import bundle; print(bundle().sha256)"
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=50,
        ).stdout.strip()
        for seed in ("0", "1", "random")
    }
    assert found == {bundle().sha256}


def test_bundle_reads_back_as_it_was_packed() -> None:
    packed = bundle()
    assert Bundle.from_bytes(packed.data) == packed


def test_unpacked_members_are_the_contents(tmp_path: Path) -> None:
    packed = pack({"a/b/c.txt": b"x", "é.py": b"y"}, manifest())
    packed.unpack(tmp_path / "new")
    assert (tmp_path / "new" / "a" / "b" / "c.txt").read_bytes() == b"x"
    assert (tmp_path / "new" / "é.py").read_bytes() == b"y"
    assert (tmp_path / "new" / "manifest.json").exists()


def test_readable_members_are_sources_and_texts() -> None:
    paths = ("function.py", "data/X.npy", "models/m.onnx", "tools/clean.py", "tools/words.bin")
    packed = pack(dict.fromkeys(paths, b""), manifest())
    assert list(packed.readable()) == ["function.py", "tools/clean.py", "manifest.json"]


@pytest.mark.parametrize(
    "path",
    [
        *("/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", "", "C:x", "a\\b", "a\0b", "a/"),
        *("x. ", "a\nb", "é" * 1001),
    ],
)
def test_path_that_leaves_the_package_is_refused(path: str) -> None:
    with pytest.raises(BundleError, match="not a valid path in a package"):
        pack({path: b""}, manifest())


def test_manifest_cannot_be_given_as_a_file() -> None:
    with pytest.raises(BundleError, match=r"another file named manifest\.json"):
        pack({"manifest.json": b"{}"}, manifest())


# What comes from elsewhere


def rezipped(change: Callable[[dict[str, bytes]], object]) -> bytes:
    contents = bundle().contents()
    change(contents)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path, data in contents.items():
            archive.writestr(path, data)
    return stream.getvalue()


def with_member(info: zipfile.ZipInfo, data: bytes = b"x") -> bytes:
    stream = io.BytesIO(bundle().data)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(info, data)
    return stream.getvalue()


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    return info


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(11):
            archive.writestr(f"{number}", bytes(100_000_000))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: b"", "not a valid zip file"),
        (lambda: b"PK\x03\x04 no zip", "not a valid zip file"),
        (lambda: bundle().data[:-40], "not a valid zip file"),
        (lambda: rezipped(lambda c: c.pop("manifest.json")), "has no manifest"),
        (lambda: rezipped(lambda c: c.update({"manifest.json": b"{"})), "not JSON"),
        (lambda: rezipped(lambda c: c.update({"function.py": b"evil"})), "function.py in the pack"),
        (
            lambda: rezipped(lambda c: c.update({"extra.py": b""})),
            "extra.py in the package does not match",
        ),
        (lambda: rezipped(lambda c: c.pop("captured.py")), "does not contain captured.py"),
        (lambda: rezipped(lambda c: c.update({"../evil.py": b""})), "unsafe path"),
        (lambda: rezipped(lambda c: c.update({"/evil.py": b""})), "unsafe path"),
        (lambda: rezipped(lambda c: c.update({"a\\evil.py": b""})), "unsafe path"),
        (lambda: with_member(link()), "link in the package is not a regular, unencrypted file"),
        (lambda: with_member(zipfile.ZipInfo("folder/"), b""), "unsafe path"),
    ],
)
def test_unsound_package_is_refused(make: Callable[[], bytes], words: str) -> None:
    with pytest.raises(BundleDamaged, match=words):
        Bundle.from_bytes(make())


def test_two_members_of_one_path_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = with_member(zipfile.ZipInfo("function.py"))
    with pytest.raises(BundleDamaged, match=r"contains function\.py twice"):
        Bundle.from_bytes(data)


def test_damaged_byte_in_a_member_is_noticed() -> None:
    data = bytearray(bundle().data)
    data[200] ^= 0xFF
    with pytest.raises(BundleDamaged):
        Bundle.from_bytes(bytes(data))


def test_small_zip_that_unpacks_to_too_much_is_refused_unread() -> None:
    data = bomb()
    assert len(data) < 3_000_000
    with pytest.raises(BundleDamaged, match="would exceed the limit of"):
        Bundle.from_bytes(data)


def test_members_that_share_their_bytes_are_refused() -> None:
    packed = bundle()
    with zipfile.ZipFile(io.BytesIO(packed.data)) as archive:
        start = archive.start_dir
    directory = packed.data[start:]
    # The directory lists the same members a hundred times: each points at the same bytes.
    end = directory.rindex(b"PK\x05\x06")
    entries = directory[:end] * 100
    count = 100 * len(packed.members())
    tail = (
        b"PK\x05\x06\0\0\0\0"
        + count.to_bytes(2, "little") * 2
        + len(entries).to_bytes(4, "little")
        + start.to_bytes(4, "little")
        + b"\0\0"
    )
    with pytest.raises(BundleDamaged):
        Bundle.from_bytes(packed.data[:start] + entries + tail)
