"""The pool of zygotes, which decides whether a worker is forked from a zygote or started fresh.

A zygote is a warm interpreter for one environment. ``workers/zygote.py`` controls its process,
which runs ``shipped/workers/zygote.py``. This module decides three things:

- Which zygote to use. There is one for each interpreter and set of environment variables, and at
  most ``max_zygotes`` in total. A zygote is started by ``prewarm.py`` or when it is first needed,
  and ended after ``idle_s`` without workers.
- Whether to fork (``launch``). A fresh interpreter is used if the action contains a virtualenv or
  modules that the zygote has already imported, or sets variables that numpy and onnxruntime read
  at import. It is also used while the zygote warms up, unless waiting is faster.
- When to replace a zygote. This is necessary after a package was installed in its environment. A
  zygote whose warm-up failed, for example because a library started threads, is not started again
  for ``retry_s``.

An activation has the same result with or without a zygote. Only its cold start is faster.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from jupyter_faas.playground.runtimes.archive import VIRTUALENV, CodeContents, scan_code
from jupyter_faas.playground.workers.logs import LogCollector
from jupyter_faas.playground.workers.process import LauncherProcess, Pipes, WorkerSpec
from jupyter_faas.playground.workers.worker import Worker, spawn_launcher
from jupyter_faas.playground.workers.zygote import Zygote

log = logging.getLogger(__name__)

# Libraries read variables with these prefixes at import. A zygote has already imported the
# libraries, so an action that sets such a variable needs a fresh interpreter.
_READ_AT_IMPORT = ("GOTO_", "KMP_", "MKL_", "NPY_", "NUMPY_", "OMP_", "OPENBLAS_", "ORT_")

# The duration of a fresh interpreter's start in seconds, without importing numpy or onnxruntime.
LIGHT_START_S = 0.03

_COMPILE_S = 10.0


class ZygoteOptions(NamedTuple):
    """Limits of the zygote pool.

    ``idle_s``: how long a zygote without workers is kept; 0 turns zygotes off.
    ``max_zygotes``: how many zygotes may exist at the same time.
    ``retry_s``: how long to wait after a failed warm-up before a zygote is started again.
    ``fork_timeout_s``: how long a fork may take. A start also waits for this long in addition to
    the expected duration of a warm-up.
    ``warm_up_s``: the expected duration of the first warm-up.
    """

    idle_s: float = 300.0
    max_zygotes: int = 4
    retry_s: float = 300.0
    fork_timeout_s: float = 2.0
    warm_up_s: float = 0.1


_Key = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]


class ZygotePool:
    """The zygotes, one for each interpreter and environment (see the module docstring)."""

    def __init__(self, options: ZygoteOptions, now: Callable[[], float] = time.monotonic) -> None:
        self._options = options
        self._now = now
        self._zygotes: dict[_Key, Zygote] = {}
        self._used_at: dict[Zygote, float] = {}
        self._timers: dict[Zygote, asyncio.TimerHandle] = {}
        self._failed_at: dict[_Key, float] = {}
        self._contents: dict[Path, CodeContents] = {}
        self._warm_up_s = options.warm_up_s
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """The process ids of the zygotes that are ready to fork."""
        return [zygote.pid for zygote in self._zygotes.values() if zygote.ready]

    async def warm(self, command: tuple[str, ...], environment: Mapping[str, str]) -> None:
        """Start the zygote for ``command`` and ``environment`` unless it exists.

        Wait until the zygote is ready or has failed.
        """
        zygote = self._get_or_start(command, environment)
        if zygote is not None:
            await asyncio.wait({zygote.warmed_up})

    async def prewarm(self, spec: WorkerSpec) -> None:
        """Start the zygote for ``spec`` and scan the action's code, to prepare for the first start.

        Do nothing if zygotes cannot be used.
        """
        zygote = self._get_or_start(spec.zygote, spec.environment)
        if zygote is not None:
            await self._contents_of(spec.directory)

    async def compile(self, spec: WorkerSpec) -> None:
        """Compile the action's code, unless a start has already compiled it.

        The compiler runs in a separate process, because some code crashes the compiler. The process
        is forked from the zygote, because the workers' interpreter must compile the code.
        """
        zygote = self._get_or_start(spec.zygote, spec.environment)
        if zygote is None:
            return
        await asyncio.wait({zygote.warmed_up})
        if not (spec.directory / "__pycache__").exists():
            # The compiler does not send a reply, and its output is discarded.
            compiler = Worker(1, partial(_fork, zygote))
            await compiler.start(spec._replace(compiles=True), _COMPILE_S, LogCollector(0))
            await compiler.end()

    async def launch(self, spec: WorkerSpec) -> tuple[LauncherProcess, Pipes]:
        """Fork a worker's launcher from a zygote, or start it in a fresh interpreter.

        Raises OSError if the interpreter cannot be started.
        """
        zygote = self._get_or_start(spec.zygote, spec.environment)
        if zygote is not None:
            contents = await self._contents_of(spec.directory)
            if not zygote.ready:
                await self._wait_if_faster(zygote, contents)
            if zygote.ready and _is_compatible(zygote, contents, spec):
                forked = await zygote.fork(spec)
                if forked is not None:
                    return forked
        return await spawn_launcher(spec)

    async def close(self) -> None:
        """End all zygotes, and wait until they have ended."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        zygotes = [*self._zygotes.values()]
        self._zygotes.clear()
        await asyncio.gather(*(zygote.end() for zygote in zygotes))

    def _get_or_start(
        self, command: tuple[str, ...], environment: Mapping[str, str]
    ) -> Zygote | None:
        """Return the zygote for this environment, starting it if needed. It may not be ready yet.

        Return None if a zygote cannot be used.
        """
        if not command or self._options.idle_s <= 0 or self._closed:
            return None
        if sys.platform != "linux":
            # Forking is unsafe in a process with several threads, and system libraries of macOS
            # start threads. Only Linux shows the threads of a process in /proc.
            return None
        key = (command, tuple(sorted(environment.items())))
        zygote = self._zygotes.get(key)
        if zygote is not None and zygote.report is not None and _is_outdated(zygote.report.folders):
            self._dismiss(key)
            zygote = None
        if zygote is None:
            return self._start(key)
        self._used_at[zygote] = self._now()
        return zygote

    def _start(self, key: _Key) -> Zygote | None:
        failed_at = self._failed_at.get(key)
        if failed_at is not None and self._now() - failed_at < self._options.retry_s:
            return None
        if len(self._zygotes) >= self._options.max_zygotes and not self._make_room():
            return None
        zygote = Zygote(
            key[0],
            dict(key[1]),
            on_change=self._on_zygote_change,
            fork_timeout_s=self._options.fork_timeout_s,
        )
        self._zygotes[key] = zygote
        self._used_at[zygote] = self._now()
        zygote.start()
        return zygote

    async def _wait_if_faster(self, zygote: Zygote, contents: CodeContents) -> None:
        """Wait until ``zygote`` is ready, if waiting is faster than starting a fresh interpreter.

        Most of a warm-up is spent importing numpy and onnxruntime. An action that uses them always
        waits, because a fresh interpreter would have to import them too.
        """
        left_s = max(0.0, self._warm_up_s - zygote.warm_up_s)
        if contents.heavy:
            await asyncio.wait({zygote.warmed_up}, timeout=left_s + self._options.fork_timeout_s)
        elif left_s < LIGHT_START_S:
            await asyncio.wait({zygote.warmed_up}, timeout=2 * LIGHT_START_S)

    def _make_room(self) -> bool:
        idle = [key for key, zygote in self._zygotes.items() if not zygote.workers]
        if not idle:
            return False
        self._dismiss(min(idle, key=lambda each: self._used_at[self._zygotes[each]]))
        return True

    def _dismiss(self, key: _Key) -> None:
        zygote = self._zygotes.pop(key)
        self._forget(zygote)
        zygote.dismiss()

    def _forget(self, zygote: Zygote) -> None:
        self._used_at.pop(zygote, None)
        timer = self._timers.pop(zygote, None)
        if timer is not None:
            timer.cancel()

    def _on_zygote_change(self, zygote: Zygote) -> None:
        """Handle a zygote that has become ready, lost a worker, or ended."""
        key = next((key for key, each in self._zygotes.items() if each is zygote), None)
        if key is None:
            return
        if zygote.ended:
            del self._zygotes[key]
            self._forget(zygote)
            # A failed warm-up would probably fail again, so it is retried only later. A zygote
            # that was ready before may be restarted immediately.
            if zygote.report is None:
                self._failed_at[key] = self._now()
            log.warning("Workers of %s start without a zygote: %s.", key[0][0], zygote.failure)
            return
        self._warm_up_s = zygote.warm_up_s
        if not zygote.workers:
            self._used_at[zygote] = self._now()
            self._expire_in(self._options.idle_s, key)

    def _expire_in(self, seconds: float, key: _Key) -> None:
        zygote = self._zygotes[key]
        timer = self._timers.pop(zygote, None)
        if timer is not None:
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._timers[zygote] = loop.call_later(seconds, self._expire, zygote, key)

    def _expire(self, zygote: Zygote, key: _Key) -> None:
        self._timers.pop(zygote, None)
        if self._zygotes.get(key) is not zygote or zygote.workers:
            return  # The timer is set again when the zygote's last worker ends.
        left = self._used_at[zygote] + self._options.idle_s - self._now()
        if left > 0:
            self._expire_in(left, key)
        else:
            self._dismiss(key)

    async def _contents_of(self, directory: Path) -> CodeContents:
        contents = self._contents.get(directory)
        if contents is None:
            contents = await asyncio.to_thread(scan_code, directory)
            # The cache also keeps deleted actions, so clear it when it has grown large.
            if len(self._contents) > 1000:
                self._contents.clear()
            self._contents[directory] = contents
        return contents


async def _fork(zygote: Zygote, spec: WorkerSpec) -> tuple[LauncherProcess, Pipes]:
    """Fork a launcher; raise OSError, as Worker expects, if the zygote cannot fork."""
    forked = await zygote.fork(spec)
    if forked is None:
        raise ChildProcessError
    return forked


def _is_compatible(zygote: Zygote, contents: CodeContents, spec: WorkerSpec) -> bool:
    """Return whether the action behaves the same in a fork as in a fresh interpreter."""
    report = zygote.report
    if report is None or any(name.startswith(_READ_AT_IMPORT) for name in spec.init):
        return False
    # Python would use the zygote's imported module instead of the action's own module.
    return contents.modules.isdisjoint(report.modules | {VIRTUALENV})


def _is_outdated(folders: Mapping[str, int]) -> bool:
    """Return whether any modification time differs from the recorded one.

    ``folders``: paths with their recorded modification times in nanoseconds.
    """
    for path, modified_ns in folders.items():
        try:
            now = os.stat(path).st_mtime_ns
        except OSError:
            now = 0
        if now != modified_ns:
            return True
    return False
