"""The files with the API keys that users typed into the form for a new target.

It is a module of its own, because the form writes these files and the registry of targets deletes
them. A key that another tool or a variable holds is never copied here.
"""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex

from jupyter_faas.bundle.atomic_files import write_new

_FOLDER = "keys"


def write_key(data_dir: Path, name: str, key: str) -> Path:
    """Write the API key of a target to a new file that only the user can read. Return its path."""
    # Two processes may add targets of the same name at the same time, and one is then refused. It
    # must not have overwritten the key of the other.
    path = data_dir / _FOLDER / f"{name}-{token_hex(4)}"
    write_new(path, f"{key}\n".encode())
    return path


def delete_key(data_dir: Path, path: Path) -> None:
    """Delete a file that ``write_key`` wrote. Any other file stays."""
    # Paths in settings.json may have been edited by hand.
    if path.parent == data_dir / _FOLDER and path.is_file():
        path.unlink()
