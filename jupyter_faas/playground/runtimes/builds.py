"""The build cache, which runs each installation (pip, uv, npm) once and keeps the result.

Installations run in the background.

A Recipe describes a build, and its key is a hash of all inputs. Each build has its own directory in
the playground's data directory. Builds survive restarts, and are removed after 30 days without use.
"""

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
from pathlib import Path
from typing import NamedTuple

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.data_dir import DataDirectory
from jupyter_faas.playground.workers.exchange import OutcomeStatus
from jupyter_faas.playground.workers.logs import STDERR, STDOUT, LogCollector
from jupyter_faas.playground.workers.process import WorkerSpec
from jupyter_faas.playground.workers.worker import Worker

log = logging.getLogger(__name__)

# This many bytes at the end of an installation's output are kept for the activation's logs. The
# first lines, each up to a maximum length, are written to the playground's log.
_OUTPUT_BYTES = 65536
_LOG_LINES = 200
_LOG_COLUMNS = 500

_CREDENTIALS = re.compile(r"(?<=://)[^/\s]+(?=@)")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class BuildLog(LogCollector):
    """The output of an installation. The first lines are logged, and the last bytes are kept."""

    def __init__(self, name: str) -> None:
        # With a limit of 0, the base class does not keep lines. This class keeps them itself.
        super().__init__(0)
        self._name = name
        self._partial = {STDOUT: b"", STDERR: b""}
        self._kept_lines: list[bytes] = []
        self._size = 0
        self._lines_to_log = _LOG_LINES

    def feed(self, stream: str, data: bytes) -> None:
        *lines, partial = (self._partial[stream] + data).split(b"\n")
        for line in lines:
            self._add_line(line)
        self._partial[stream] = partial[-_OUTPUT_BYTES:]

    def say(self, text: str) -> None:
        self._add_line(text.encode())

    def output(self) -> bytes:
        """Return the last part of the output, without credentials in URLs."""
        for stream, partial in self._partial.items():
            if partial:
                self._add_line(partial)
                self._partial[stream] = b""
        return b"".join(line + b"\n" for line in self._kept_lines)

    def _add_line(self, line: bytes) -> None:
        text = without_credentials(line.rstrip(b"\r").decode(errors="replace"))
        line = text.encode()[:_OUTPUT_BYTES]
        self._kept_lines.append(line)
        self._size += len(line) + 1
        while self._size > _OUTPUT_BYTES and len(self._kept_lines) > 1:
            self._size -= len(self._kept_lines.pop(0)) + 1
        if self._lines_to_log > 0 and text.strip():
            self._lines_to_log -= 1
            log.info("%s: %s", self._name, _UNPRINTABLE.sub("?", text[:_LOG_COLUMNS]))


def without_credentials(text: str) -> str:
    """Mask credentials in URLs, for example in the URL of a private package index."""
    return _CREDENTIALS.sub("***", text)


# This file is written last, so a build without it is incomplete. Its modification time shows when
# the build was last used.
MARKER_FILE = "built.json"
SOURCE = "source"


class Recipe(NamedTuple):
    """The description of a build.

    ``key``: the name of the build's directory, with a hash of everything that affects the result.
    ``description``: how messages refer to the build's result.
    ``prepare``: writes the input files to the given source directory. It may block.
    ``commands``: takes the build's directory, and returns the commands to run in its source
    directory. Each command starts with an absolute path.
    ``environment``: the environment variables of the commands.
    ``required_path``: a path in the build's directory that must exist for the build to be usable.
    ``error_message``: returns the error message for the output of a failed command.
    """

    key: str
    description: str
    prepare: Callable[[Path], None]
    commands: Callable[[Path], Sequence[tuple[str, ...]]]
    environment: Mapping[str, str]
    required_path: str
    error_message: Callable[[str], str]


class BuildFailed(FaasError):
    """Raised when an installation fails. ``output`` is the last part of the installer's output."""

    def __init__(self, message: str, output: bytes = b"") -> None:
        super().__init__(message)
        self.output = output


class StillBuilding(FaasError):
    """Raised when a build takes longer than the caller's timeout. The build continues."""


class BuildOptions(NamedTuple):
    """Limits of the build cache.

    ``at_once``: how many builds may run at the same time.
    ``limit_s``: how long a build may take.
    ``keep_s``: how long an unused build is kept.
    ``sweep_s``: how long after the playground's start unused builds are removed.
    """

    at_once: int = 2
    limit_s: float = 15 * 60
    keep_s: float = 30 * 24 * 3600
    sweep_s: float = 60


