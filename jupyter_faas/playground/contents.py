"""What an action's files are, as far as it decides how its workers are started."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from jupyter_faas.playground.archive import VIRTUALENV

# What a zygote has loaded and takes long to load. Where these are packaged anywhere in an archive,
# the action may put them on its path.
HEAVY = frozenset(("numpy", "onnxruntime"))

# What is run is no module of the action's, nor are the zygote's own files.
_NO_MODULES = frozenset(
    ("__main__", "__mp_main__", "__pycache__", "launcher", "python_worker", "reserve", "zygote")
)

# Of a file, to see what it imports.
_MOST_READ = 1 << 18


@dataclass(frozen=True)
class Contents:
    """``modules``: what the files could be imported as. ``heavy``: whether the action likely loads
    what is heavy from its interpreter."""

    modules: frozenset[str]
    heavy: bool


def contents_of(directory: Path) -> Contents:
    """Blocking. The names at the top, besides the main file; of numpy and onnxruntime, and a
    virtual environment, at any depth."""
    found: set[str] = set()
    heavy = False
    for folder, folders, files in os.walk(directory):
        names = {name.partition(".")[0] for name in (*folders, *files)}
        if folder == str(directory):
            found |= names
            heavy = any(_speaks_of_heavy(directory / name) for name in files)
        else:
            found |= names & HEAVY
    return Contents(
        frozenset(found - _NO_MODULES), heavy and found.isdisjoint(HEAVY | {VIRTUALENV})
    )


def _speaks_of_heavy(path: Path) -> bool:
    if path.suffix != ".py":
        return False
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_READ)
    except OSError:
        return False
    return any(name.encode() in text for name in HEAVY)
