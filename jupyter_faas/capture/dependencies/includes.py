"""Files and folders that are added to the package: by ``--include``, or because of an import."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from jupyter_faas.errors import CaptureError

_SKIPPED = {"__pycache__", ".ipynb_checkpoints", ".git", ".hg", ".svn", ".DS_Store"}

_COMPILED = (".so", ".pyd", ".dylib")
# In bytes: a larger module of the user must be named with --include. Its folder probably holds
# data too, and OpenWhisk limits a whole action to 48 MB.
_UNASKED = 10_000_000
# Top-level folders that also exist on the machine that runs an action.
_EVERYWHERE = ("tmp", "dev", "proc", "etc", "usr", "bin", "lib", "var", "opt")


@dataclass
class Includes:
    """The included files: ``files`` maps each path on disk to its path in the package.

    ``given`` lists the ``--include`` arguments as they were written, with their total size in
    bytes. ``found`` lists the user's own modules that are included because they are imported:
    path, reason, size in bytes. ``root`` is the notebook's folder.
    """

    root: Path
    files: dict[Path, str] = field(default_factory=dict)
    given: list[tuple[str, int]] = field(default_factory=list)
    found: list[tuple[str, str, int]] = field(default_factory=list)

    def covers(self, module: Path) -> bool:
        """Whether a module's file, or its package's folder, is included."""
        return module in self.files or any(module in file.parents for file in self.files)

    def add_module(self, module: Path, why: str) -> None:
        """Include a module of the user: its file, or the whole folder of its package.

        A folder without ``__init__.py`` may hold unrelated files, so only its Python files are
        included. Raises CaptureError for compiled modules, and for more than 10 MB: those need an
        explicit ``--include``.
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
        """Move a module's files to the top level of the package, where ``import`` finds them.

        Returns the files that were moved.
        """
        moved = [file for file in self.files if module == file or module in file.parents]
        for file in moved:
            self.files[file] = file.relative_to(module.parent).as_posix()
        return moved

    def contents(self) -> dict[str, bytes]:
        """Return the files as path in the package to bytes, sorted by path.

        Raises CaptureError when two files have the same path in the package.
        """
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
        """Return ``path`` as the user would write it after ``--include``."""
        return os.path.relpath(path, self.root)

    def lost_path(self, path: Path) -> str | None:
        """Return a hint for a path that exists here and will not exist in an action.

        Returns None for a path that needs no hint: it does not exist here either, the action's
        machine has it too, or the file is included under that path.
        """
        found = same_file(self.root / path)
        # ``Path(".")`` is the folder of the notebook here and that of the action there.
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

    A file or folder under ``root`` keeps its relative path; any other is placed at the top level.
    Folders are included whole, except for caches and version control. Raises CaptureError when a
    path does not exist, or when it is the notebook's own folder or one above it.
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
    """Return one spelling per file: folder links are resolved, the file's own name is kept."""
    # Resolving the last part too would give a linked file the name of its target, and the code
    # in the notebook opens it under the name of the link.
    plain = Path(os.path.normpath(path))
    return plain.parent.resolve() / plain.name


def _walk(start: Path) -> Iterator[Path]:
    if start.is_file():
        yield start
        return
    for folder, folders, files in os.walk(start):
        # Assigning to the slice makes os.walk skip the other folders. Sorted, the files have the
        # same order on every machine.
        folders[:] = sorted(set(folders) - _SKIPPED)
        for file in sorted(set(files) - _SKIPPED):
            if not file.endswith(".pyc"):
                yield Path(folder) / file
