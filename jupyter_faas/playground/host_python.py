"""The interpreter that runs the playground: this environment's, or the one that started it before.

A kernel's own environment often lacks the playground's libraries. The environment of the Jupyter
server has them and is recorded in the data directory, so the kernel starts the playground with it.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from jupyter_faas.installation import PLAYGROUND, require
from jupyter_faas.playground.data_dir import DataDirectory, write_private

LIBRARIES = ("starlette", "uvicorn", "httptools", "orjson", "psutil", "cryptography")


def record_host_python(data_dir: Path) -> None:
    """Record this interpreter in ``data_dir``, if its environment can run the playground."""
    if any(find_spec(name) is None for name in LIBRARIES):
        return
    folder = DataDirectory(data_dir)
    if _read(folder) == sys.executable:
        return
    folder.create()
    write_private(folder.host_python, json.dumps({"executable": sys.executable}) + "\n")


def host_python(folder: DataDirectory) -> str:
    """Return the interpreter that runs the playground.

    Raises NotInstalled if neither this environment nor a recorded one has the libraries.
    """
    if any(find_spec(name) is None for name in LIBRARIES):
        recorded = _read(folder)
        if os.access(recorded, os.X_OK):
            return recorded
        require(LIBRARIES, PLAYGROUND, "The playground")
    return sys.executable


def _read(folder: DataDirectory) -> str:
    try:
        return str(json.loads(folder.host_python.read_text("utf-8"))["executable"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
