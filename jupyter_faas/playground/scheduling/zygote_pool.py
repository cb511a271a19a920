"""Which worker is forked from which zygote, and when zygotes come and go."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from jupyter_faas.playground.runtimes.archive import VIRTUALENV, CodeContents, scan_code
from jupyter_faas.playground.workers.logs import LogCollector
from jupyter_faas.playground.workers.process import LauncherProcess, Pipes, WorkerSpec
from jupyter_faas.playground.workers.worker import Worker, spawn_launcher
from jupyter_faas.playground.workers.zygote import Zygote

log = logging.getLogger(__name__)

# Read by libraries when they are loaded, which in a zygote they are.
_READ_AT_IMPORT = ("GOTO_", "KMP_", "MKL_", "NPY_", "NUMPY_", "OMP_", "OPENBLAS_", "ORT_")

# How long a start without what is heavy takes.
LIGHT_START_S = 0.03

_COMPILE_S = 10.0


@dataclass(frozen=True)
class ZygoteOptions:
    """``idle_s``: how long one without workers is kept; 0: there are none. ``most``: at a time.

    ``again_s``: how long one that could not be used is not tried again. ``patience_s``: how long a
    fork may take, and whoever waits for one that takes longer than usual to warm up waits on.
    ``warm_s``: how long the first is expected to take.
    """

    idle_s: float = 300.0
    most: int = 4
    again_s: float = 300.0
    patience_s: float = 2.0
    warm_s: float = 0.1


_Key = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]


class ZygotePool:
    """One for each interpreter and environment, made when it is first needed.

    A worker that no zygote can fork is started by itself: where it cannot be forked safely, for
    actions that bring what it has loaded already, and while the zygote warms up if that takes
    longer than a fresh start would. When something was installed in its environment since, another
    takes its place.
    """

    def __init__(self, options: ZygoteOptions, now: Callable[[], float] = time.monotonic) -> None:
        self._options = options
        self._now = now
        self._zygotes: dict[_Key, Zygote] = {}
        self._used: dict[Zygote, float] = {}
        self._timers: dict[Zygote, asyncio.TimerHandle] = {}
        self._failed: dict[_Key, float] = {}
        self._contents: dict[Path, CodeContents] = {}
        self._warm_s = options.warm_s
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """Of those that can fork."""
        return [zygote.pid for zygote in self._zygotes.values() if zygote.ready]

    async def warm(self, command: tuple[str, ...], environment: Mapping[str, str]) -> None:
        """Make the one that ``command`` starts with ``environment``, if it is wanted.

        Returns when it is ready or has failed.
        """
        zygote = self._of(command, environment)
        if zygote is not None:
            await asyncio.wait({zygote.settled})

    async def prepare(self, spec: WorkerSpec) -> None:
        """Do what a start of that worker would have to do first."""
        zygote = self._of(spec.zygote, spec.environment)
        if zygote is not None:
            await self._contents_of(spec.directory)

    async def compile(self, spec: WorkerSpec) -> None:
        """Have the action's code compiled, unless a start has done that. Returns when it has ended.

        By a process of its own, for code can be such that it ends who compiles it; the zygote's,
        for it is the interpreter that the workers will have.
        """
        zygote = self._of(spec.zygote, spec.environment)
        if zygote is None:
            return
        await asyncio.wait({zygote.settled})
        if not (spec.directory / "__pycache__").exists():
            compiler = Worker(1, partial(_fork, zygote))
            await compiler.start(replace(spec, compiles=True), _COMPILE_S, LogCollector(0))
            await compiler.end()

    async def launch(self, spec: WorkerSpec) -> tuple[LauncherProcess, Pipes]:
        """Start a worker's launcher. Raises OSError when its interpreter cannot be started."""
        zygote = self._of(spec.zygote, spec.environment)
        if zygote is not None:
            contents = await self._contents_of(spec.directory)
            if not zygote.ready:
                await self._wait(zygote, contents)
            if zygote.ready and _fits(zygote, contents, spec):
                forked = await zygote.fork(spec)
                if forked is not None:
                    return forked
        return await spawn_launcher(spec)

    async def close(self) -> None:
        """End them all; returns when they are gone."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        zygotes = [*self._zygotes.values()]
        self._zygotes.clear()
        await asyncio.gather(*(zygote.end() for zygote in zygotes))

    # ------------------------------------------------------------------------------------------

    def _of(self, command: tuple[str, ...], environment: Mapping[str, str]) -> Zygote | None:
        """The one for that environment; begins to make one where there is none."""
        if not command or self._options.idle_s <= 0 or self._closed:
            return None
        if sys.platform != "linux":
            # Elsewhere libraries start threads of their own, and nobody can tell.
            return None
        key = (command, tuple(sorted(environment.items())))
        zygote = self._zygotes.get(key)
        if zygote is not None and zygote.word is not None and _changed(zygote.word.folders):
            self._dismiss(key)
            zygote = None
        if zygote is None:
            return self._begin(key)
        self._used[zygote] = self._now()
        return zygote

    def _begin(self, key: _Key) -> Zygote | None:
        failed = self._failed.get(key)
        if failed is not None and self._now() - failed < self._options.again_s:
            return None
        if len(self._zygotes) >= self._options.most and not self._make_room():
            return None
        zygote = Zygote(
            key[0],
            dict(key[1]),
            on_change=self._changed,
            patience_s=self._options.patience_s,
        )
        self._zygotes[key] = zygote
        self._used[zygote] = self._now()
        zygote.start()
        return zygote

    async def _wait(self, zygote: Zygote, contents: CodeContents) -> None:
        """Until it is ready, if that is sooner than a fresh interpreter would be.

        What it loads is what a start takes longest over: an action that loads it too is never
        sooner by itself.
        """
        left_s = max(0.0, self._warm_s - zygote.warm_s)
        if contents.heavy:
            await asyncio.wait({zygote.settled}, timeout=left_s + self._options.patience_s)
        elif left_s < LIGHT_START_S:
            await asyncio.wait({zygote.settled}, timeout=2 * LIGHT_START_S)

    def _make_room(self) -> bool:
        idle = [key for key, zygote in self._zygotes.items() if not zygote.workers]
        if not idle:
            return False
        self._dismiss(min(idle, key=lambda each: self._used[self._zygotes[each]]))
        return True

    def _dismiss(self, key: _Key) -> None:
        zygote = self._zygotes.pop(key)
        self._forget(zygote)
        zygote.leave()

    def _forget(self, zygote: Zygote) -> None:
        self._used.pop(zygote, None)
        timer = self._timers.pop(zygote, None)
        if timer is not None:
            timer.cancel()

    def _changed(self, zygote: Zygote) -> None:
        """It has become ready, lost a worker or ended."""
        key = next((key for key, each in self._zygotes.items() if each is zygote), None)
        if key is None:
            return
        if zygote.ended:
            del self._zygotes[key]
            self._forget(zygote)
            if zygote.word is None:
                self._failed[key] = self._now()
            log.warning("Workers of %s start without a zygote: %s.", key[0][0], zygote.failure)
            return
        self._warm_s = zygote.warm_s
        if not zygote.workers:
            self._used[zygote] = self._now()
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
            return  # When it loses the last of them, the time begins anew.
        left = self._used[zygote] + self._options.idle_s - self._now()
        if left > 0:
            self._expire_in(left, key)
        else:
            self._dismiss(key)

    async def _contents_of(self, directory: Path) -> CodeContents:
        known = self._contents.get(directory)
        if known is None:
            known = await asyncio.to_thread(scan_code, directory)
            if len(self._contents) > 1000:
                self._contents.clear()
            self._contents[directory] = known
        return known


async def _fork(zygote: Zygote, spec: WorkerSpec) -> tuple[LauncherProcess, Pipes]:
    """Raises OSError where a zygote cannot fork it."""
    forked = await zygote.fork(spec)
    if forked is None:
        raise ChildProcessError
    return forked


def _fits(zygote: Zygote, contents: CodeContents, spec: WorkerSpec) -> bool:
    """Whether the action finds what it would find in an interpreter of its own."""
    word = zygote.word
    if word is None or any(name.startswith(_READ_AT_IMPORT) for name in spec.init):
        return False
    return contents.modules.isdisjoint(word.modules | {VIRTUALENV})


def _changed(folders: Mapping[str, int]) -> bool:
    for path, known in folders.items():
        try:
            now = os.stat(path).st_mtime_ns
        except OSError:
            now = 0
        if now != known:
            return True
    return False
