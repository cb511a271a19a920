"""Files that are added to the package because of ``--include``, an import or a path."""

from __future__ import annotations

import ast
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from jupyter_faas.capture.source.cells import parse
from jupyter_faas.errors import CaptureError

SKIPPED = {"__pycache__", ".ipynb_checkpoints", ".git", ".hg", ".svn", ".DS_Store"}

_COMPILED = (".so", ".pyd", ".dylib")
# The largest size in bytes of a user's module or file that is included without ``--include``. The
# directory of a larger module probably also contains data, and OpenWhisk limits an action to 48 MB.
UNASKED_BYTES = 10_000_000
# Longer strings are texts and not paths.
_LONGEST = 300
_SECRET = (".pem", ".key", ".crt", ".p12", ".pfx", ".kdbx")
_SECRET_NAMES = ("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519")
_CODE = (".ipynb", ".py", *_COMPILED)
# What a module contains that reads files or environment variables. Others need not be parsed.
_READS = re.compile(rb"open|[Pp]ath|glob|listdir|scandir|read_|load|environ|getenv")
# These top-level directories also exist on the machine that runs an action.
_EVERYWHERE = ("tmp", "dev", "proc", "etc", "usr", "bin", "lib", "var", "opt")


@dataclass
class Includes:
    """The files that are added to the package.

    ``files`` maps each path on disk to its path in the package. ``given`` contains each
    ``--include`` argument as the user wrote it, with the total size in bytes. ``found`` contains
    the user's modules that are included because of an import, and the files that a string of the
    code names, as path, reason and size in bytes.
    ``root`` is the notebook's directory.
    """

    root: Path
    files: dict[Path, str] = field(default_factory=dict)
    given: list[tuple[str, int]] = field(default_factory=list)
    found: list[tuple[str, str, int]] = field(default_factory=list)

    def covers(self, module: Path) -> bool:
        """Return whether a module's file, or a file in its package's directory, is included."""
        return module in self.files or any(module in file.parents for file in self.files)

    def add_module(self, module: Path, why: str) -> None:
        """Include a user's module, which is a file or the directory of a package.

        A directory without ``__init__.py`` may contain unrelated files, so only its Python files
        are included. Raises CaptureError for compiled modules and for modules over 10 MB, which
        need an explicit ``--include``.
        """
        files = [module] if module.is_file() else list(_walk(module))
        if not module.is_file() and not (module / "__init__.py").exists():
            files = [file for file in files if file.suffix == ".py"]
        argument = self.include_argument(module)
        for file in files:
            if file.suffix in _COMPILED:
                raise CaptureError(
                    f"Your compiled module {file.name} ({why}) runs only with the Python version "
                    "and operating system of this machine.",
                    hint=f"To include the module anyway: --include {argument}",
                )
        size = sum(file.stat().st_size for file in files)
        if size > UNASKED_BYTES:
            raise CaptureError(
                f"Your module {module.name} ({why}) contains {size / 1e6:.0f} MB of files, which "
                "are not included automatically.",
                hint=f"To include all of them: --include {argument}",
            )
        for file in files:
            self.files[file] = file.relative_to(module.parent).as_posix()
        self.found.append((module.name, why, size))

    def place_module(self, module: Path) -> list[Path]:
        """Move a module's files to the top level of the package, so that they can be imported.

        Returns the paths of these files on disk.
        """
        moved = [file for file in self.files if module == file or module in file.parents]
        for file in moved:
            self.files[file] = file.relative_to(module.parent).as_posix()
        return moved

    def modules(self) -> list[tuple[str, ast.Module, str]]:
        """Return ``(name, code, __file__)`` of modules that may read files or variables.

        ``__file__`` is relative to the notebook's directory. It is empty if the file has another
        place in the package.
        """
        found = []
        for file, path in sorted(self.files.items()):
            if file.suffix == ".py" and _READS.search(data := file.read_bytes()):
                is_same = self.root / path == file
                # A file of --include may be a template or for another version of Python.
                with suppress(SyntaxError, ValueError):
                    found.append((path, parse(data), path if is_same else ""))
        return found

    def contents(self) -> dict[str, bytes]:
        """Return the bytes of each included file by its path in the package, sorted by path.

        Raises CaptureError when two files have the same path in the package.
        """
        found: dict[str, bytes] = {}
        first: dict[str, Path] = {}
        for file, path in sorted(self.files.items(), key=lambda item: item[1]):
            if path in found:
                # One of them may be included because of an import or a path in the code.
                given = self._given_for(file) or self._given_for(first[path])
                raise CaptureError(
                    f"Two included files would have the same path in the package: {path}.",
                    hint=f"Leave --include {given} out, or rename one of the files."
                    if given
                    else "Rename one of the files.",
                )
            first[path] = file
            found[path] = file.read_bytes()
        return found

    def _given_for(self, file: Path) -> str:
        """Return the ``--include`` argument, as the user wrote it, that includes a file, or ""."""
        roots = ((given, same_file(self.root / given)) for given, _ in self.given)
        return next((given for given, root in roots if root in (file, *file.parents)), "")

    def include_argument(self, path: Path) -> str:
        """Return ``path`` as the user would write it after ``--include``."""
        return os.path.relpath(path, self.root)

    def add_named(self, name: str, why: str, *, code: bool = False) -> None:
        """Include the file that the string ``name`` is a relative path to, if there is one.

        A string that names no file, or a file that needs an explicit ``--include``, is ignored.
        ``code`` is true if the file is a module that the function loads.
        """
        file = self._named_file(name, code=code)
        if file is not None and not self.covers(file):
            self.files[file] = file.relative_to(self.root).as_posix()
            self.found.append((self.files[file], why, file.stat().st_size))

    def _named_file(self, name: str, *, code: bool = False) -> Path | None:
        # A word without a suffix or a directory is rarely a path, even if a file has that name.
        if len(name) > _LONGEST or "\n" in name or "\0" in name or not {".", "/"} & set(name[1:]):
            return None
        path = Path(name)
        file = same_file(self.root / path)
        if path.is_absolute() or self.root not in file.parents or not file.is_file():
            return None
        hidden = any(part.startswith(".") for part in file.relative_to(self.root).parts)
        secret = hidden or is_secret(file)
        # A notebook or a module is a program that the string talks about, not its data.
        is_code = file.suffix in _CODE and not code
        return None if secret or is_code or file.stat().st_size > UNASKED_BYTES else file

    def left_behind(self, name: str, place: str = "") -> str | None:
        """Return a hint for a string that names a data file which is not in the package.

        The file is too large to be included without ``--include``, or its path is absolute or
        outside the notebook's directory. Returns None for all other strings. ``place`` is the
        variable that holds the string (``CONFIG['labels']``), or empty for a string in the code.
        """
        if len(name) > _LONGEST or "\n" in name or "\0" in name or "." not in name[1:]:
            return None
        path = Path(name)
        file = same_file(self.root / path)
        if is_secret(path) or path.suffix in _CODE or not file.is_file():
            return None
        return self._lost_path(path, place, "{!r}")

    def left_folder(self, name: str) -> str | None:
        """Return a hint for a string that names a folder outside the notebook's folder."""
        return self._lost_path(Path(name), "", "{!r}")

    def lost_path(self, path: Path, place: str) -> str | None:
        """Return a hint for a path that exists on this machine but not in an action.

        Returns None if the path does not exist on this machine, if it also exists on the action's
        machine, or if the file is or will be included under that path (``add_named``). ``place`` is
        the variable that holds the path.
        """
        path = self.inside(path) or path
        if path.is_absolute() and self._is_on_every_machine(same_file(path)):
            return None
        if not path.is_absolute() and self._is_folder(same_file(self.root / path)):
            # What the code reads of the folder is included (folder_reads.py).
            return None
        return self._lost_path(path, place, "Path({!r})")

    def inside(self, path: Path) -> Path | None:
        """Return an absolute path in the notebook's folder relative to it, or None for others.

        Returns None for a path that does not exist, which the code may only write. If the
        notebook's folder is the temporary folder or contains it, the same holds for temporary files
        that are not included.
        """
        if not path.is_absolute():
            return None
        found = same_file(path)
        if not found.is_relative_to(self.root):
            return None
        if not self.covers(found) and (self._is_on_every_machine(found) or not found.exists()):
            return None
        return found.relative_to(self.root)

    def _is_on_every_machine(self, found: Path) -> bool:
        """Return whether a folder such as ``/tmp`` contains ``found``, and not just the notebook's.

        Only a notebook in ``/`` or in the temporary folder itself makes a difference.
        """
        temporary = Path(tempfile.gettempdir()).resolve()
        if self.root == self.root.parent:
            top = found.parts[1:2]
            return not top or top[0] in _EVERYWHERE or found.is_relative_to(temporary)
        is_above = temporary.is_relative_to(self.root)
        return is_above and found.is_relative_to(temporary)

    def _is_folder(self, path: Path) -> bool:
        return self.root in path.parents and path.is_dir()

    def _lost_path(self, path: Path, place: str, written: str) -> str | None:
        found = same_file(self.root / path)
        # ``Path(".")`` refers to the notebook's directory here, and to the package in an action.
        if not found.exists() or (found == self.root and not path.is_absolute()):
            return None
        if self._named_file(str(path)) is not None:
            return None
        inside = self.root in found.parents
        if not inside and (
            path.is_absolute() and found.parts[1:2] and found.parts[1] in _EVERYWHERE
        ):
            return None
        relative = PurePosixPath(found.relative_to(self.root) if inside else found.name)
        if path.is_absolute() or not inside:
            new = written.format(str(relative))
            how = f"{place} = {new} in a cell above" if place else f"{new} instead of {str(path)!r}"
            # The notebook must find the file too, under the same path as the action.
            copy = "Include it" if inside else f"Copy {path} to {relative}, include it"
            return f"{copy} with --include {relative}, and write {how}."
        return None if self.covers(found) else f"Include it: --include {relative}"


