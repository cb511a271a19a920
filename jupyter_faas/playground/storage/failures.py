"""The causes of SQLite's errors, with one message and one hint for each cause.

SQLite has the same message for several causes: a full disk, for example, is *disk I/O error* if the
file ``-shm`` cannot be created. The hints must never suggest to move or delete a database file,
because recent changes are in its ``-wal`` file.
"""

from __future__ import annotations

import os
import shlex
import sqlite3
from pathlib import Path

from jupyter_faas.errors import PlaygroundError

REPAIR = "jupyter faas playground repair"

# In bytes. SQLite cannot open a WAL database with less free space, because its -shm file needs it.
_LITTLE_SPACE = 64 * 1024


def is_damage(error: Exception) -> bool:
    """Return whether the error says that the file is damaged or is not an SQLite database."""
    # Python 3.10 has no ``sqlite_errorcode``. The messages are constants of SQLite.
    return any(each in str(error) for each in ("malformed", "not a database", "not decode"))


def files_of(database: Path) -> list[Path]:
    """Return the paths of a database and of the two files that belong to it."""
    return [database.with_name(database.name + suffix) for suffix in ("", "-wal", "-shm")]


def repaired_of(database: Path) -> Path:
    """Return the path of the database that an interrupted repair may have left."""
    return database.with_name(database.name + ".repaired")


def open_error(database: Path, error: sqlite3.Error | OSError) -> PlaygroundError:
    """Return the error for a database that could not be opened or read at the start."""
    folder = database.parent
    if is_damage(error):
        kind = "is not a database" if "not a database" in str(error) else "is damaged"
        return PlaygroundError(
            f"{database} {kind}.",
            hint=f"Run {REPAIR}. It copies the database first and keeps all data that it can read.",
        )
    if "locked" in str(error):
        return PlaygroundError(
            f"{database} is locked by another program.",
            hint="Close the program that uses the file, such as an SQLite browser, and try again.",
        )
    if "full" in str(error) or _free_bytes(folder) < _LITTLE_SPACE:
        return PlaygroundError(
            f"The disk that contains {folder} is full.",
            hint="Free some space and try again. Your data is complete; do not move or delete it.",
        )
    if _is_read_only(folder):
        return PlaygroundError(
            f"{folder} is on a read-only file system.",
            hint="Choose another data folder with --data-dir or JUPYTER_FAAS_DATA_DIR.",
        )
    denied = _without_permission(database)
    if denied is not None:
        return PlaygroundError(
            f"You do not have permission to read and write {denied}.",
            hint=f"Change its owner or its permissions, for example: "
            f"chmod u+rwX {shlex.quote(str(denied))}",
        )
    return PlaygroundError(
        f"{database} cannot be read: {error}.",
        hint=f"Check the disk and try again. If the error occurs again, run {REPAIR}.",
    )


def use_error(error: sqlite3.DatabaseError) -> PlaygroundError:
    """Return the error for a request that failed in a running playground."""
    if is_damage(error):
        # The response to a request contains only the message, so it says what to do.
        return PlaygroundError(
            "The playground's database is damaged. Stop the playground (jupyter faas playground "
            f"stop) and run {REPAIR}."
        )
    return PlaygroundError(
        f"The playground's database cannot be used: {error}.",
        hint="Saved data is safe. Check the disk and its free space, and try again.",
    )


def _free_bytes(folder: Path) -> int:
    try:
        found = os.statvfs(folder)
    except OSError:
        return _LITTLE_SPACE
    return found.f_bavail * found.f_frsize


def _is_read_only(folder: Path) -> bool:
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _without_permission(database: Path) -> Path | None:
    """Return the file or folder that this user may not read and write, or None."""
    for path in (database.parent, *files_of(database)):
        wanted = os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0)
        if path.exists() and not os.access(path, wanted):
            return path
    return None
