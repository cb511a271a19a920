"""What is being run: the tasks, and how they come to their end with the playground."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from jupyter_faas.errors import FaasError, PlaygroundError
from jupyter_faas.playground.invocation.conductors import Composite
from jupyter_faas.playground.invocation.run import Finished, Run

log = logging.getLogger(__name__)


class Running:
    """Runs go on when nobody waits for them any more."""

    def __init__(self) -> None:
        # Which namespace each is for.
        self._tasks: dict[asyncio.Task[Any], str] = {}
        self._composites: set[asyncio.Task[Any]] = set()
        # By their tasks; those without one by themselves.
        self._runs: dict[asyncio.Task[Any] | Run, Run | Composite] = {}
        self._without: dict[Run, str] = {}
        self._closing = False

    def __bool__(self) -> bool:
        return bool(self._tasks or self._without)

    def in_flight(self, namespace: str) -> int:
        """Sequences and compositions do not count, what they run does."""
        return sum(
            each == namespace and task not in self._composites for task, each in self._tasks.items()
        ) + sum(each == namespace for each in self._without.values())

    def begin(
        self,
        work: Coroutine[Any, Any, Finished],
        namespace: str,
        *,
        composite: bool = False,
        of: Run | Composite | None = None,
    ) -> asyncio.Task[Finished]:
        """On behalf of ``namespace``. ``composite``: it begins other runs itself.

        ``of`` is what ``find`` gives until the task has ended.
        """
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = namespace
        if of is not None:
            self._runs[task] = of
        if composite:
            self._composites.add(task)
        task.add_done_callback(self._ended)
        return task

    def note(self, run: Run) -> None:
        """It has begun without a task; ``forget`` has to be called when it has ended."""
        self._without[run], self._runs[run] = run.caller.namespace, run

    def forget(self, run: Run) -> None:
        del self._without[run], self._runs[run]

    def find(self, activation_id: str, namespace: str) -> Run | Composite | None:
        """The run of that id, if it has not ended and is on behalf of ``namespace``."""
        for each in self._runs.values():
            run = each if isinstance(each, Run) else each.run
            if run.activation_id == activation_id and run.caller.namespace == namespace:
                return each
        return None

    def caused_by(self, activation_id: str) -> list[Run | Composite]:
        """What that run runs now."""
        runs = ((each, each if isinstance(each, Run) else each.run) for each in self._runs.values())
        return [each for each, run in runs if run.cause == activation_id]

    def composites_of(self, namespace: str) -> list[Composite]:
        """Sequences and compositions on behalf of ``namespace``, in the order of their begin."""
        found = (each for each in self._runs.values() if isinstance(each, Composite))
        return [each for each in found if each.run.caller.namespace == namespace]

    async def end_composites(self) -> None:
        """From now on nothing begins another run."""
        self._closing = True
        await _end(set(self._composites))

    async def end(self) -> None:
        self._closing = True
        await _end(set(self._tasks))

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)
        self._composites.discard(task)
        self._runs.pop(task, None)
        error = None if task.cancelled() else task.exception()
        refused = isinstance(error, FaasError) and not isinstance(error, PlaygroundError)
        if error is not None and not refused and not self._closing:
            log.error("An invocation failed.", exc_info=error)


async def _end(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
