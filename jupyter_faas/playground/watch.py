"""Looks at what the workers that are at work use, and at nothing when none is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from jupyter_faas.playground.crowd import Crowd
from jupyter_faas.playground.memory import TreeUse, tree_use
from jupyter_faas.playground.worker import Worker

EVERY_S = 0.05

# Threads of all processes of one worker. A limit of the kernel's own (RLIMIT_NPROC) would count
# all that the user runs, and root is exempt from it.
MAX_TASKS = 512
TOO_MANY_TASKS = "The action had more than {} processes and threads at a time, and was ended."

# So many are not counted while they run.
_MANY = 64

_EXACT_EVERY_S = 0.25
_MANY_EVERY_S = 1.0

# Of a launcher; then how much of it is inherited, and whether it has to be exact.
Measure = Callable[[int, int, bool], TreeUse]


class MemoryWatch:
    """Ends a worker whose processes together use more anonymous memory than its limit, or are too
    many."""

    def __init__(
        self,
        every_s: float = EVERY_S,
        measure: Measure = tree_use,
        max_tasks: int = MAX_TASKS,
    ) -> None:
        self._every_s = every_s
        self._measure = measure
        self._max_tasks = max_tasks
        self._crowd = Crowd()
        self._many = False
        # When several processes were last added up exactly, for which they have to stand still.
        self._exact_at: dict[Worker, float] = {}
        self._limits: dict[Worker, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None

    def begin(self, worker: Worker, limit_bytes: int) -> None:
        if not self._limits:
            self._many = False
        self._limits[worker] = limit_bytes
        if self._timer is None and self._looking is None:
            self._crowd.sudden()  # From now on.
            self._again()

    def finish(self, worker: Worker) -> None:
        self._limits.pop(worker, None)
        self._exact_at.pop(worker, None)

    def _again(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._every_s, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._limits:
            self._looking = asyncio.get_running_loop().create_task(self._measure_all())

    async def _measure_all(self) -> None:
        pids = {each: each.launcher_pid for each in self._limits}
        limits = dict(self._limits)
        ended: list[int] = []
        try:
            if self._crowd.sudden() or self._many:
                for pid in filter(None, pids.values()):
                    self._crowd.hold(pid)
            used = await asyncio.to_thread(
                lambda: {one: self._use(one, pid, limits[one]) for one, pid in pids.items() if pid}
            )
            self._many = any(use.tasks > _MANY for use in used.values())
            ended = [pids[worker] for worker, use in used.items() if self._judge(worker, use)]
        finally:
            # Whatever happens, nobody stays stopped, and somebody looks again.
            self._crowd.let_go(but=ended)
            self._looking = None
            if self._limits:
                self._again()

    def _use(self, worker: Worker, pid: int, limit: int) -> TreeUse:
        use = self._measure(pid, worker.inherited_bytes, False)
        if use.exact or use.tasks > self._max_tasks:
            return use
        now = time.monotonic()
        since_s = now - self._exact_at.get(worker, 0.0)
        # To add up many takes long, in which a bomb would be stopped and come to no end.
        urgent = use.size > limit and use.tasks <= _MANY
        if urgent or since_s > (_EXACT_EVERY_S if use.tasks <= _MANY else _MANY_EVERY_S):
            self._exact_at[worker] = now
            self._crowd.hold(pid)
            return self._measure(pid, worker.inherited_bytes, True)
        return use

    def _judge(self, worker: Worker, use: TreeUse) -> bool:
        """Whether it has to end. One that has finished meanwhile is judged at its next run."""
        limit = self._limits.get(worker)
        if limit is None:
            return False
        if use.tasks > self._max_tasks:
            worker.refuse(TOO_MANY_TASKS.format(self._max_tasks))
            return True
        if not use.exact:
            return False  # What they share was counted for each of them.
        # Half of what they began with is the launcher's, which the action never sees.
        worker.memory.saw(use.size + worker.inherited_bytes // 2)
        if use.size > limit:
            worker.exhausted()
        return use.size > limit