class BuildCache:
    """The builds, each in its own directory. Builds survive restarts of the playground."""

    def __init__(
        self, folder: DataDirectory, options: BuildOptions, now: Callable[[], float] = time.time
    ) -> None:
        """Create the cache and schedule the removal of unused builds.

        ``now``: returns the current time as epoch seconds.

        This constructor needs a running event loop, and blocks while it writes a file.
        """
        self._root = folder.builds
        self._launcher = folder.copy_worker_file("launcher.py")
        self._options = options
        self._now = now
        self._slots = asyncio.Semaphore(options.at_once)
        self._building: dict[str, asyncio.Task[None]] = {}
        self._used_keys: set[str] = set()
        loop = asyncio.get_running_loop()
        self._sweeper = loop.call_later(
            options.sweep_s, lambda: loop.run_in_executor(None, self.sweep)
        )

    async def get(self, recipe: Recipe, timeout_s: float) -> Path:
        """Return the directory of a build, and run the build first if needed.

        Raises BuildFailed if the build fails; the next call tries again. Raises StillBuilding if
        the build is not complete after ``timeout_s``.
        """
        path = self._root / recipe.key
        self._used_keys.add(recipe.key)
        task = self._building.get(recipe.key)
        if task is None:
            if self._is_built(path, recipe.required_path):
                return path
            task = asyncio.get_running_loop().create_task(self._build(recipe, path))
            self._building[recipe.key] = task
            task.add_done_callback(lambda done: self._on_task_done(recipe.key, done))
        # Unlike wait_for, asyncio.wait does not cancel the build. Other callers may need it.
        await asyncio.wait({task}, timeout=max(0.0, timeout_s))
        if not task.done():
            raise StillBuilding(f"The {recipe.description} are still being installed.")
        if task.cancelled():
            raise BuildFailed(
                f"The {recipe.description} were not installed, because the playground is stopping."
            )
        task.result()
        return path

    def sweep(self) -> None:
        """Remove builds that are incomplete or unused for ``keep_s``. This method blocks."""
        try:
            paths = list(self._root.iterdir())
        except FileNotFoundError:
            return
        for path in paths:
            # Keep builds that are running or that workers may be using.
            if path.name in self._used_keys:
                continue
            try:
                age_s = self._now() - (path / MARKER_FILE).stat().st_mtime
            except OSError:
                log.info("Removing %s, which is incomplete.", path.name)
            else:
                if age_s < self._options.keep_s:
                    continue
                log.info("Removing %s, which was not used for %d days.", path.name, age_s // 86400)
            _remove(path)

    async def close(self) -> None:
        """Cancel the running builds, and wait until they have ended."""
        self._sweeper.cancel()
        tasks = list(self._building.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_built(self, path: Path, required_path: str) -> bool:
        """Return whether the build is complete and usable, and mark a complete build as used."""
        try:
            os.utime(path / MARKER_FILE, (self._now(), self._now()))
        except OSError:
            return False
        # The required path of a virtualenv is a link to its base interpreter, which may have been
        # removed.
        return (path / required_path).exists()

    def _on_task_done(self, key: str, task: asyncio.Task[None]) -> None:
        del self._building[key]
        if not task.cancelled():
            # Mark the exception as retrieved. Otherwise asyncio would log it again if no caller is
            # waiting for this build.
            task.exception()

    async def _build(self, recipe: Recipe, path: Path) -> None:
        async with self._slots:
            # Time spent waiting for other builds does not count towards the limit.
            loop = asyncio.get_running_loop()
            deadline = loop.time() + self._options.limit_s
            started_at = time.monotonic()
            log.info("Installing the %s in %s.", recipe.description, path.name)
            build_log = BuildLog(path.name)
            try:
                await asyncio.to_thread(_prepare, path, recipe)
                for command in recipe.commands(path):
                    await self._run(command, recipe, path, build_log, deadline - loop.time())
                await asyncio.to_thread(_finish, path, recipe)
            except asyncio.CancelledError:
                await asyncio.to_thread(_remove, path)
                raise
            except (OSError, TimeoutError, BuildFailed) as error:
                await asyncio.to_thread(_remove, path)
                failed = self._failure(recipe, error, build_log)
                log.warning("%s: %s", path.name, failed.message)
                raise failed from error
            seconds = time.monotonic() - started_at
            log.info("Installed the %s in %s, in %.1f s.", recipe.description, path.name, seconds)

    def _failure(self, recipe: Recipe, error: Exception, build_log: BuildLog) -> BuildFailed:
        output = build_log.output()
        if isinstance(error, TimeoutError):
            minutes = self._options.limit_s / 60
            return BuildFailed(
                f"Installing the {recipe.description} took more than {minutes:g} min and was "
                "stopped.",
                output,
            )
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
            return BuildFailed(f"The {recipe.description} cannot be installed: {reason}.", output)
        return BuildFailed(recipe.error_message(output.decode(errors="replace")), output)

    async def _run(
        self,
        command: tuple[str, ...],
        recipe: Recipe,
        path: Path,
        build_log: BuildLog,
        timeout_s: float,
    ) -> None:
        """Run a command under the launcher, so that the command ends with the playground.

        Raises TimeoutError after ``timeout_s``, and BuildFailed if the exit code is not 0.
        """
        spec = WorkerSpec(
            command=(sys.executable, str(self._launcher)),
            directory=path / SOURCE,
            main="",
            environment=recipe.environment,
            init={},
            program=command,
        )
        # An installer does not send a reply, so ``start`` returns when the installer exits.
        worker = Worker(0)
        try:
            outcome = await worker.start(spec, max(0.0, timeout_s), build_log)
        finally:
            await worker.end()
        if outcome.status is OutcomeStatus.TIMED_OUT:
            raise TimeoutError
        if worker.exit_code != 0:
            raise BuildFailed("")  # ``_failure`` replaces the empty message.


def _prepare(path: Path, recipe: Recipe) -> None:
    _remove(path)
    (path / SOURCE).mkdir(mode=0o700, parents=True)
    recipe.prepare(path / SOURCE)


def _finish(path: Path, recipe: Recipe) -> None:
    if not (path / recipe.required_path).exists():
        raise BuildFailed("")
    # Renaming is atomic, so the marker never exists with incomplete content.
    temporary = path / f".{MARKER_FILE}"
    temporary.write_text(json.dumps({"what": recipe.description}) + "\n")
    temporary.replace(path / MARKER_FILE)


def _remove(path: Path) -> None:
    # Remove the marker first, so that a partly removed build does not count as complete.
    with contextlib.suppress(OSError):
        (path / MARKER_FILE).unlink()
    shutil.rmtree(path, ignore_errors=True)
