"""Looks at what the workers that are at work use, and at nothing when none is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from jupyter_faas.playground.memory import TreeUse, tree_use
from jupyter_faas.playground.worker import Worker

EVERY_S = 0.05

# Threads of all processes of one worker. A limit of the kernel's own (RLIMIT_NPROC) would count
# all that the user runs, and root is exempt from it.
MAX_TASKS = 1024
TOO_MANY_TASKS = "The action had more than {} processes and threads at a time, and was ended."


class MemoryWatch:
    """Ends a worker whose processes together use more anonymous memory than its limit, or are too
    many."""

    def __init__(
        self,
        every_s: float = EVERY_S,
        measure: Callable[[int, int], TreeUse] = tree_use,
        max_tasks: int = MAX_TASKS,
    ) -> None:
        self._every_s = every_s
        self._measure = measure
        self._max_tasks = max_tasks
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
        trees = [(each, each.launcher_pid, each.inherited_bytes) for each in self._limits]
        used = await asyncio.to_thread(
            lambda: [(each, self._measure(pid, shared)) for each, pid, shared in trees if pid]
        )
        for worker, use in used:
            # It may have finished while we looked; then it is judged at its next run.
            limit = self._limits.get(worker)
            if limit is None:
                continue
            worker.memory.saw(use.size)
            if use.size > limit:
                worker.exhausted()
            elif use.tasks > self._max_tasks:
                worker.refuse(TOO_MANY_TASKS.format(self._max_tasks))
        self._looking = None
        if self._limits:
            self._again()
