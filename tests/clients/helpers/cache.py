"""Where the clients are installed: once for each version, and found again by the next run."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

_ROOT = Path(__file__).parents[3]

# Written last, so a folder without it is one whose installation was cut short.
_MARK = ".installed"


def clients_folder() -> Path:
    """``$JUPYTER_FAAS_CLIENTS_CACHE``, else ``.dev/clients`` of this repository."""
    named = os.environ.get("JUPYTER_FAAS_CLIENTS_CACHE")
    return Path(named).absolute() if named else _ROOT / ".dev" / "clients"


def installed(name: str, contents: str, install: Callable[[Path], None]) -> Path:
    """The folder ``name``, filled by ``install(folder)`` unless it holds ``contents`` already.

    ``contents`` tells what is to be there (packages with their versions): when it changes, the
    folder is made anew. It is filled at its final place, since a virtual environment cannot be
    moved. Of several processes one installs, and the others wait for it.
    """
    folder = clients_folder() / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    mark = folder / _MARK
    with folder.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.is_file() or mark.read_text("utf-8") != contents:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            install(folder)
            mark.write_text(contents, "utf-8")
    return folder
