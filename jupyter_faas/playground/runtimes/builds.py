"""What actions need installed before they start: each thing once, in the background."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.workers.exchange import OutcomeStatus
from jupyter_faas.playground.workers.logs import STDERR, STDOUT, LogCollector
from jupyter_faas.playground.workers.process import WorkerSpec
from jupyter_faas.playground.workers.worker import Worker

# -- What an installation says, for two readers: the playground's log and an activation's.


log = logging.getLogger(__name__)

# The end of what an installation says; and how many lines of it the playground's log takes.
_OUTPUT_BYTES = 65536
_LOG_LINES = 200
_LOG_COLUMNS = 500

_CREDENTIALS = re.compile(r"(?<=://)[^/\s]+(?=@)")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class BuildLog(LogCollector):
    """Each line goes to the playground's log, up to a number; the end of it all is kept."""

    def __init__(self, name: str) -> None:
        super().__init__(0)
        self._name = name
        self._parts = {STDOUT: b"", STDERR: b""}
        self._kept: list[bytes] = []
        self._size = 0
        self._loggable = _LOG_LINES

    def feed(self, stream: str, data: bytes) -> None:
        *lines, rest = (self._parts[stream] + data).split(b"\n")
        for line in lines:
            self._keep(line)
        self._parts[stream] = rest[-_OUTPUT_BYTES:]

    def say(self, text: str) -> None:
        self._keep(text.encode())

    def output(self) -> bytes:
        """Its end, without anybody's credentials."""
        for stream, rest in self._parts.items():
            if rest:
                self._keep(rest)
                self._parts[stream] = b""
        return b"".join(line + b"\n" for line in self._kept)

    def _keep(self, line: bytes) -> None:
        text = without_credentials(line.rstrip(b"\r").decode(errors="replace"))
        line = text.encode()[:_OUTPUT_BYTES]
        self._kept.append(line)
        self._size += len(line) + 1
        while self._size > _OUTPUT_BYTES and len(self._kept) > 1:
            self._size -= len(self._kept.pop(0)) + 1
        if self._loggable > 0 and text.strip():
            self._loggable -= 1
            log.info("%s: %s", self._name, _UNPRINTABLE.sub("?", text[:_LOG_COLUMNS]))


def without_credentials(text: str) -> str:
    """Registries and requirements may be addresses with a password in them."""
    return _CREDENTIALS.sub("***", text)


log = logging.getLogger(__name__)

# Written last: what lacks it was never finished. Its time is that of the last use.
MARKER = "built.json"
SOURCE = "source"


@dataclass(frozen=True)
class Recipe:
    """How to build one thing.

    ``key``: a file name that stands for all that goes in. ``what``: in words for people. ``fill``
    writes the files that the commands need into the folder it is given (blocking); ``commands``,
    each with an absolute path first, are run there one after another, given the folder of the
    whole. ``proof`` is a path in that folder without which it is of no use. ``blame`` makes an
    error message of what they said.
    """

    key: str
    what: str
    fill: Callable[[Path], None]
    commands: Callable[[Path], Sequence[tuple[str, ...]]]
    environment: Mapping[str, str]
    proof: str
    blame: Callable[[str], str]


class BuildFailed(FaasError):
    """Raised when something cannot be installed; ``output`` is what was said about it."""

    def __init__(self, message: str, output: bytes = b"") -> None:
        super().__init__(message)
        self.output = output


class StillBuilding(FaasError):
    """Raised when somebody's patience ends before a build does, which goes on."""


@dataclass(frozen=True)
class BuildOptions:
    """``at_once`` builds run at a time, none longer than ``limit_s``.

    What was not used for ``keep_s`` is removed, at the earliest ``sweep_s`` after the start.
    """

    at_once: int = 2
    limit_s: float = 15 * 60
    keep_s: float = 30 * 24 * 3600
    sweep_s: float = 60


