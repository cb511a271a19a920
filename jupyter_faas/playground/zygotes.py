"""Which worker is forked from which zygote, and when zygotes come and go."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_faas.playground.process import Pipes, Process, WorkerSpec
from jupyter_faas.playground.worker import launch_fresh
from jupyter_faas.playground.zygote import Zygote

log = logging.getLogger(__name__)

# Where these are packaged anywhere in an archive, the action may put them on its path.
_HEAVY = frozenset(("numpy", "onnxruntime"))

# What is run is no module of the action's, nor are the zygote's own files.
_NO_MODULES = frozenset(
    ("__main__", "__mp_main__", "launcher", "python_worker", "reserve", "zygote")
)

# Read by libraries when they are loaded, which in a zygote they are.
_READ_AT_IMPORT = ("GOTO_", "KMP_", "MKL_", "NPY_", "NUMPY_", "OMP_", "OPENBLAS_", "ORT_")

_VIRTUALENV = "virtualenv"


@dataclass(frozen=True)
class ZygoteOptions:
    """``idle_s``: how long one without workers is kept; 0: there are none. ``most``: at a time.

    ``again_s``: how long one that could not be used is not tried again. ``patience_s``: how long a
    fork may take.
    """

    idle_s: float = 300.0
    most: int = 4
    again_s: float = 300.0
    patience_s: float = 2.0


_Key = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]


class Zygotes:
    """One for each interpreter and environment, made when it is first needed.

    A worker that no zygote can fork is started by itself: until the zygote is warm, where it
    cannot be forked safely, and for actions that bring what it has loaded already. When something
    was installed in its environment since, another takes its place.
    """

    def __init__(self, options: ZygoteOptions, now: Callable[[], float] = time.monotonic) -> None:
        self._options = options
        self._now = now
        self._zygotes: dict[_Key, Zygote] = {}
        self._used: dict[Zygote, float] = {}
        self._timers: dict[Zygote, asyncio.TimerHandle] = {}
        self._failed: dict[_Key, float] = {}
        self._brought: dict[Path, frozenset[str]] = {}
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """Of those that can fork."""
        return [zygote.pid for zygote in self._zygotes.values() if zygote.ready]

    async def launch(self, spec: WorkerSpec) -> tuple[Process, Pipes]:
        """Start a worker's launcher. Raises OSError when its interpreter cannot be started."""
        zygote = self._of(spec)
        if zygote is not None and await self._fits(zygote, spec):
            forked = await zygote.fork(spec)
            if forked is not None:
                return forked
        return await launch_fresh(spec)

    async def close(self) -> None:
        """End them all; returns when they are gone."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        zygotes = [*self._zygotes.values()]
        self._zygotes.clear()
        await asyncio.gather(*(zygote.end() for zygote in zygotes))

    # ------------------------------------------------------------------------------------------

    def _of(self, spec: WorkerSpec) -> Zygote | None:
        """The one that could fork it; begins to make one where there is none."""
        if not spec.zygote or self._options.idle_s <= 0 or self._closed:
            return None
        if sys.platform != "linux":
            # Elsewhere libraries start threads of their own, and nobody can tell.
            return None
        key = (spec.zygote, tuple(sorted(spec.environment.items())))
        zygote = self._zygotes.get(key)
        if zygote is not None and zygote.word is not None and _changed(zygote.word.folders):
            self._dismiss(key)
            zygote = None
        if zygote is None:
            self._begin(key, spec)
            return None
        self._used[zygote] = self._now()
        return zygote if zygote.ready else None

    def _begin(self, key: _Key, spec: WorkerSpec) -> None:
        failed = self._failed.get(key)
        if failed is not None and self._now() - failed < self._options.again_s:
            return
        if len(self._zygotes) >= self._options.most and not self._make_room():
            return
        zygote = Zygote(
            spec.zygote,
            spec.environment,
            on_change=self._changed,
            patience_s=self._options.patience_s,
        )
        self._zygotes[key] = zygote
        self._used[zygote] = self._now()
        zygote.start()

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
        elif not zygote.workers:
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

    async def _fits(self, zygote: Zygote, spec: WorkerSpec) -> bool:
        """Whether the action finds what it would find in an interpreter of its own."""
        if any(name.startswith(_READ_AT_IMPORT) for name in spec.init):
            return False
        brought = self._brought.get(spec.directory)
        if brought is None:
            brought = await asyncio.to_thread(modules_in, spec.directory)
            if len(self._brought) > 1000:
                self._brought.clear()
            self._brought[spec.directory] = brought
        word = zygote.word
        return word is not None and brought.isdisjoint(word.modules | {_VIRTUALENV})


def modules_in(directory: Path) -> frozenset[str]:
    """What an action's files could be imported as, besides its main file. Blocking.

    The names at the top; of numpy and onnxruntime, and a virtual environment, at any depth.
    """
    found = set()
    for folder, folders, files in os.walk(directory):
        names = {name.partition(".")[0] for name in (*folders, *files)}
        if folder == str(directory):
            found |= names
        else:
            found |= names & _HEAVY
    return frozenset(found - _NO_MODULES)


def _changed(folders: Mapping[str, int]) -> bool:
    for path, known in folders.items():
        try:
            now = os.stat(path).st_mtime_ns
        except OSError:
            now = 0
        if now != known:
            return True
    return False
