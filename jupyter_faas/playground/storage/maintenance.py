"""Sums follow the records, and records go that are not kept any more, while nobody waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import ParamSpec

from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.retention import Retention
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.playground.storage.usage_folding import STEP

P = ParamSpec("P")

log = logging.getLogger(__name__)

# How often it looks when nothing happens: something gets too old.
EVERY_S = 600.0
# After each step the thread that writes is for others: as long as the step took, and this at least.
PAUSE_S = 0.01


class Maintenance:
    """Works in small steps between the other writes, each a transaction of its own."""

    def __init__(
        self, store: Database, threads: DatabaseThreads, keep: Retention, now_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._threads = threads
        self._keep = keep
        self._now_ms = now_ms
        self._written = STEP
        self._due = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin at once: the last process may have left something to do."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def written(self, records: int) -> None:
        """So many records have been committed."""
        self._written += records
        if self._written >= STEP:
            self._due.set()

    async def sweep(self) -> None:
        """Do what there is to do."""
        await self._follow()
        gone = 0
        while found := await self._step(self._store.purge, self._keep, self._now_ms()):
            gone += found
            if self._written >= STEP:
                await self._follow()
        while await self._step(self._store.give_back):
            pass
        if gone:
            log.info("%d activation records were deleted that are kept no longer.", gone)

    async def close(self) -> None:
        """End after the step that is under way."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        self._written = 0
        while await self._step(self._store.fold) == STEP:
            pass

    async def _step(self, work: Callable[P, int], *args: P.args, **kwargs: P.kwargs) -> int:
        begun = time.monotonic()
        done = await self._threads.write(work, *args, **kwargs)
        if done:
            await asyncio.sleep(max(PAUSE_S, time.monotonic() - begun))
        return done

    async def _run(self) -> None:
        while True:
            try:
                await self.sweep()
            except Exception:
                # The disk may be full. The records are kept all the same.
                log.exception("The records could not be kept up.")
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._due.wait(), EVERY_S)
            self._due.clear()
