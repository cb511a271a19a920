"""An action's code, laid out as files. Blocking; trusts nothing that an archive says of itself."""

from __future__ import annotations

import base64
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from jupyter_faas.errors import FaasError
from jupyter_faas.whisk.limits import MB

# -- Compressed data as it comes out, with an end to how much that may be.


class BoundedGzip:
    """What a gzip file holds, as ``tarfile`` reads it, no further than ``most`` bytes.

    A tar's own headers, which ``tarfile`` holds in memory, may be ``most_at_once`` bytes; a few
    kilobytes of gzip can claim to be gigabytes of header, or of something to skip.
    """

    def __init__(self, data: bytes, most: int, most_at_once: int) -> None:
        self._file = gzip.GzipFile(fileobj=io.BytesIO(data))
        self._most = most
        self._most_at_once = most_at_once

    def read(self, size: int) -> bytes:
        """Raises ValueError beyond the bounds."""
        if size > self._most_at_once:
            raise ValueError(f"it has a header of more than {self._most_at_once} bytes")
        self._check(self._file.tell() + size)
        return self._file.read(size)

    def seek(self, position: int) -> int:
        """Raises ValueError beyond the bounds."""
        self._check(position)
        return self._file.seek(position)

    def tell(self) -> int:
        return self._file.tell()

    def _check(self, position: int) -> None:
        if position > self._most:
            raise ValueError(f"it unpacks to more than {self._most} bytes")


MAX_FILES = 20_000
MAX_BYTES = 512 * MB

_TAR_BLOCK = 512

# A zip's list of its members, and where its end says how many bytes that list has.
_ZIP_ENTRY, _ZIP_END, _ZIP_SIZE = b"PK\x01\x02", b"PK\x05\x06", slice(12, 16)

# What OpenWhisk's proxy says (contract §5.2); the reason goes to the logs.
NO_BINARY = "The action failed to generate or locate a binary. See logs for details."
NO_CODE = "Missing main/no code to execute."

# As Node.js's proxy says it (contract §5.4).
NOT_UNPACKED = (
    "Initialization has failed due to: Error: There was an error uncompressing the action archive."
)

ENTRY = "__main__.py"
NODE_ENTRY = "__main__.js"

# What OpenWhisk's compiler also takes for the main file, the first that is there (contract §5.3).
_OTHER_ENTRIES = ("exec", "main__.py")

# A virtual environment in an archive: its links lead to an interpreter elsewhere.
VIRTUALENV = "virtualenv"


@dataclass(frozen=True)
class _Member:
    """``content`` is None for a folder, and for what is neither folder nor file."""

    name: str
    content: IO[bytes] | None = None
    is_folder: bool = False
    is_link: bool = False
    executable: bool = False


