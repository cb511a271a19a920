"""The Python that packages a function: the playground runs the function with the same."""

from __future__ import annotations

import hashlib
import os
import platform
import sys


def this_environment() -> dict[str, str]:
    """``{id, executable, prefix, version}`` of this process; the same each time it starts.

    ``executable`` is not resolved: a virtual environment is the link that leads into it.
    """
    version = platform.python_version()
    parts = (os.path.realpath(sys.executable), sys.prefix, version)
    return {
        "id": hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8],
        "executable": sys.executable,
        "prefix": sys.prefix,
        "version": version,
    }


def this_kind() -> str:
    """The kind whose Python is this one: ``python:3.11``."""
    return f"python:{sys.version_info.major}.{sys.version_info.minor}"
