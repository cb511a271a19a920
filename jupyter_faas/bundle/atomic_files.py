"""Atomic file writes (flush a temporary file to disk, then rename it), and a lock for them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PRIVATE_FOLDER = 0o700


def make_folder(folder: Path) -> None:
    """Create a directory and its missing parents, all accessible only to the current user."""
    # ``mkdir(parents=True)`` does not apply the mode to the parents.
    if not folder.parent.exists():
        make_folder(folder.parent)
    folder.mkdir(exist_ok=True, mode=_PRIVATE_FOLDER)


def write_atomically(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Write ``data`` to ``path``, replacing an existing file.

    With ``lasting=False``, the file is not flushed to disk. Writing is then faster, but the file
    may be missing or empty after a power failure.
    """
    _write(path, data, lambda part: os.replace(part, path), lasting)


def write_new(path: Path, data: bytes) -> None:
    """Write ``data`` to a new file at ``path``. Raises FileExistsError if the file exists."""
    _write(path, data, lambda part: _link(part, path))


def _link(part: str, path: Path) -> None:
    try:
        # If another process has created the file, a link fails, whereas a rename would replace it.
        os.link(part, path)
    except FileExistsError:
        raise
    # Some file systems do not support hard links. The name is then reserved with an empty file,
    # which the rename replaces.
    except OSError:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        os.replace(part, path)


def _write(path: Path, data: bytes, place: Callable[[str], None], lasting: bool = True) -> None:
    """Write a temporary file in the directory of ``path`` and call ``place`` with its path.

    The file and the directory are flushed to disk if ``lasting`` is true.
    """
    # A rename is atomic only within one file system, so both files must be in the same directory.
    make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            # On POSIX systems, only the current user can read a file that mkstemp created.
            file.write(data)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        place(name)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)
    # The directory stores the new name and must be flushed separately. Windows cannot open
    # directories.
    if lasting and os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def lock_file(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on ``path``, which is created; wait for other processes and threads.

    The lock must not be on a file that is replaced, because it would stay with the old file.
    """
    make_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor)
        yield
    # Closing the file also releases the lock.
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    # Windows does not have fcntl. Two processes can then write at the same time, but each write
    # is still atomic.
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX)
