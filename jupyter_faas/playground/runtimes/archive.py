"""Unpack an action's code (text, base64, zip, tar.gz) safely, and scan which modules it contains.

Archives are untrusted. The sizes and counts that they state are not relied on, links and paths that
leave the folder are refused, and the unpacked size is limited. Everything here blocks.
"""

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


class BoundedGzip:
    """A gzip file for ``tarfile``, limited to ``max_bytes`` of unpacked data.

    A few kilobytes of gzip can unpack to gigabytes of headers, or of data to skip. ``tarfile``
    keeps headers in memory, so a single read is also limited, to ``max_read`` bytes.
    """

    def __init__(self, data: bytes, max_bytes: int, max_read: int) -> None:
        self._file = gzip.GzipFile(fileobj=io.BytesIO(data))
        self._max_bytes = max_bytes
        self._max_read = max_read

    def read(self, size: int) -> bytes:
        """Read unpacked data. Raises ValueError beyond the limits."""
        if size > self._max_read:
            raise ValueError(f"it has a header of more than {self._max_read} bytes")
        self._check(self._file.tell() + size)
        return self._file.read(size)

    def seek(self, position: int) -> int:
        """Go to a position in the unpacked data. Raises ValueError beyond the limit."""
        self._check(position)
        return self._file.seek(position)

    def tell(self) -> int:
        return self._file.tell()

    def _check(self, position: int) -> None:
        if position > self._max_bytes:
            raise ValueError(f"it unpacks to more than {self._max_bytes} bytes")


MAX_FILES = 20_000
MAX_BYTES = 512 * MB

_TAR_BLOCK = 512

# Signatures of an entry in a zip's list of members and of its end record, and the bytes of the end
# record that contain the size of the list.
_ZIP_ENTRY, _ZIP_END, _ZIP_SIZE = b"PK\x01\x02", b"PK\x05\x06", slice(12, 16)

# The messages of OpenWhisk's proxy (contract §5.2); the reason goes to the activation's logs.
NO_BINARY = "The action failed to generate or locate a binary. See logs for details."
NO_CODE = "Missing main/no code to execute."

# The message of Node.js's proxy (contract §5.4).
NOT_UNPACKED = (
    "Initialization has failed due to: Error: There was an error uncompressing the action archive."
)

ENTRY = "__main__.py"
NODE_ENTRY = "__main__.js"

# Other names of the main file that OpenWhisk's compiler accepts (contract §5.3).
_OTHER_ENTRIES = ("exec", "main__.py")

# The folder of a virtualenv in an archive. Its links point to an interpreter elsewhere.
VIRTUALENV = "virtualenv"


@dataclass(frozen=True)
class _Member:
    """A member of an archive; ``content`` is None unless it is a regular file."""

    name: str
    content: IO[bytes] | None = None
    is_folder: bool = False
    is_link: bool = False
    executable: bool = False


