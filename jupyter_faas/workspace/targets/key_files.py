"""The files with the API keys that users typed into the form for a new target.

It is a module of its own, because the form writes these files and the registry of targets deletes
them. A key that another tool or a variable holds is never copied here.
"""

from __future__ import annotations

from pathlib import Path

from jupyter_faas.bundle.atomic_files import write_atomically
from jupyter_faas.workspace.targets.target_settings import is_target_name

_FOLDER = "keys"


def key_file(data_dir: Path, name: str) -> Path:
    """Return the path of the file with the API key of the target ``name``."""
    return data_dir / _FOLDER / name


def write_key(data_dir: Path, name: str, key: str) -> Path:
    """Write the API key of a target to a file that only the user can read. Return its path."""
    path = key_file(data_dir, name)
    write_atomically(path, f"{key}\n".encode())
    return path


def delete_key(data_dir: Path, name: str) -> None:
    """Delete the file with the API key of a target, if there is one."""
    # Names in settings.json may have been edited by hand, and must not lead to other files.
    if is_target_name(name):
        key_file(data_dir, name).unlink(missing_ok=True)
