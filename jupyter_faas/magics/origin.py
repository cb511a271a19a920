"""Where a cell comes from: its exact text, its id and its notebook's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

# nbformat's rule for cell ids. VS Code sends a URI that holds the path of the notebook instead.
_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def cell_text(shell: Any, magic_line: str, body: str) -> str:
    """The text that was sent to execution, from the magic's line to the last letter.

    ``magic_line`` (``%%function iris --sample X``) and ``body`` are what IPython made of it;
    they differ by an added last newline.
    """
    sent = _parent(shell).get("content", {}).get("code")
    if isinstance(sent, str) and sent.lstrip("\n").startswith(magic_line.split()[0]):
        return sent
    # No kernel, or a cell that another magic wraps.
    return f"{magic_line}\n{body}".removesuffix("\n")


def cell_id(shell: Any) -> str | None:
    """The id that the front end sent with the execution, or None."""
    found = _parent(shell).get("metadata", {}).get("cellId")
    return found if isinstance(found, str) and _CELL_ID.fullmatch(found) else None


def notebook_name(shell: Any, environment: Mapping[str, str]) -> str | None:
    """The notebook's file name without its folder, or None where nobody tells it.

    A Jupyter server says it in JPY_SESSION_NAME (also for consoles, which have no file), VS Code
    in a variable of the notebook.
    """
    told = _told(shell, environment)
    name = PurePosixPath(PureWindowsPath(told).as_posix()).name
    return name if "." in name else None


def notebook_path(shell: Any, environment: Mapping[str, str]) -> Path | None:
    """The notebook's file, where it is told with its folder and lies on this disk."""
    path = Path(_told(shell, environment))
    return path if path.is_absolute() and path.suffix == ".ipynb" and path.is_file() else None


def _told(shell: Any, environment: Mapping[str, str]) -> str:
    told = shell.user_ns.get("__vsc_ipynb_file__") or environment.get("JPY_SESSION_NAME", "")
    return str(told)


def _parent(shell: Any) -> dict[str, Any]:
    get_parent = getattr(shell, "get_parent", None)
    return (get_parent() or {}) if get_parent is not None else {}
