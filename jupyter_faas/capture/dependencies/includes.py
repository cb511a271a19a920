"""Files and folders that ``--include`` takes along."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from jupyter_faas.errors import CaptureError

_SKIPPED = {"__pycache__", ".ipynb_checkpoints", ".git", ".hg", ".svn", ".DS_Store"}

_COMPILED = (".so", ".pyd", ".dylib")
# Above this a package folder beside the notebook does not travel unasked, in bytes.
_UNASKED = 10_000_000
# Folders that the machine of an action has too.
_EVERYWHERE = ("tmp", "dev", "proc", "etc", "usr", "bin", "lib", "var", "opt")


@dataclass
class Includes:
    """Included files: where each lies on disk, and where it goes in the package.

    ``given`` lists the arguments as they were written, with their total size in bytes, ``found``
    the user's own modules that travel because they are imported: path, reason, size.
    """

    root: Path
    files: dict[Path, str] = field(default_factory=dict)
    given: list[tuple[str, int]] = field(default_factory=list)
    found: list[tuple[str, str, int]] = field(default_factory=list)

    def covers(self, module: Path) -> bool:
        """Whether a module's file, or its package's folder, is included."""
        return module in self.files or any(module in file.parents for file in self.files)

    def add_module(self, module: Path, why: str) -> None:
        """Take a module of the user's own along: its file, or its package's whole folder.

        Of a folder without ``__init__.py`` only the Python files: it may hold anything else.
        Raises CaptureError for what is too large to go unasked, and for compiled modules.
        """
        files = [module] if module.is_file() else list(_walk(module))
        if not module.is_file() and not (module / "__init__.py").exists():
            files = [file for file in files if file.suffix == ".py"]
        argument = self.include_argument(module)
        for file in files:
            if file.suffix in _COMPILED:
                raise CaptureError(
                    f"{file.name} is a compiled module of yours, {why}: it runs only where Python "
                    "and the system are as here.",
                    hint=f"To take it along all the same: --include {argument}",
                )
        size = sum(file.stat().st_size for file in files)
        if size > _UNASKED:
            raise CaptureError(
                f"{module.name} is a module of yours, {why}, and its files take "
                f"{size / 1e6:.0f} MB.",
                hint=f"To take all of it along: --include {argument}. Or move its data elsewhere.",
            )
        for file in files:
            self.files[file] = file.relative_to(module.parent).as_posix()
        self.found.append((module.name, why, size))

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

    def include_argument(self, path: Path) -> str:
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
            option = self.include_argument(found) if inside else str(path)
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
