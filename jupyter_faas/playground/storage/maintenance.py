"""Background maintenance of the database: usage rollups, retention, file size, daily backup."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import ParamSpec

from jupyter_faas.playground.storage.backup import back_up, daily, is_due
from jupyter_faas.playground.storage.database import Database
from jupyter_faas.playground.storage.retention import Retention
from jupyter_faas.playground.storage.threads import DatabaseThreads
from jupyter_faas.playground.storage.usage_rollups import STEP

P = ParamSpec("P")

log = logging.getLogger(__name__)

# Maintenance also runs at this interval when no records are written, because records become too
# old.
EVERY_S = 600.0
# The minimum pause after each step. The pause is otherwise as long as the step, so that maintenance
# uses at most half of the writer thread's time.
PAUSE_S = 0.01


class Maintenance:
    """A background task that works in small transactions between the other writes."""

    def __init__(
        self,
        database: Database,
        threads: DatabaseThreads,
        keep: Retention,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._threads = threads
        self._keep = keep
        self._now_ms = now_ms
        # A backup of a database that was just created would be empty for a day.
        self._backup_from = time.monotonic() + (EVERY_S if database.created else 0)
        self._written = STEP
        self._due = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the task, which begins with a sweep in case the previous process left work."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def records_written(self, records: int) -> None:
        """Count the committed ``records``; wake the task once there are enough for a full step."""
        self._written += records
        if self._written >= STEP:
            self._due.set()

    async def sweep(self) -> None:
        """Do all the work that is due."""
        await self._roll_up()
        deleted = 0
        while found := await self._step(self._database.purge, self._keep, self._now_ms()):
            deleted += found
            # A purge may take a long time. Update the rollups between its steps, so that they do
            # not fall behind.
            if self._written >= STEP:
                await self._roll_up()
        while await self._step(self._database.shrink):
            pass
        if deleted:
            log.info(
                "Deleted %d activation records that exceeded the limits for age, number or "
                "disk space.",
                deleted,
            )

    async def close(self) -> None:
        """Finish the current step, then stop."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _roll_up(self) -> None:
        self._written = 0
        while await self._step(self._database.roll_up) == STEP:
            pass

    async def _step(self, work: Callable[P, int], *args: P.args, **kwargs: P.kwargs) -> int:
        begun = time.monotonic()
        done = await self._threads.write(work, *args, **kwargs)
        if done:
            await asyncio.sleep(max(PAUSE_S, time.monotonic() - begun))
        return done

    async def back_up(self) -> None:
        """Make the daily backup if it is due."""
        path = self._database.path
        if time.monotonic() >= self._backup_from and is_due(path):
            await asyncio.to_thread(back_up, path, daily(path))

    async def _run(self) -> None:
        while True:
            try:
                await self.sweep()
                await self.back_up()
            except Exception:
                # Catch every error, because one failure, such as a full disk, must not end the
                # task. The records themselves are safe.
                log.exception("The maintenance of the activation records failed.")
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._due.wait(), EVERY_S)
            self._due.clear()
