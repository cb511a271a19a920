"""Write files atomically: flush a temporary file to the disk, then rename it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_PRIVATE_FOLDER = 0o700


def make_folder(folder: Path) -> None:
    """Create a folder and its missing parents, which only the user can access."""
    # ``mkdir(parents=True)`` does not apply the mode to the parents.
    if not folder.parent.exists():
        make_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=_PRIVATE_FOLDER)


def write_atomically(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Write ``data`` to ``path``, replacing an existing file.

    With ``lasting=False`` the file is not flushed, which is faster. After a power cut it may then
    be missing or empty.
    """
    _write(path, data, lambda part: os.replace(part, path), lasting)


def write_new(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``. Raises FileExistsError if the file exists already."""
    _write(path, data, lambda part: _link(part, path))


def _link(part: str, path: Path) -> None:
    try:
        # Creating a link fails if another process was first; a rename would replace its file.
        os.link(part, path)
    except FileExistsError:
        raise
    # Some file systems have no links. There the name is reserved first, and then replaced.
    except OSError:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        os.replace(part, path)


def _write(path: Path, data: bytes, place: Callable[[str], None], lasting: bool = True) -> None:
    """Write a temporary file in the same folder, flush it, and call ``place`` with its path."""
    # A rename is atomic only inside one file system, hence the same folder.
    make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            # On POSIX systems, only the user can read a file that mkstemp created.
            file.write(data)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        place(name)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)
    # The new name is in the folder, which has to be flushed separately. Windows cannot open one.
    if lasting and os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
