"""Files and folders that ``--include`` takes along."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from jupyter_faas.errors import CaptureError

_SKIPPED = {"__pycache__", ".ipynb_checkpoints", ".git", ".hg", ".svn", ".DS_Store"}

# Folders that the machine of an action has too.
_EVERYWHERE = ("tmp", "dev", "proc", "etc", "usr", "bin", "lib", "var", "opt")


@dataclass
class Includes:
    """Included files: where each lies on disk, and where it goes in the package.

    ``given`` lists the arguments as they were written, with their total size in bytes.
    """

    root: Path
    files: dict[Path, str] = field(default_factory=dict)
    given: list[tuple[str, int]] = field(default_factory=list)

    def covers(self, module: Path) -> bool:
        """Whether a module's file, or its package's folder, is included."""
        return module in self.files or any(module in file.parents for file in self.files)

    def place_module(self, module: Path) -> list[Path]:
        """Put a module or package where ``import`` finds it: at the package's top level."""
        moved = [file for file in self.files if module == file or module in file.parents]
        for file in moved:
            self.files[file] = file.relative_to(module.parent).as_posix()
        return moved

    def contents(self) -> dict[str, bytes]:
        """Path in the package to bytes, sorted by path. CaptureError when two want one path."""
        found: dict[str, bytes] = {}
        for file, path in sorted(self.files.items(), key=lambda item: item[1]):
            if path in found:
                raise CaptureError(
                    f"Two included files would both become {path} in the package.",
                    hint="Rename one of them.",
                )
            found[path] = file.read_bytes()
        return found

    def spelled(self, path: Path) -> str:
        """``path`` as the user would write it after ``--include``."""
        return os.path.relpath(path, self.root)

    def lost_path(self, path: Path) -> str | None:
        """What to do about a path that means something here and nothing in the package."""
        found = same_file(self.root / path)
        if not found.exists() or (found == self.root and not path.is_absolute()):
            return None
        inside = self.root in found.parents
        if not inside and (
            path.is_absolute() and found.parts[1:2] and found.parts[1] in _EVERYWHERE
        ):
            return None
        relative = PurePosixPath(found.relative_to(self.root) if inside else found.name)
        if path.is_absolute() or not inside:
            option = self.spelled(found) if inside else str(path)
            return f"Take it along with --include {option}, and write Path({str(relative)!r})."
        return None if self.covers(found) else f"Take it along: --include {relative}"


def read_includes(paths: Sequence[Path], root: Path | None) -> Includes:
    """Collect the files of ``--include`` arguments, which are relative to ``root``.

    A file or folder under ``root`` keeps its relative path, another goes to the top level.
    Folders are taken whole, but for caches and version control. Raises CaptureError when one does
    not exist.
    """
    base = (root or Path.cwd()).resolve()
    includes = Includes(base)
    for path in paths:
        start = same_file(base / path)
        if not start.exists():
            raise CaptureError(
                f"--include {path}: there is no such file or folder.",
                hint=f"Paths are relative to the notebook's folder, {base.name}.",
            )
        if start in base.parents or start == base:
            raise CaptureError(
                f"--include {path} would take the notebook's whole folder along.",
                hint="Name the files or folders that the function needs.",
            )
        anchor = base if base in start.parents else start.parent
        size = 0
        for file in _walk(start):
            includes.files[file] = PurePosixPath(file.relative_to(anchor)).as_posix()
            size += file.stat().st_size
        includes.given.append((path.as_posix(), size))
    return includes


def same_file(path: Path) -> Path:
    """One spelling per file: links in the folders are followed, the file keeps its own name."""
    plain = Path(os.path.normpath(path))
    return plain.parent.resolve() / plain.name


def _walk(start: Path) -> Iterator[Path]:
    if start.is_file():
        yield start
        return
    for folder, folders, files in os.walk(start):
        folders[:] = sorted(set(folders) - _SKIPPED)
        for file in sorted(set(files) - _SKIPPED):
            if not file.endswith(".pyc"):
                yield Path(folder) / file
