"""Backups of the database: one at most a day old, and one from before the last upgrade.

``recovery`` completes a damaged database from them. SQLite's backup API copies the pages in one
read transaction, so a backup is consistent and other writes continue.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

log = logging.getLogger(__name__)

_EVERY_S = 24 * 3600
# Larger databases are not backed up, because the two backups would need too much space and time.
# Without a WAL, writes wait for the backup, so the limit is lower. In bytes.
_MAX_BYTES = 1024**3
_MAX_BYTES_WITHOUT_WAL = 64 * 1024**2


def backups_of(database: Path) -> list[Path]:
    """Return the paths of the backups, which may not exist, the newest first."""
    return sorted((daily(database), before_upgrade(database)), key=_modified, reverse=True)


def daily(database: Path) -> Path:
    return database.parent / "backups" / f"daily-{database.name}"


def before_upgrade(database: Path) -> Path:
    return database.parent / "backups" / f"before-upgrade-{database.name}"


def is_due(database: Path) -> bool:
    """Return whether the daily backup is missing or older than a day."""
    return not 0 <= time.time() - _modified(daily(database)) < _EVERY_S


def back_up(database: Path, backup: Path) -> bool:
    """Replace a backup by the current state of a database; return whether that was possible.

    A damaged database does not replace the backup, and neither does one over 1 GB. The disk keeps
    as much free space as the backup needs. Blocking; opens a connection of its own.
    """
    partial = backup.with_name(backup.name + ".partial")
    try:
        size = database.stat().st_size
        backup.parent.mkdir(mode=0o700, exist_ok=True)
        wal = database.with_name(f"{database.name}-wal").exists()
        most = _MAX_BYTES if wal else _MAX_BYTES_WITHOUT_WAL
        if size > most or shutil.disk_usage(backup.parent).free < 2 * size:
            log.warning("%s was not backed up: it is too large (%d MB).", database, size // 2**20)
            return False
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(partial)) as to:
            source.backup(to)
            # Without this, the backup would be in WAL mode, and reading it would create files.
            to.execute("PRAGMA journal_mode=DELETE")
            problem = to.execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            log.error("%s is damaged (%s); the last backup is kept.", database, problem)
            return False
        sync(partial)
        partial.replace(backup)
        sync(backup.parent)
    except (sqlite3.DatabaseError, OSError) as error:
        log.warning("%s was not backed up: %s.", database, error)
        return False
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return True


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def sync(path: Path) -> None:
    """Write a file, or the entries of a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
