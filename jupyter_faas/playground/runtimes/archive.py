"""Safe unpacking of an action's code (text, base64, zip, tar.gz), and the scan for its modules.

Archives are untrusted: sizes and counts stated in an archive are not relied on, links and paths
outside the target directory are rejected, and the unpacked size is limited. All functions block.
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
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, cast

from jupyter_faas.errors import FaasError
from jupyter_faas.whisk.limits import MB


class BoundedGzip:
    """A gzip file for ``tarfile`` with a limit of ``max_bytes`` for the unpacked data.

    A few kilobytes of gzip can unpack to gigabytes of headers or of skipped data. ``tarfile`` keeps
    headers in memory, so each read is limited to ``max_read`` bytes.
    """

    def __init__(self, data: bytes, max_bytes: int, max_read: int) -> None:
        self._file = gzip.GzipFile(fileobj=io.BytesIO(data))
        self._max_bytes = max_bytes
        self._max_read = max_read

    def read(self, size: int) -> bytes:
        """Read unpacked data. Raise ValueError if a limit is exceeded."""
        if size > self._max_read:
            raise ValueError(f"it has a header larger than {self._max_read} bytes")
        self._check(self._file.tell() + size)
        return self._file.read(size)

    def seek(self, position: int) -> int:
        """Move to a position in the unpacked data. Raise ValueError if it exceeds the limit."""
        self._check(position)
        return self._file.seek(position)

    def tell(self) -> int:
        return self._file.tell()

    def _check(self, position: int) -> None:
        if position > self._max_bytes:
            raise ValueError(f"its content is larger than {self._max_bytes} bytes")


MAX_FILES = 20_000
MAX_BYTES = 512 * MB

_TAR_BLOCK = 512

# The signatures of central directory entries and of the end record in a zip, and the bytes of the
# end record that contain the size of the central directory.
_ZIP_ENTRY, _ZIP_END, _ZIP_SIZE = b"PK\x01\x02", b"PK\x05\x06", slice(12, 16)

# The messages of OpenWhisk's proxy (contract §5.2). The reason is written to the activation's logs.
NO_BINARY = "The action failed to generate or locate a binary. See logs for details."
NO_CODE = "Missing main/no code to execute."

# The messages of OpenWhisk's Node.js runtime (contract §5.4). The first one is about an error.
NODE_FAILED = "Initialization has failed due to: {}"
NODE_LOG = "Error during initialization: {}"
NODE_UNKNOWN_TYPE = (
    "There was an error uncompressing the action archive. The file type is unsupported"
)
NODE_DAMAGED = "There was an error uncompressing the action {} archive."

# What OpenWhisk's compiler logs, with an empty line.
NO_MAIN_FILE = "Zip file does not include main__\n"
# Where OpenWhisk's proxy unpacks archives. It fails for a tar without the folders of its files.
_SOURCE_PATH = "/action/1/src"

ENTRY = "__main__.py"
NODE_ENTRY = "__main__.js"

# Other names that OpenWhisk's compiler accepts for the main file (contract §5.3).
_OTHER_ENTRIES = ("exec", "main__.py")

# The directory of a virtualenv in an archive. It contains links to an interpreter elsewhere.
VIRTUALENV = "virtualenv"


class _Member(NamedTuple):
    """A member of an archive. ``content`` is None unless the member is a regular file."""

    name: str
    content: IO[bytes] | None = None
    is_folder: bool = False
    is_link: bool = False
    executable: bool = False


class CodeRejected(FaasError):
    """Raised when code cannot be unpacked.

    ``reason`` is written to the activation's logs, and ``note`` to its record.
    """

    def __init__(self, message: str, reason: str, note: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.note = note


class DamagedArchive(CodeRejected):
    """Raised for an archive that cannot be read.

    ``type``: the archive's type in OpenWhisk's message, or empty if it is unknown.
    """

    def __init__(self, archive_type: str, reason: str) -> None:
        super().__init__(NO_BINARY, reason.encode(errors="backslashreplace").decode())
        self.type = archive_type


def unpack_node(code: str, binary: bool, directory: Path) -> None:
    """Write the files of a Node.js action to ``directory``, which must not exist.

    Plain text is written to ``__main__.js``. The worker, not this function, checks that an archive
    contains the required files. Raises CodeRejected if there is no code or it cannot be unpacked.
    """
    try:
        _unpack_code(code, binary, directory, None if binary else NODE_ENTRY)
    except DamagedArchive as error:
        problem = NODE_DAMAGED.format(error.type) if error.type else NODE_UNKNOWN_TYPE
        raise CodeRejected(
            NODE_FAILED.format(problem), NODE_LOG.format(problem), error.reason
        ) from error
    except CodeRejected as error:
        if error.message != NO_BINARY:
            raise
        problem = NODE_DAMAGED.format("Zip")
        raise CodeRejected(NODE_FAILED.format(problem), error.reason) from error


def unpack_python(code: str, binary: bool, directory: Path) -> None:
    """Write the files of a Python action to ``directory``, which must not exist.

    Plain text, and base64 data that is not an archive, is written to ``__main__.py``. Zip and
    tar.gz archives are unpacked, up to MAX_FILES members and MAX_BYTES bytes. A file ``exec`` at
    the archive's root replaces ``__main__.py``. A file ``main__.py`` is used if ``__main__.py``
    does not exist. Links inside ``virtualenv/`` are skipped, because their targets are not needed.

    Raises CodeRejected if there is no code or no main file, or if the archive is damaged or too
    large. Also raises it if a member is a link or a special file, or is outside ``directory``.
    """
    _unpack_code(code, binary, directory, ENTRY)
    first, second = (directory / each for each in _OTHER_ENTRIES)
    if first.is_file():
        first.replace(directory / ENTRY)
    elif second.is_file() and not (directory / ENTRY).exists():
        second.replace(directory / ENTRY)
    if not (directory / ENTRY).is_file():
        raise CodeRejected(NO_BINARY, NO_MAIN_FILE)


def _unpack_code(code: str, binary: bool, directory: Path, entry: str | None) -> None:
    """Write the code to ``directory``.

    ``entry``: the name of the file for code that is not an archive; None if an archive is required.
    """
    data = base64.b64decode(code) if binary else code.encode()
    if not data:
        raise CodeRejected(NO_CODE, "")
    directory.mkdir(mode=0o700, parents=True)
    try:
        # As in OpenWhisk, archives are recognized by their first bytes. A Node.js action that is
        # deployed as text is never an archive.
        if data.startswith(b"PK") and entry != NODE_ENTRY:
            _check_member_count(data)
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                _write_members(_zip_members(archive), directory)
        elif data.startswith(b"\x1f\x8b"):
            # In addition to its content, each member has a header and padding of at most one block
            # each.
            inflated = BoundedGzip(data, MAX_BYTES + MAX_FILES * 2 * _TAR_BLOCK, MB)
            with tarfile.open(fileobj=cast("IO[bytes]", inflated), mode="r:") as tar:
                _write_members(_tar_members(tar), directory, makes_folders=entry is None)
        elif entry is None:
            raise DamagedArchive(
                "", "The code is in base64, but is neither a zip nor a tar.gz archive."
            )
        else:
            (directory / entry).write_bytes(data)
    except CodeRejected:
        raise
    # zipfile raises RuntimeError for encrypted members and NotImplementedError for unknown
    # compression methods. Damaged data can cause all other exceptions.
    except (
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        struct.error,
    ) as error:
        raise DamagedArchive(_type(data), f"The archive cannot be unpacked: {error}") from error
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError) as error:
        raise DamagedArchive(_type(data), f"The archive is damaged: {error}") from error


def _type(data: bytes) -> str:
    return "Zip" if data.startswith(b"PK") else "tar.gz"


def _write_members(
    members: Iterator[_Member], directory: Path, *, makes_folders: bool = True
) -> None:
    """Write the members of an archive.

    Unless ``makes_folders`` is set, the folders of a file must be members of their own.
    """
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
            raise _rejected(
                f"The archive's member '{member.name}' is a link or a special file, which the "
                "playground does not unpack."
            )
        if makes_folders:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not path.parent.is_dir():
            raise _rejected(f"open {_SOURCE_PATH}/{member.name}: no such file or directory")
        with member.content as content, path.open("wb") as file:
            # Count bytes while unpacking, because the sizes stated in an archive may be wrong.
            # Reading one byte more than allowed shows whether the limit is exceeded.
            while chunk := content.read(min(MB, bytes_left + 1)):
                bytes_left -= len(chunk)
                if bytes_left < 0:
                    raise _rejected(f"The archive unpacks to more than {MAX_BYTES} bytes.")
                file.write(chunk)
        path.chmod(0o700 if member.executable else 0o600)


def _safe_path(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        raise _rejected(
            f"The archive's member '{name}' would be unpacked outside the target folder."
        )
    return path


def _check_member_count(data: bytes) -> None:
    """Raise CodeRejected if a zip has too many members.

    The check must precede zipfile, which reads the complete list of members into memory. It counts
    the entries of the central directory, because the number stated in the archive may be wrong.
    Entries of zip files inside the archive do not count, except with zip64, where the whole file is
    searched.
    """
    end = data.rfind(_ZIP_END)
    size = int.from_bytes(data[end:][_ZIP_SIZE], "little")
    if data.count(_ZIP_ENTRY, max(0, end - size) if end >= 0 else 0) > MAX_FILES:
        raise _rejected(f"The archive has more than {MAX_FILES} members.")


def _zip_members(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for info in archive.infolist():
        if not info.filename:
            raise _rejected("The archive has a member without a name.")
        # The upper 16 bits contain the Unix mode, or 0 if the zip was created on another system.
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
            # Skip the member ``./``, which is the first one in many archives.
            if PurePosixPath(info.name).parts:
                yield _Member(info.name, is_folder=True)
        elif info.isreg():
            yield _Member(
                info.name, tar.extractfile(info), executable=bool(info.mode & stat.S_IXUSR)
            )
        else:
            yield _Member(info.name, is_link=info.issym())


def _rejected(reason: str) -> CodeRejected:
    # File names with an unknown encoding contain surrogates, which cannot be written as JSON.
    return CodeRejected(NO_BINARY, reason.encode(errors="backslashreplace").decode())


# Which modules an action contains. This decides whether its workers can be forked from a zygote.

# Modules that take a long time to import, so the zygote imports them in advance. Copies in any
# directory of an archive count, because the action may add that directory to sys.path.
HEAVY_MODULES = frozenset(("numpy", "onnxruntime"))

# Files with these names do not conflict with modules of the zygote. Actions do not import the names
# that begin with underscores. The other names are modules of the zygote itself, which a worker
# removes from sys.modules before it imports the action.
_NOT_MODULES = frozenset(
    ("__main__", "__mp_main__", "__pycache__", "launcher", "python_worker", "prefork", "zygote")
)

# How many bytes of a file are searched for imports.
_SCAN_BYTES = 1 << 18


class CodeContents(NamedTuple):
    """The modules in an action's directory.

    ``modules``: the names under which the action's files could be imported.
    ``heavy``: whether the action probably imports numpy or onnxruntime from its interpreter's
    environment.
    """

    modules: frozenset[str]
    heavy: bool


def scan_code(directory: Path) -> CodeContents:
    """Find the modules in ``directory``, and check whether the action imports heavy modules.

    Modules in subdirectories are ignored, except for copies of ``HEAVY_MODULES``. This function
    blocks.
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
    # A plain text search is sufficient, because a wrong result only makes a start slower.
    return any(name.encode() in text for name in HEAVY_MODULES)