def read_includes(paths: Sequence[Path], root: Path | None) -> Includes:
    """Return the files of ``--include`` arguments, which are relative to ``root``.

    A file or directory under ``root`` keeps its relative path. Others are placed at the top level.
    Directories are included completely, except for caches and version-control files. Raises
    CaptureError when a path does not exist, or when it is the notebook's directory or a parent of
    the notebook's directory.
    """
    base = (root or Path.cwd()).resolve()
    includes = Includes(base)
    for path in paths:
        start = same_file(base / path)
        if not start.exists():
            raise CaptureError(
                f"--include {path}: this file or folder does not exist.",
                hint=f"Leave --include {path} out, or create the file in the notebook's folder "
                f"({base.name}).",
            )
        if start in base.parents or start == base:
            raise CaptureError(
                f"--include {path} would include the notebook's whole folder.",
                hint=f"Leave --include {path} out: files whose paths appear in the code are "
                "packaged automatically. For every other file that the function needs, add "
                "an --include option.",
            )
        anchor = base if base in start.parents else start.parent
        size = 0
        for file in _walk(start):
            includes.files[file] = PurePosixPath(file.relative_to(anchor)).as_posix()
            size += file.stat().st_size
        includes.given.append((path.as_posix(), size))
    return includes


def is_secret(file: Path) -> bool:
    """Return whether a file is hidden, like ``.env``, or contains a key."""
    return (
        file.name.startswith(".") or file.name in _SECRET_NAMES or file.suffix in (*_SECRET, ".env")
    )


def same_file(path: Path) -> Path:
    """Return ``path`` with links in parent directories resolved, but not a link at ``path``."""
    # The last name is not resolved, because the notebook's code opens a linked file by the name of
    # the link and not by the name of the link's target.
    plain = Path(os.path.normpath(path))
    return plain.parent.resolve() / plain.name


def _walk(start: Path) -> Iterator[Path]:
    if start.is_file():
        yield start
        return
    for folder, folders, files in os.walk(start):
        # Assigning to the slice makes os.walk skip the other directories. Sorting produces the same
        # order on every machine.
        folders[:] = sorted(set(folders) - SKIPPED)
        for file in sorted(set(files) - SKIPPED):
            if not file.endswith(".pyc"):
                yield Path(folder) / file
