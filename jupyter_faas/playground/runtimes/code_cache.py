"""Unpacked code, one folder for each revision of an action and each family that runs it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import shutil
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

from jupyter_faas.playground.runtimes.archive import unpack_node, unpack_python

log = logging.getLogger(__name__)

_ASIDE = "-old-"

_Listing = dict[str, tuple[int, int]]

# A folder, and the files that were put into it.
UnpackedCode = tuple[Path, _Listing]

# To look at so many takes less time than to ask a thread to do it.
_FEW_FILES = 16


class CodeCache:
    """Lays code out once per revision, off the event loop.

    A folder that an action has damaged since (its own files are within its reach) is laid out
    anew beside it for the next worker.
    """

    def __init__(self, root: Path) -> None:
        """Blocking. Begins empty: what earlier processes left goes, in a thread of its own."""
        self._root = root
        _put_aside(root)
        root.mkdir(mode=0o700, exist_ok=True)
        self._ready: dict[tuple[int, bool], asyncio.Future[UnpackedCode]] = {}
        self._attempt = 0

    def prepare(
        self, revision: int, code: str, binary: bool, *, node: bool = False
    ) -> asyncio.Future[UnpackedCode]:
        """Begin to lay out code that is at hand, so that the first invocation finds it there."""
        known = self._ready.get((revision, node))
        return self._lay_out(revision, code, binary, node) if known is None else known

    async def directory(
        self,
        revision: int,
        fetch: Callable[[], Awaitable[str]],
        binary: bool,
        *,
        node: bool = False,
    ) -> Path:
        """The folder with the code of ``revision``; ``fetch`` gives the code when it is needed.

        ``node``: it is laid out for Node.js.

        Raises CodeRejected, and what ``fetch`` raises.
        """
        if (revision, node) in self._ready:
            path, listing = await asyncio.shield(self._ready[revision, node])
            if len(listing) <= _FEW_FILES:
                intact = _intact(path, listing)
            else:
                intact = await asyncio.to_thread(_intact, path, listing)
            if intact:
                return path
            log.warning("The code in %s was changed; it is laid out anew.", path.name)
        code = await fetch()
        path, _ = await asyncio.shield(self._lay_out(revision, code, binary, node))
        return path

    def _lay_out(
        self, revision: int, code: str, binary: bool, node: bool
    ) -> asyncio.Future[UnpackedCode]:
        self._attempt += 1
        path = self._root / f"{revision}-{self._attempt}"
        future = asyncio.get_running_loop().run_in_executor(None, _write, code, binary, path, node)
        self._ready[revision, node] = future
        future.add_done_callback(lambda done: self._laid_out((revision, node), done))
        return future

    def _laid_out(self, which: tuple[int, bool], done: asyncio.Future[UnpackedCode]) -> None:
        # The next invocation tries again: it may have been the disk.
        failed = done.cancelled() or done.exception() is not None
        if failed and self._ready.get(which) is done:
            del self._ready[which]

    def forget(self, revision: int) -> None:
        """Remove the code of a revision whose last worker has gone."""
        for node in (False, True):
            self._ready.pop((revision, node), None)
        asyncio.get_running_loop().run_in_executor(None, _remove, self._root, revision)


def _put_aside(root: Path) -> None:
    """A thousand folders take seconds to remove, and whoever starts the playground waits."""
    with contextlib.suppress(FileNotFoundError):
        root.rename(root.with_name(f"{root.name}{_ASIDE}{secrets.token_hex(4)}"))
    # Those that an earlier process did not get to the end of are among them.
    gone = list(root.parent.glob(f"{root.name}{_ASIDE}*"))
    if gone:
        threading.Thread(target=_remove_all, args=(gone,), name="old-code", daemon=True).start()


def _remove_all(folders: list[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _write(code: str, binary: bool, path: Path, node: bool) -> UnpackedCode:
    try:
        (unpack_node if node else unpack_python)(code, binary, path)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    return path, _list(path)


def _list(path: Path) -> _Listing:
    """Size and time of every file; what Python caches beside them does not count."""
    found: _Listing = {}
    for file in path.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            status = file.stat()
            found[str(file.relative_to(path))] = (status.st_size, status.st_mtime_ns)
    return found


def _intact(path: Path, listing: _Listing) -> bool:
    for name, known in listing.items():
        try:
            status = (path / name).stat()
        except OSError:
            return False
        if (status.st_size, status.st_mtime_ns) != known:
            return False
    return True


def _remove(root: Path, revision: int) -> None:
    for path in root.glob(f"{revision}-*"):
        shutil.rmtree(path, ignore_errors=True)
