"""Strategies for archives that nobody would make on purpose, or only on an evil one."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile

from hypothesis import strategies as st

NAMES = st.one_of(
    st.sampled_from(
        (
            *(
                "__main__.py",
                "exec",
                "main__.py",
                "a",
                "a/b",
                "a/b/c.py",
                "A",
                "a/",
                "virtualenv/x",
            ),
            *("../x", "a/../../x", "/etc/x", "//x", "./x", ".", "..", "", " ", "a//b", "a/./b"),
            *("C:\\x", "..\\x", "a\\..\\..\\x", "C:x", "con", "a" * 300, "a/" * 200 + "b"),
            *("a\0b", "a\nb", "\u202egpj", "e\u0301", "\u00e9", "\U0001f4a9", "\ufeff", "~", "-rf"),
        )
    ),
    st.text(max_size=40),
)
DATA = st.one_of(st.binary(max_size=200), st.just(bytes(5000)))
MODES = st.sampled_from(
    (0, *(kind | 0o777 for kind in (stat.S_IFREG, stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR)))
)
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
TYPES = (tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE)


@st.composite
def zips(draw: st.DrawFn) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in draw(st.lists(NAMES, max_size=5)):
            info = zipfile.ZipInfo(name)
            info.external_attr = draw(MODES) << 16
            info.compress_type = draw(st.sampled_from(METHODS))
            file.writestr(info, draw(DATA))
    return buffer.getvalue()


@st.composite
def tars(draw: st.DrawFn) -> bytes:
    buffer = io.BytesIO()
    form = draw(st.sampled_from((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)))
    with tarfile.open(fileobj=buffer, mode="w:gz", format=form, compresslevel=1) as file:
        for name in draw(st.lists(NAMES, max_size=5)):
            data = draw(DATA)
            info = tarfile.TarInfo(name)
            info.type = draw(st.sampled_from(TYPES))
            info.linkname = draw(st.sampled_from(("/etc/passwd", "..", "a", "__main__.py")))
            info.size = len(data) if info.isreg() else 0
            file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@st.composite
def damaged(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Some bytes are others, some are missing, some are there twice."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data) - 1)) if data else 0
        how = draw(st.sampled_from(("set", "cut", "drop", "double")))
        if how == "set":
            piece = draw(st.binary(min_size=1, max_size=4))
            data[at : at + len(piece)] = piece
        elif how == "cut":
            del data[at:]
        elif how == "drop":
            del data[at : at + draw(st.integers(1, 30))]
        else:
            data[at:at] = data[at : at + draw(st.integers(1, 30))]
    return bytes(data)
