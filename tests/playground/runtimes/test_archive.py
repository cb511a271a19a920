from __future__ import annotations

import base64
import io
import re
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from jupyter_faas.playground.runtimes import archive
from jupyter_faas.playground.runtimes.archive import (
    NO_BINARY,
    NO_CODE,
    CodeRejected,
    unpack_node,
    unpack_python,
)

MAIN = {"__main__.py": b"def main(p): return p"}


def zipped(members: dict[str, bytes], *, links: tuple[str, ...] = ()) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (
                stat.S_IFLNK | 0o777 if name in links else stat.S_IFREG | 0o644
            ) << 16
            file.writestr(info, data)
    return base64.b64encode(buffer.getvalue()).decode()


def tarred(members: dict[str, bytes], link: str | None = None) -> str:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
        if link:
            info = tarfile.TarInfo("link")
            info.type, info.linkname = tarfile.SYMTYPE, link
            file.addfile(info)
    return base64.b64encode(buffer.getvalue()).decode()


def test_text_becomes_the_main_file(tmp_path: Path) -> None:
    unpack_python("def main(p): return p", False, tmp_path / "x")
    assert (tmp_path / "x/__main__.py").read_text() == "def main(p): return p"


def test_base64_that_is_no_archive_is_a_text(tmp_path: Path) -> None:
    unpack_python(base64.b64encode(MAIN["__main__.py"]).decode(), True, tmp_path / "x")
    assert (tmp_path / "x/__main__.py").read_bytes() == MAIN["__main__.py"]


NESTED = {**MAIN, "package/module.py": b"x = 1", "a/b/c.txt": b"data"}


def test_archive_is_unpacked(tmp_path: Path) -> None:
    unpack_python(zipped(NESTED), True, tmp_path / "x")
    assert (tmp_path / "x/package/module.py").read_bytes() == b"x = 1"
    assert (tmp_path / "x/a/b/c.txt").read_bytes() == b"data"


def test_tar_without_its_folders_is_refused_for_python_only(tmp_path: Path) -> None:
    """Contract §5.3."""
    with pytest.raises(CodeRejected, match=NO_BINARY) as error:
        unpack_python(tarred(NESTED), True, tmp_path / "x")
    assert re.fullmatch(r"open /action/1/src/\S+: no such file or directory", error.value.reason)
    unpack_node(tarred(NESTED), True, tmp_path / "y")
    assert (tmp_path / "y/a/b/c.txt").read_bytes() == b"data"


@pytest.mark.parametrize(
    ("members", "main"),
    [
        ({"exec": b"1"}, b"1"),
        ({"main__.py": b"2"}, b"2"),
        ({"exec": b"1", "__main__.py": b"0", "main__.py": b"2"}, b"1"),
        ({"__main__.py": b"0", "main__.py": b"2"}, b"0"),
    ],
)
def test_main_file_of_another_name(tmp_path: Path, members: dict[str, bytes], main: bytes) -> None:
    unpack_python(zipped(members), True, tmp_path / "x")
    assert (tmp_path / "x/__main__.py").read_bytes() == main


def test_links_in_a_virtual_environment_are_left_out(tmp_path: Path) -> None:
    python = "virtualenv/bin/python"
    code = zipped({**MAIN, python: b"/usr/bin/python3", "virtualenv/x.py": b"1"}, links=(python,))
    unpack_python(code, True, tmp_path / "x")
    assert (tmp_path / "x/virtualenv/x.py").read_bytes() == b"1"
    assert not (tmp_path / "x" / python).exists()


def test_no_code(tmp_path: Path) -> None:
    with pytest.raises(CodeRejected, match=NO_CODE):
        unpack_python("", False, tmp_path / "x")


def test_blank_code_is_code(tmp_path: Path) -> None:
    unpack_python("  \n", False, tmp_path / "x")
    assert (tmp_path / "x/__main__.py").read_text() == "  \n"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (zipped({"other.py": b""}), "^Zip file does not include main__\n$"),
        (zipped({"sub/__main__.py": b""}), "^Zip file does not include main__\n$"),
        (zipped({**MAIN, "../evil.py": b""}), "would be unpacked outside the target folder"),
        (zipped({**MAIN, "a/../../evil.py": b""}), "would be unpacked outside the target folder"),
        (zipped({**MAIN, "/tmp/evil.py": b""}), "would be unpacked outside the target folder"),
        (
            zipped({**MAIN, "link": b"/etc/passwd"}, links=("link",)),
            "is a link or a special file",
        ),
        (tarred({**MAIN, "../evil.py": b""}), "would be unpacked outside the target folder"),
        (tarred(MAIN, link="/etc/passwd"), "is a link or a special file"),
        (base64.b64encode(b"PK\x03\x04 damaged").decode(), "is damaged"),
        (base64.b64encode(b"\x1f\x8b damaged").decode(), "cannot be unpacked|is damaged"),
    ],
)
def test_archive_that_is_refused(tmp_path: Path, code: str, reason: str) -> None:
    with pytest.raises(CodeRejected, match=NO_BINARY) as error:
        unpack_python(code, True, tmp_path / "x")
    assert re.search(reason, error.value.reason)
    assert not (tmp_path / "evil.py").exists()


def test_archive_with_a_member_of_a_wrong_checksum(tmp_path: Path) -> None:
    data = bytearray(base64.b64decode(zipped({"__main__.py": b"x" * 50})))
    data[data.index(b"__main__.py") + 12] ^= 0xFF
    with pytest.raises(CodeRejected):
        unpack_python(base64.b64encode(data).decode(), True, tmp_path / "x")


def test_bomb_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 3_000_000)
    bomb = zipped({**MAIN, "a": bytes(2_000_000), "b": bytes(2_000_000)})
    with pytest.raises(CodeRejected) as error:
        unpack_python(bomb, True, tmp_path / "x")
    assert "more than 3000000 bytes" in error.value.reason
    written = sum(file.stat().st_size for file in (tmp_path / "x").rglob("*") if file.is_file())
    assert written <= 3_000_000


def test_bomb_of_many_files_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILES", 10)
    bomb = zipped({**MAIN, **{f"f{n}": b"" for n in range(20)}})
    with pytest.raises(CodeRejected) as error:
        unpack_python(bomb, True, tmp_path / "x")
    assert "more than 10 members" in error.value.reason


def test_node_text_has_its_own_file(tmp_path: Path) -> None:
    unpack_node("PK = 1", False, tmp_path / "x")
    assert (tmp_path / "x/__main__.js").read_text() == "PK = 1"


def test_node_archive_needs_no_entry_here(tmp_path: Path) -> None:
    unpack_node(zipped({"other.js": b"1"}), True, tmp_path / "x")
    assert (tmp_path / "x/other.js").read_bytes() == b"1"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"neither", "archive. The file type is unsupported"),
        (b"PK\x03\x04 cut off", "Zip archive."),
        (b"\x1f\x8b cut off", "tar.gz archive."),
    ],
)
def test_node_code_that_cannot_be_unpacked(tmp_path: Path, data: bytes, problem: str) -> None:
    with pytest.raises(CodeRejected) as error:
        unpack_node(base64.b64encode(data).decode(), True, tmp_path / "x")
    told = f"There was an error uncompressing the action {problem}"
    assert error.value.message == f"Initialization has failed due to: {told}"
    assert error.value.reason == f"Error during initialization: {told}"