class CodeRejected(FaasError):
    """Raised when code cannot be unpacked; ``reason`` is for the activation's logs."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


def unpack_node(code: str, binary: bool, directory: Path) -> None:
    """Write the files of a Node.js action into ``directory``; text becomes ``__main__.js``.

    The worker itself checks that an archive contains what it needs. Raises CodeRejected.
    """
    try:
        _unpack_code(code, binary, directory, None if binary else NODE_ENTRY)
    except CodeRejected as error:
        if error.message != NO_BINARY:
            raise
        raise CodeRejected(NOT_UNPACKED, error.reason) from error


def unpack_python(code: str, binary: bool, directory: Path) -> None:
    """Write the files of a Python action into ``directory``, which must not exist.

    Text becomes ``__main__.py``, and so does base64 that is not an archive. Zip and tar.gz are
    unpacked, up to MAX_FILES files and MAX_BYTES bytes. A file ``exec`` at the root replaces
    ``__main__.py``. A file ``main__.py`` is used if there is no ``__main__.py``. Links inside
    ``virtualenv/`` are left out, because their targets are not needed.

    Raises CodeRejected if there is no code or no main file, or if the archive is damaged, is too
    large, or has a member that is a link, a special file, or outside of the folder.
    """
    _unpack_code(code, binary, directory, ENTRY)
    first, second = (directory / each for each in _OTHER_ENTRIES)
    if first.is_file():
        first.replace(directory / ENTRY)
    elif second.is_file() and not (directory / ENTRY).exists():
        second.replace(directory / ENTRY)
    if not (directory / ENTRY).is_file():
        raise _rejected(f"The archive has no {ENTRY} at its root.")


def _unpack_code(code: str, binary: bool, directory: Path, entry: str | None) -> None:
    """Write the code; ``entry`` is the file for text, None if the code must be an archive."""
    data = base64.b64decode(code) if binary else code.encode()
    if not data.strip():
        raise CodeRejected(NO_CODE, "The action has no code.")
    directory.mkdir(mode=0o700, parents=True)
    try:
        # As OpenWhisk does, archives are recognized by their first bytes. The text of a Node.js
        # action is never an archive.
        if data.startswith(b"PK") and entry != NODE_ENTRY:
            _check_member_count(data)
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                _write_members(_zip_members(archive), directory)
        elif data.startswith(b"\x1f\x8b"):
            # Each member also has a header and padding, each of one block at most.
            inflated = BoundedGzip(data, MAX_BYTES + MAX_FILES * 2 * _TAR_BLOCK, MB)
            with tarfile.open(fileobj=cast("IO[bytes]", inflated), mode="r:") as tar:
                _write_members(_tar_members(tar), directory)
        elif entry is None:
            raise _rejected("The code is base64, and neither a zip nor a tar.gz.")
        else:
            (directory / entry).write_bytes(data)
    except CodeRejected:
        raise
    # zipfile raises RuntimeError for encrypted members and NotImplementedError for unknown
    # compression. Damaged data can raise any of the others.
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


def _write_members(members: Iterator[_Member], directory: Path) -> None:
    files, bytes_left = 0, MAX_BYTES
    for member in members:
        path = directory / _safe_path(member.name)
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
            # Bytes are counted while unpacking, because the sizes stated in an archive may be
            # wrong. One more byte than allowed is read to see whether the limit is exceeded.
            while chunk := content.read(min(MB, bytes_left + 1)):
                bytes_left -= len(chunk)
                if bytes_left < 0:
                    raise _rejected(f"The archive unpacks to more than {MAX_BYTES} bytes.")
                file.write(chunk)
        path.chmod(0o700 if member.executable else 0o600)


def _safe_path(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        raise _rejected(f"The archive's member '{name}' lies outside of it.")
    return path


def _check_member_count(data: bytes) -> None:
    """Raise CodeRejected if a zip has too many members, before zipfile reads their list to memory.

    It counts the entries, because the number stated in the archive may be wrong. It starts at the
    list of members, so that zips inside of the archive do not count. With zip64 it searches the
    whole file.
    """
    end = data.rfind(_ZIP_END)
    size = int.from_bytes(data[end:][_ZIP_SIZE], "little")
    if data.count(_ZIP_ENTRY, max(0, end - size) if end >= 0 else 0) > MAX_FILES:
        raise _rejected(f"The archive has more than {MAX_FILES} members.")


def _zip_members(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for info in archive.infolist():
        if not info.filename:
            raise _rejected("The archive has a member without a name.")
        # The upper half contains the Unix mode, or 0 if the zip was made on another system.
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
            # The entry ``./``, which many archives begin with, has no parts.
            if PurePosixPath(info.name).parts:
                yield _Member(info.name, is_folder=True)
        elif info.isreg():
            yield _Member(
                info.name, tar.extractfile(info), executable=bool(info.mode & stat.S_IXUSR)
            )
        else:
            yield _Member(info.name, is_link=info.issym())


def _rejected(reason: str) -> CodeRejected:
    # Names in an unknown encoding contain surrogates, which the JSON of the logs cannot hold.
    return CodeRejected(NO_BINARY, reason.encode(errors="backslashreplace").decode())


# Which modules an action contains. This decides whether its workers can be forked from a zygote.

# Modules that the zygote has imported and that take long to import. In an archive they count in any
# folder, because the action may add that folder to its path.
HEAVY_MODULES = frozenset(("numpy", "onnxruntime"))

# Names that do not conflict with the zygote: files that an action does not import by name, and the
# zygote's own modules, which a worker removes from sys.modules before it imports the action.
_NOT_MODULES = frozenset(
    ("__main__", "__mp_main__", "__pycache__", "launcher", "python_worker", "prefork", "zygote")
)

# How much of a file is searched for imports.
_SCAN_BYTES = 1 << 18


@dataclass(frozen=True)
class CodeContents:
    """What the scan of an action's folder found.

    ``modules``: names under which its files could be imported. ``heavy``: whether the action
    probably imports numpy or onnxruntime from the environment of its interpreter.
    """

    modules: frozenset[str]
    heavy: bool


def scan_code(directory: Path) -> CodeContents:
    """Scan an action's folder for modules. Blocking.

    It finds all modules at the top level, and copies of numpy and onnxruntime at any depth.
    """
    found: set[str] = set()
    heavy = False
    for folder, folders, files in os.walk(directory):
        names = {name.partition(".")[0] for name in (*folders, *files)}
        if folder == str(directory):
            found |= names
            heavy = any(_mentions_heavy_module(directory / name) for name in files)
        else:
            found |= names & HEAVY_MODULES
    return CodeContents(
        frozenset(found - _NOT_MODULES), heavy and found.isdisjoint(HEAVY_MODULES | {VIRTUALENV})
    )


def _mentions_heavy_module(path: Path) -> bool:
    if path.suffix != ".py":
        return False
    try:
        with path.open("rb") as file:
            text = file.read(_SCAN_BYTES)
    except OSError:
        return False
    # A plain search is enough: a wrong result only makes a start slower.
    return any(name.encode() in text for name in HEAVY_MODULES)