class BuildCache:
    """One folder for each thing that was built; it survives restarts."""

    def __init__(
        self, folder: DataDirectory, options: BuildOptions, now: Callable[[], float] = time.time
    ) -> None:
        """``now`` is epoch seconds. To be made on the event loop; blocking: writes a file."""
        self._root = folder.builds
        self._launcher = folder.ship("launcher.py")
        self._options = options
        self._now = now
        self._room = asyncio.Semaphore(options.at_once)
        self._building: dict[str, asyncio.Task[None]] = {}
        self._used: set[str] = set()
        loop = asyncio.get_running_loop()
        self._sweeper = loop.call_later(
            options.sweep_s, lambda: loop.run_in_executor(None, self.sweep)
        )

    async def get(self, recipe: Recipe, patience_s: float) -> Path:
        """The folder in which it was built, now or before.

        Raises BuildFailed, and StillBuilding after ``patience_s``. What failed is built anew when
        it is asked for again.
        """
        path = self._root / recipe.key
        self._used.add(recipe.key)
        task = self._building.get(recipe.key)
        if task is None:
            if self._touch(path, recipe.proof):
                return path
            task = asyncio.get_running_loop().create_task(self._build(recipe, path))
            self._building[recipe.key] = task
            task.add_done_callback(lambda done: self._ended(recipe.key, done))
        await asyncio.wait({task}, timeout=max(0.0, patience_s))
        if not task.done():
            raise StillBuilding(f"The {recipe.what} are still being installed.")
        if task.cancelled():
            raise BuildFailed(f"The {recipe.what} were not installed: the playground stops.")
        task.result()
        return path

    def sweep(self) -> None:
        """Remove what nobody has used for long, or never was finished. Blocking."""
        try:
            paths = list(self._root.iterdir())
        except FileNotFoundError:
            return
        for path in paths:
            if path.name in self._used:
                continue
            try:
                unused_s = self._now() - (path / MARKER).stat().st_mtime
            except OSError:
                log.info("Removing %s, which was never finished.", path.name)
            else:
                if unused_s < self._options.keep_s:
                    continue
                log.info("Removing %s, unused for %d days.", path.name, unused_s // 86400)
            _remove(path)

    async def close(self) -> None:
        """End what is being built."""
        self._sweeper.cancel()
        tasks = list(self._building.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _touch(self, path: Path, proof: str) -> bool:
        """Whether it is there and whole; it counts as used then."""
        try:
            os.utime(path / MARKER, (self._now(), self._now()))
        except OSError:
            return False
        # The interpreter that a virtual environment stands on may have gone.
        return (path / proof).exists()

    def _ended(self, key: str, task: asyncio.Task[None]) -> None:
        del self._building[key]
        if not task.cancelled():
            task.exception()  # Nobody may be waiting any more; the log has it.

    async def _build(self, recipe: Recipe, path: Path) -> None:
        async with self._room:
            loop = asyncio.get_running_loop()
            deadline = loop.time() + self._options.limit_s
            began = time.monotonic()
            log.info("Installing the %s in %s.", recipe.what, path.name)
            says = BuildLog(path.name)
            try:
                await asyncio.to_thread(_prepare, path, recipe)
                for command in recipe.commands(path):
                    await self._run(command, recipe, path, says, deadline - loop.time())
                await asyncio.to_thread(_finish, path, recipe)
            except asyncio.CancelledError:
                await asyncio.to_thread(_remove, path)
                raise
            except (OSError, TimeoutError, BuildFailed) as error:
                await asyncio.to_thread(_remove, path)
                failed = self._failure(recipe, error, says)
                log.warning("%s: %s", path.name, failed.message)
                raise failed from error
            seconds = time.monotonic() - began
            log.info("Installed the %s in %s, in %.1f s.", recipe.what, path.name, seconds)

    def _failure(self, recipe: Recipe, error: Exception, says: BuildLog) -> BuildFailed:
        output = says.output()
        if isinstance(error, TimeoutError):
            minutes = self._options.limit_s / 60
            return BuildFailed(f"Installing the {recipe.what} took over {minutes:g} min.", output)
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
            return BuildFailed(f"The {recipe.what} cannot be installed: {reason}.", output)
        return BuildFailed(recipe.blame(output.decode(errors="replace")), output)

    async def _run(
        self,
        command: tuple[str, ...],
        recipe: Recipe,
        path: Path,
        says: BuildLog,
        patience_s: float,
    ) -> None:
        """Below the launcher, like an action: nothing of it outlives the playground."""
        spec = WorkerSpec(
            command=(sys.executable, str(self._launcher)),
            directory=path / SOURCE,
            main="",
            environment=recipe.environment,
            init={},
            program=command,
        )
        worker = Worker(0)
        try:
            outcome = await worker.start(spec, max(0.0, patience_s), says)
        finally:
            await worker.end()
        if outcome.status is OutcomeStatus.TIMED_OUT:
            raise TimeoutError
        if worker.exit_code != 0:
            raise BuildFailed("")


def _prepare(path: Path, recipe: Recipe) -> None:
    _remove(path)
    (path / SOURCE).mkdir(mode=0o700, parents=True)
    recipe.fill(path / SOURCE)


def _finish(path: Path, recipe: Recipe) -> None:
    if not (path / recipe.proof).exists():
        raise BuildFailed("")
    temporary = path / f".{MARKER}"
    temporary.write_text(json.dumps({"what": recipe.what}) + "\n")
    temporary.replace(path / MARKER)


def _remove(path: Path) -> None:
    # The marker first: half of a thing must not pass for the whole.
    with contextlib.suppress(OSError):
        (path / MARKER).unlink()
    shutil.rmtree(path, ignore_errors=True)
