"""Inclusion of the folders and the groups of files that the captured code reads.

``path_patterns.py`` finds the paths. Only files in folders next to the notebook are included, and
never hidden files, keys, caches and virtual environments.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from jupyter_faas.capture.dependencies.includes import (
    SKIPPED,
    UNASKED_BYTES,
    Includes,
    is_secret,
    same_file,
)
from jupyter_faas.capture.dependencies.path_patterns import (
    UNKNOWN,
    PathRead,
    has_wildcard,
    literal_folder,
    matcher,
    shown,
)
from jupyter_faas.errors import CaptureError

# The largest number of files that are included because the code reads their folder.
_MOST_FILES = 500
# A folder with more files is not searched to its end.
_MOST_SEARCHED = 100_000
_LIBRARIES = ("node_modules", "site-packages")
_MOVE = (
    "Move the files to a folder next to the notebook, such as data, and use that folder in the "
    "code."
)


@dataclass
class _Folder:
    owner: str
    files: dict[Path, int] = field(default_factory=dict)
    leaves_out: bool = False


def include_reads(includes: Includes, reads: Iterable[PathRead]) -> None:
    """Include the files that ``reads`` match, with one entry in ``found`` for each folder.

    Raises CaptureError if the code certainly reads files that are outside the notebook's folder,
    the notebook's whole folder, or more than 500 files or 10 MB.
    """
    folders: dict[str, _Folder] = {}
    single: list[PathRead] = []
    for read in reads:
        pattern = _pattern_of(includes, read)
        if pattern is None:
            single.append(read)
        elif _is_inside(includes, read, pattern):
            _add(includes, read, pattern, folders)
    for path, folder in sorted(folders.items()):
        for file in folder.files:
            includes.files[file] = file.relative_to(includes.root).as_posix()
        size = sum(folder.files.values())
        if len(folder.files) == 1:
            (file,) = folder.files
            includes.found.append((includes.files[file], f"path used in {folder.owner}", size))
            continue
        why = f"{len(folder.files)} files, read by {folder.owner}"
        if folder.leaves_out:
            why += "; hidden files and key files are left out"
        includes.found.append((f"{path}/", why, size))
    # A single file may belong to a folder, whose line on the card then covers the file.
    for read in single:
        _add_file(includes, read)


def _pattern_of(includes: Includes, read: PathRead) -> str | None:
    """Return the pattern of the files to include, or None for a path that names no folder."""
    if has_wildcard(read.pattern):
        return read.pattern
    path = same_file(includes.root / read.pattern)
    # ``text.split("/")`` does not read the root folder.
    if path.is_dir() and read.is_certain and path != includes.root and path.name:
        return f"{read.pattern}/{UNKNOWN}"
    return None


def _add_file(includes: Includes, read: PathRead) -> None:
    if not same_file(includes.root / read.pattern).is_file():
        return
    includes.add_named(read.pattern, f"path used in {read.owner}")
    hint = includes.left_behind(read.pattern) if read.is_certain else None
    if hint is not None:
        raise CaptureError(
            f"The code opens {read.pattern} on line {read.line}, but the file is not in the "
            "package.",
            hint=hint,
        )


def _is_inside(includes: Includes, read: PathRead, pattern: str) -> bool:
    """Return whether the pattern's files are in a folder next to the notebook."""
    root, name = includes.root, literal_folder(pattern)
    folder = same_file(root / name)
    if folder == root and not PurePosixPath(name).is_absolute():
        is_plain = "/" not in pattern and not has_wildcard(_suffix(pattern))
        if not is_plain and read.lists and read.is_certain:
            raise CaptureError(
                f"The code lists the notebook's own folder on line {read.line}, but this folder "
                "is not in the package.",
                hint=_MOVE,
            )
        return is_plain
    if not folder.is_dir():
        return False
    is_inside = root in folder.parents and not PurePosixPath(name).is_absolute()
    if is_inside and folder.resolve().is_relative_to(root.resolve()):
        return True
    # A link to a folder elsewhere is included only if the user says so.
    hint = f"Include it: --include {name}" if is_inside else includes.left_folder(name)
    if hint is not None and folder in (root, *root.parents):
        # The notebook's folder cannot contain a copy of this one.
        hint = _MOVE
    if read.opens and hint is not None and not includes.covers(folder):
        through = " (through a link)" if is_inside else ""
        raise CaptureError(
            f"On line {read.line}, the code reads {shown(pattern)}, which is outside the "
            f"notebook's folder{through}.",
            hint=hint,
        )
    return False


def _add(includes: Includes, read: PathRead, pattern: str, folders: dict[str, _Folder]) -> None:
    name = literal_folder(pattern)
    found = [*_matching(includes.root, name, pattern)]
    files = {file: size for file, size in found if size is not None}
    new = {file: size for file, size in files.items() if not includes.covers(file)}
    size = sum(new.values())
    if len(new) > _MOST_FILES or size > UNASKED_BYTES:
        if read.opens:
            raise CaptureError(
                f"The code reads {shown(pattern)} on line {read.line}: {len(new):,} files "
                f"({size / 1e6:.0f} MB). At most {_MOST_FILES} files and "
                f"{UNASKED_BYTES // 1_000_000} MB are included automatically.",
                # The notebook's whole folder cannot be included.
                hint=_MOVE if name in ("", ".") else f"To include all of them: --include {name}",
            )
        return
    if not new:
        return
    if name in ("", "."):
        for file in new:
            includes.add_named(file.name, f"path used in {read.owner}")
        return
    folder = folders.setdefault(name, _Folder(read.owner))
    folder.files |= new
    folder.leaves_out |= read.lists and len(files) < len(found)


def _matching(root: Path, name: str, pattern: str) -> Iterator[tuple[Path, int | None]]:
    """Yield each file that matches, with its size in bytes, or None if it must not be included."""
    fits, searched = matcher(pattern), 0
    for at, folders, files in os.walk(root / name):
        folders[:] = sorted(each for each in folders if _is_visible(Path(at) / each))
        if name in ("", "."):
            folders.clear()
        searched += len(files)
        if searched > _MOST_SEARCHED:
            return
        for file in (Path(at) / each for each in sorted(files)):
            if fits.fullmatch(file.relative_to(root).as_posix()):
                is_left_out = is_secret(file) or not file.resolve().is_relative_to(root.resolve())
                yield file, None if is_left_out or not file.is_file() else file.stat().st_size


def _is_visible(folder: Path) -> bool:
    is_skipped = folder.name.startswith(".") or folder.name in (*SKIPPED, *_LIBRARIES)
    return not is_skipped and not (folder / "pyvenv.cfg").exists()


def _suffix(pattern: str) -> str:
    return PurePosixPath(pattern).suffix or UNKNOWN
