"""Looks at the memory of the workers that are at work, and at nothing when none is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from jupyter_faas.playground.memory import tree_bytes
from jupyter_faas.playground.worker import Worker

EVERY_S = 0.05


class MemoryWatch:
    """Ends a worker whose processes together use more anonymous memory than its limit."""

    def __init__(
        self, every_s: float = EVERY_S, measure: Callable[[int], int] = tree_bytes
    ) -> None:
        self._every_s = every_s
        self._measure = measure
        self._limits: dict[Worker, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None

    def begin(self, worker: Worker, limit_bytes: int) -> None:
        self._limits[worker] = limit_bytes
        if self._timer is None and self._looking is None:
            self._again()

    def finish(self, worker: Worker) -> None:
        self._limits.pop(worker, None)

    def _again(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._every_s, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._limits:
            self._looking = asyncio.get_running_loop().create_task(self._measure_all())

    async def _measure_all(self) -> None:
        pids = {worker: worker.launcher_pid for worker in self._limits}
        used = await asyncio.to_thread(
            lambda: {worker: self._measure(pid) for worker, pid in pids.items() if pid}
        )
        for worker, size in used.items():
            # Half of what they began with is the launcher's, which the action never sees.
            inherited = worker.inherited_bytes
            if worker in self._limits:
                worker.memory.saw(size - inherited // 2)
            size -= inherited
            # It may have finished while we looked; then it is judged at its next run.
            if size > self._limits.get(worker, size):
                worker.exhausted()
        self._looking = None
        if self._limits:
            self._again()
