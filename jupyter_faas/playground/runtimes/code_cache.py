"""The cache of unpacked action code, with one directory for each revision and runtime family."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import shutil
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

from jupyter_faas.playground.runtimes.archive import unpack_node, unpack_python

log = logging.getLogger(__name__)

_OLD_SUFFIX = "-old-"

_Listing = dict[str, tuple[int, int]]

# A directory, and the size and modification time (ns) of each file that was unpacked into it.
UnpackedCode = tuple[Path, _Listing]

# Checking this many files directly takes less time than using a thread.
_FEW_FILES = 16


class CodeCache:
    """Unpacks the code of each revision once, in a thread.

    If an action changes its own files, the next worker gets a new directory with the original code.
    """

    def __init__(self, root: Path) -> None:
        """Create an empty cache in ``root``, and remove files of earlier processes in a thread.

        This constructor blocks briefly.
        """
        self._root = root
        _move_old_aside(root)
        root.mkdir(mode=0o700, exist_ok=True)
        self._unpacked: dict[tuple[int, bool], asyncio.Future[UnpackedCode]] = {}
        self._attempt = 0

    def unpack(
        self, revision: int, code: str, binary: bool, *, node: bool = False
    ) -> asyncio.Future[UnpackedCode]:
        """Return a future for the unpacked code of ``revision``, and start unpacking if needed."""
        future = self._unpacked.get((revision, node))
        return future or self._start_unpacking(revision, code, binary, node)

    async def directory(
        self,
        revision: int,
        fetch: Callable[[], Awaitable[str]],
        binary: bool,
        *,
        node: bool = False,
    ) -> Path:
        """Return the directory with the code of ``revision``, and unpack the code if needed.

        ``fetch``: returns the code; called only if the code must be unpacked.
        ``binary``: whether the code is base64.
        ``node``: whether to unpack the code for Node.js.

        Raises CodeRejected, and any exception that ``fetch`` raises.
        """
        # Several starts may wait for the same future, and the shield keeps a cancelled start from
        # cancelling it.
        if (revision, node) in self._unpacked:
            path, listing = await asyncio.shield(self._unpacked[revision, node])
            if len(listing) <= _FEW_FILES:
                unchanged = _is_unchanged(path, listing)
            else:
                unchanged = await asyncio.to_thread(_is_unchanged, path, listing)
            if unchanged:
                return path
            log.warning("The code in %s was changed, so it is unpacked again.", path.name)
        code = await fetch()
        path, _ = await asyncio.shield(self._start_unpacking(revision, code, binary, node))
        return path

    def _start_unpacking(
        self, revision: int, code: str, binary: bool, node: bool
    ) -> asyncio.Future[UnpackedCode]:
        self._attempt += 1
        path = self._root / f"{revision}-{self._attempt}"
        future = asyncio.get_running_loop().run_in_executor(None, _unpack, code, binary, path, node)
        self._unpacked[revision, node] = future
        future.add_done_callback(lambda done: self._on_unpacked((revision, node), done))
        return future

    def _on_unpacked(self, key: tuple[int, bool], done: asyncio.Future[UnpackedCode]) -> None:
        # Do not cache a failure. The disk may have been full, so the next invocation tries again.
        failed = done.cancelled() or done.exception() is not None
        if failed and self._unpacked.get(key) is done:
            del self._unpacked[key]

    def forget(self, revision: int) -> None:
        """Remove the code of a revision that no longer has workers, in a thread."""
        for node in (False, True):
            self._unpacked.pop((revision, node), None)
        asyncio.get_running_loop().run_in_executor(None, _remove, self._root, revision)


def _move_old_aside(root: Path) -> None:
    """Rename the old directory, and remove it in a thread because removal can take seconds."""
    with contextlib.suppress(FileNotFoundError):
        root.rename(root.with_name(f"{root.name}{_OLD_SUFFIX}{secrets.token_hex(4)}"))
    # The pattern also matches directories that an earlier process did not finish removing.
    old = list(root.parent.glob(f"{root.name}{_OLD_SUFFIX}*"))
    if old:
        threading.Thread(target=_remove_all, args=(old,), name="old-code", daemon=True).start()


def _remove_all(folders: list[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(code: str, binary: bool, path: Path, node: bool) -> UnpackedCode:
    try:
        (unpack_node if node else unpack_python)(code, binary, path)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    return path, _list_files(path)


def _list_files(path: Path) -> _Listing:
    """Return the size and modification time (ns) of each file, except Python's bytecode caches."""
    found: _Listing = {}
    for file in path.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            status = file.stat()
            found[str(file.relative_to(path))] = (status.st_size, status.st_mtime_ns)
    return found


def _is_unchanged(path: Path, listing: _Listing) -> bool:
    """Return whether each file still has the size and modification time in ``listing``."""
    for name, size_and_time in listing.items():
        try:
            status = os.stat(f"{path}/{name}")
        except OSError:
            return False
        if (status.st_size, status.st_mtime_ns) != size_and_time:
            return False
    return True


def _remove(root: Path, revision: int) -> None:
    for path in root.glob(f"{revision}-*"):
        shutil.rmtree(path, ignore_errors=True)