class CodeRejected(FaasError):
    """Raised when code cannot be laid out; ``reason`` is for the activation's logs."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


def unpack_node(code: str, binary: bool, directory: Path) -> None:
    """Write the files of a Node.js action: as ``unpack_python``, with a text in ``__main__.js``.

    What an archive must hold is for the worker to say. Raises CodeRejected.
    """
    try:
        _write(code, binary, directory, None if binary else NODE_ENTRY)
    except CodeRejected as error:
        if error.message != NO_BINARY:
            raise
        raise CodeRejected(NOT_UNPACKED, error.reason) from error


def unpack_python(code: str, binary: bool, directory: Path) -> None:
    """Write the files of an action into ``directory``, which must not exist.

    A text becomes ``__main__.py``; so does base64 that is no archive. Zip and tar.gz are unpacked,
    up to MAX_FILES files and MAX_BYTES bytes; a file ``exec`` at the root takes the place of
    ``__main__.py``, and ``main__.py`` stands in for a missing one. Links inside ``virtualenv/``
    are left out: what they lead to is not needed. Raises CodeRejected: no code, no main file,
    a damaged archive, one that is too large, or one with a member that is a link, is no file, or
    lies outside.
    """
    _write(code, binary, directory, ENTRY)
    first, second = (directory / each for each in _OTHER_ENTRIES)
    if first.is_file():
        first.replace(directory / ENTRY)
    elif second.is_file() and not (directory / ENTRY).exists():
        second.replace(directory / ENTRY)
    if not (directory / ENTRY).is_file():
        raise _rejected(f"The archive has no {ENTRY} at its root.")


def _write(code: str, binary: bool, directory: Path, entry: str | None) -> None:
    """``entry`` is the file for what is no archive; with None there must be one."""
    data = base64.b64decode(code) if binary else code.encode()
    if not data.strip():
        raise CodeRejected(NO_CODE, "The action has no code.")
    directory.mkdir(mode=0o700, parents=True)
    try:
        if data.startswith(b"PK") and entry != NODE_ENTRY:
            _check_directory(data)
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                _unpack(_zip_members(archive), directory)
        elif data.startswith(b"\x1f\x8b"):
            # Besides its members there are their headers, and what fills up the blocks.
            inflated = BoundedGzip(data, MAX_BYTES + MAX_FILES * 2 * _TAR_BLOCK, MB)
            with tarfile.open(fileobj=cast("IO[bytes]", inflated), mode="r:") as tar:
                _unpack(_tar_members(tar), directory)
        elif entry is None:
            raise _rejected("The code is base64, and neither a zip nor a tar.gz.")
        else:
            (directory / entry).write_bytes(data)
    except CodeRejected:
        raise
    except (
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        struct.error,
    ) as error:
        raise _rejected(f"The archive cannot be unpacked: {error}") from error
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError) as error:
        raise _rejected(f"The archive is damaged: {error}") from error


def _unpack(members: Iterator[_Member], directory: Path) -> None:
    files, left = 0, MAX_BYTES
    for member in members:
        path = directory / _inside(member.name)
        files += 1
        if files > MAX_FILES:
            raise _rejected(f"The archive has more than {MAX_FILES} members.")
        if member.is_folder:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            continue
        if member.content is None:
            if member.is_link and path.relative_to(directory).parts[0] == VIRTUALENV:
                continue
            raise _rejected(f"The archive's member '{member.name}' is a link or no file.")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with member.content as content, path.open("wb") as file:
            # Counted as it comes out: what the archive says about sizes may be a lie.
            while chunk := content.read(min(MB, left + 1)):
                left -= len(chunk)
                if left < 0:
                    raise _rejected(f"The archive unpacks to more than {MAX_BYTES} bytes.")
                file.write(chunk)
        path.chmod(0o700 if member.executable else 0o600)


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        raise _rejected(f"The archive's member '{name}' lies outside of it.")
    return path


def _check_directory(data: bytes) -> None:
    """The list of members is held in memory, whole: no longer than it may be.

    The number that the archive states is not what counts. Zips inside of it are not looked at,
    unless it is one of those (zip64) whose list is not where it says here.
    """
    end = data.rfind(_ZIP_END)
    size = int.from_bytes(data[end:][_ZIP_SIZE], "little")
    if data.count(_ZIP_ENTRY, max(0, end - size) if end >= 0 else 0) > MAX_FILES:
        raise _rejected(f"The archive has more than {MAX_FILES} members.")


def _zip_members(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for info in archive.infolist():
        if not info.filename:
            raise _rejected("The archive has a member without a name.")
        mode = info.external_attr >> 16
        if info.is_dir():
            yield _Member(info.filename, is_folder=True)
        elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            yield _Member(info.filename, is_link=stat.S_ISLNK(mode))
        else:
            yield _Member(info.filename, archive.open(info), executable=bool(mode & stat.S_IXUSR))


def _tar_members(tar: tarfile.TarFile) -> Iterator[_Member]:
    for info in tar:
        if info.isdir():
            if PurePosixPath(info.name).parts:
                yield _Member(info.name, is_folder=True)
        elif info.isreg():
            yield _Member(
                info.name, tar.extractfile(info), executable=bool(info.mode & stat.S_IXUSR)
            )
        else:
            yield _Member(info.name, is_link=info.issym())


def _rejected(reason: str) -> CodeRejected:
    # Names in no encoding hold what has no place in JSON, where the logs are kept.
    return CodeRejected(NO_BINARY, reason.encode(errors="backslashreplace").decode())


# -- What an action's files are, as far as it decides how its workers are started.


# What a zygote has loaded and takes long to load. Where these are packaged anywhere in an archive,
# the action may put them on its path.
HEAVY = frozenset(("numpy", "onnxruntime"))

# What is run is no module of the action's, nor are the zygote's own files.
_NO_MODULES = frozenset(
    ("__main__", "__mp_main__", "__pycache__", "launcher", "python_worker", "prefork", "zygote")
)

# Of a file, to see what it imports.
_MOST_READ = 1 << 18


@dataclass(frozen=True)
class CodeContents:
    """``modules``: what the files could be imported as. ``heavy``: whether the action likely loads
    what is heavy from its interpreter."""

    modules: frozenset[str]
    heavy: bool


def scan_code(directory: Path) -> CodeContents:
    """Blocking. The names at the top, besides the main file; of numpy and onnxruntime, and a
    virtual environment, at any depth."""
    found: set[str] = set()
    heavy = False
    for folder, folders, files in os.walk(directory):
        names = {name.partition(".")[0] for name in (*folders, *files)}
        if folder == str(directory):
            found |= names
            heavy = any(_speaks_of_heavy(directory / name) for name in files)
        else:
            found |= names & HEAVY
    return CodeContents(
        frozenset(found - _NO_MODULES), heavy and found.isdisjoint(HEAVY | {VIRTUALENV})
    )


def _speaks_of_heavy(path: Path) -> bool:
    if path.suffix != ".py":
        return False
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_READ)
    except OSError:
        return False
    return any(name.encode() in text for name in HEAVY)
