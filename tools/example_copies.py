"""Copies the notebooks of ``examples/`` to a folder: ``python -m tools.example_copies FOLDER``.

JupyterLab saves outputs into the notebooks that it opens. ``./dev lab`` opens the copies, so that
``git status`` stays clean.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
# The folder with the files as they were copied, which shows whether the user has changed a copy.
# JupyterLab hides a folder with such a name.
_ORIGINALS = ".originals"


def refresh(examples: Path, folder: Path) -> list[Path]:
    """Copy all files of ``examples`` to ``folder``, except over those that the user has changed.

    Returns the changed copies, relative to ``folder``, of which ``examples`` has another version
    than the one that was copied.
    """
    outdated = []
    originals = folder / _ORIGINALS
    for source in sorted(examples.rglob("*")):
        path = source.relative_to(examples)
        if source.is_dir() or ".ipynb_checkpoints" in path.parts:
            continue
        copy, original = folder / path, originals / path
        if copy.exists() and not _same(copy, original):
            if not _same(source, original):
                outdated.append(path)
            continue
        for target in (copy, original):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return outdated


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()


if __name__ == "__main__":
    (given,) = sys.argv[1:]
    for path in refresh(EXAMPLES, Path(given)):
        print(f"· {given}/{path} has your changes; examples/{path} is newer", file=sys.stderr)
