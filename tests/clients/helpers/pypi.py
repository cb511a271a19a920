"""Clients from PyPI, each in a virtual environment of its own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from uv import find_uv_bin

from tests.clients.helpers.cache import installed
from tests.clients.helpers.terminal import tool


def pip_install(*requirements: str, patience_s: float = 900) -> Path:
    """The virtual environment with ``requirements`` (``name[extra]==1.2.3``), of our own Python.

    It is named after the first. Fails the test with uv's words when uv fails.
    """
    uv = find_uv_bin()

    def install(folder: Path) -> None:
        python = folder / "bin" / "python"
        # The folder is there already, and empty.
        tool(uv, "venv", "-q", "--allow-existing", "--python", sys.executable, folder, cwd=folder)
        quiet = (uv, "pip", "install", "-q", "--python", python)
        tool(*quiet, *requirements, cwd=folder, patience_s=patience_s)

    contents = "\n".join((sys.version, *requirements))
    return installed(_folder_name(requirements[0]), contents, install)


def _folder_name(requirement: str) -> str:
    """``lithops[redis]==3.8.0`` -> ``lithops-redis-3.8.0``."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", requirement).strip("-")
