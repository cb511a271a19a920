"""Write files atomically: rename a flushed temporary file into place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_PRIVATE_FOLDER = 0o700


def make_folder(folder: Path) -> None:
    """Make a folder that is the user's alone, when it is missing, and those above it."""
    if not folder.parent.exists():
        make_folder(folder.parent)  # mkdir's own ``parents`` would leave them open to others
    folder.mkdir(exist_ok=True, mode=_PRIVATE_FOLDER)


def write_atomically(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Write ``data`` to ``path``, replacing an existing file.

    Without ``lasting`` it is not flushed: after a power cut the file may be missing or empty.
    """
    _write(path, data, lambda part: os.replace(part, path), lasting)


def write_new(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``. FileExistsError if any process has created it before."""
    _write(path, data, lambda part: _link(part, path))


def _link(part: str, path: Path) -> None:
    try:
        # A link fails where another process was first, which a rename does not.
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        os.replace(part, path)


def _write(path: Path, data: bytes, place: Callable[[str], None], lasting: bool = True) -> None:
    """Write beside, flush to the disk, then put into place; the folder's entry is flushed too."""
    make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            # mkstemp makes it readable by the user alone, on every system that knows modes.
            file.write(data)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        place(name)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)
    if lasting and os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
