"""Archives that nobody would make on purpose, or only on an evil one."""

from __future__ import annotations

import base64
import io
import os
import stat
import struct
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_faas.playground.runtimes import archive
from jupyter_faas.playground.runtimes.archive import (
    NO_CODE,
    CodeRejected,
    unpack_node,
    unpack_python,
)
from jupyter_faas.playground.runtimes.code_cache import _unpack
from tests.archives import damaged, tars, zips
from tests.examples import fuzz

pytestmark = pytest.mark.filterwarnings("ignore:Duplicate name")


MAGIC = st.sampled_from((b"PK\3\4", b"PK\5\6", b"PK", b"\x1f\x8b\x08\0", b"\x1f\x8b"))
ANY = st.one_of(
    zips(),
    tars(),
    damaged(zips()),
    damaged(tars()),
    st.builds(lambda magic, rest: magic + rest, MAGIC, st.binary(max_size=300)),
)


@given(data=ANY, node=st.booleans())
@fuzz(150)
def test_any_archive_is_laid_out_or_refused_with_a_reason(data: bytes, node: bool) -> None:
    code = base64.b64encode(data).decode()
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base, "code", "1-1")
        try:
            _unpack(code, True, folder, node)
        except CodeRejected as error:
            assert error.reason or error.message == NO_CODE
            # It becomes a line of the activation's logs.
            error.reason.encode()
            assert not folder.exists()
        else:
            files = [each for each in folder.rglob("*") if not each.is_dir()]
            assert node or (folder / "__main__.py") in files
            assert all(stat.S_ISREG(each.lstat().st_mode) for each in files)
        # Whatever it was, it is nowhere else.
        assert {str(each.relative_to(base)) for each in Path(base).glob("*/*")} <= {"code/1-1"}
        assert set(os.listdir(base)) <= {"code"}


@given(code=st.text(max_size=50))
@fuzz(100)
def test_any_text_is_code(code: str) -> None:
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base, "x")
        if not code:
            with pytest.raises(CodeRejected, match="no code"):
                unpack_python(code, False, folder)
        else:
            unpack_python(code, False, folder)
            assert (folder / "__main__.py").read_bytes() == code.encode()


def refused(data: bytes, folder: Path, reason: str) -> None:
    for lay in (unpack_python, unpack_node):
        with pytest.raises(CodeRejected) as error:
            lay(base64.b64encode(data).decode(), True, folder / lay.__name__)
        assert reason in error.value.reason + error.value.note


def test_encrypted_member(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("__main__.py", "x = 1")
    data = bytearray(buffer.getvalue())
    for magic, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(magic) + flags] |= 1
    refused(bytes(data), tmp_path, "encrypted")


def test_compression_that_is_not_known(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("__main__.py", "x = 1")
    data = bytearray(buffer.getvalue())
    for magic, method in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        data[data.index(magic) + method] = 77
    refused(bytes(data), tmp_path, "compression method is not supported")


def test_central_directory_of_a_million_entries(tmp_path: Path) -> None:
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", *[0] * 9, 1, *[0] * 6) + b"a"
    count = 500_000
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, len(entry) * count, 0, 0)
    refused(b"PK" + entry * count + end, tmp_path, "more than 20000 members")


def test_tar_with_a_header_of_a_gigabyte(tmp_path: Path) -> None:
    """What it says of a member's name would have to be held in memory."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT) as file:
        info = tarfile.TarInfo("x")
        info.type, info.size = tarfile.XHDTYPE, 100_000_000
        file.fileobj.write(info.tobuf(tarfile.USTAR_FORMAT))
        for _ in range(3):
            file.fileobj.write(bytes(1_000_000))
    refused(buffer.getvalue(), tmp_path, "it has a header larger than")


def test_tar_bomb_is_bounded_where_it_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 3_000_000)
    monkeypatch.setattr(archive, "MAX_FILES", 10)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        info = tarfile.TarInfo("virtualenv")
        info.type, info.size = tarfile.CONTTYPE, 20_000_000
        file.fileobj.write(info.tobuf())
        for _ in range(20):
            file.fileobj.write(bytes(1_000_000))
    refused(buffer.getvalue(), tmp_path, "unpacks to more than")


@pytest.mark.parametrize("name", [b"../\xff", b"\xff\xfe.py", b"a\xc3/b"])
def test_name_in_no_encoding(tmp_path: Path, name: bytes) -> None:
    """Whatever becomes of it, what is said about it can be written."""
    buffer = io.BytesIO()
    text = name.decode(errors="surrogateescape")
    with tarfile.open(
        fileobj=buffer, mode="w:gz", format=tarfile.GNU_FORMAT, errors="surrogateescape"
    ) as file:
        file.addfile(tarfile.TarInfo("__main__.py"))
        link = tarfile.TarInfo(text)
        link.type, link.linkname = tarfile.SYMTYPE, "a"
        file.addfile(link)
    with pytest.raises(CodeRejected) as error:
        unpack_python(base64.b64encode(buffer.getvalue()).decode(), True, tmp_path / "x")
    assert "\\udc" in error.value.reason
    assert error.value.reason.encode()
