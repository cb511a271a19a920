"""The file of the notebook that a kernel runs, as the front end tells it.

This is in the lowest layer, because ``%load_ext`` needs it before it imports the magics.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any


def notebook_name(shell: Any, environment: Mapping[str, str]) -> str | None:
    """Return the notebook's file name without its directory, or None if it is unknown.

    A Jupyter server sets JPY_SESSION_NAME, even for consoles, which do not have a file. VS Code
    sets a variable in the notebook's namespace.
    """
    told = _told(shell, environment)
    # The front end may run on Windows while this kernel does not.
    name = PurePosixPath(PureWindowsPath(told).as_posix()).name
    # The session name of a console does not have a file extension.
    return name if "." in name else None


def notebook_path(shell: Any, environment: Mapping[str, str]) -> Path | None:
    """Return the notebook's absolute path, or None if it is unknown or the file does not exist."""
    path = Path(_told(shell, environment))
    return path if path.is_absolute() and path.suffix == ".ipynb" and path.is_file() else None


def _told(shell: Any, environment: Mapping[str, str]) -> str:
    told = shell.user_ns.get("__vsc_ipynb_file__") or environment.get("JPY_SESSION_NAME", "")
    return str(told)
