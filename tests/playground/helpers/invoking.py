"""An invoker over real actions, packages, records and scheduler; its workers are no processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

from jupyter_faas.playground.entities.access import Access
from jupyter_faas.playground.entities.actions import Actions, read_action_change
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.packages import Packages
from jupyter_faas.playground.entities.resolved_action import ResolvedAction
from jupyter_faas.playground.invocation.invoker import Invoker
from jupyter_faas.playground.invocation.run import Finished, InvokerOptions
from jupyter_faas.playground.invocation.sequences import Components
from jupyter_faas.playground.scheduling.scheduler import Scheduler, SchedulerOptions
from jupyter_faas.playground.storage.entities import PackageStore
from jupyter_faas.playground.workers.exchange import Outcome, OutcomeStatus
from jupyter_faas.playground.workers.logs import LogCollector
from jupyter_faas.playground.workers.watchdog import MemoryWatchdog
from jupyter_faas.playground.workers.worker import Worker
from jupyter_faas.whisk import Activation, FullName, SystemLimits
from jupyter_faas.whisk.kinds import RUNTIMES
from tests.playground.storage.test_activations import Parts

CALLER = Caller("guest", "guest", "key")
CODE = {"kind": "python:default", "code": "x"}
Answers = Callable[[str, Any], Awaitable[object]]


class TalkingWorker(Worker):
    """Answers with what ``answers`` makes of the action's name and its arguments."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(1024)
        self._answers = answers

    @property
    def alive(self) -> bool:
        return not self.termination.done()

    def run(
        self,
        request: bytes,
        timeout_s: float,
        logs: LogCollector,
        on_outcome: Callable[[Outcome], None],
    ) -> None:
        asked = asyncio.ensure_future(self._answer(request))
        asked.add_done_callback(
            lambda done: None if done.cancelled() else on_outcome(done.result())
        )

    async def _answer(self, request: bytes) -> Outcome:
        message = orjson.loads(request)
        name = message["action_name"].rpartition("/")[2]
        answer: asyncio.Future[object] = asyncio.ensure_future(
            self._answers(name, message["value"])
        )
        either: tuple[asyncio.Future[Any], ...] = (answer, self.termination)
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            return Outcome(OutcomeStatus.EXITED, b"", 0, 0.0, ())
        reply = orjson.dumps(answer.result())
        return Outcome(OutcomeStatus.ANSWERED, reply, len(reply), 0.001, ("a line",))

    async def end(self) -> None:
        if not self.termination.done():
            self.termination.set_result(None)


class Able:
    """A starter whose machine has everything; ``meanwhile`` happens while it makes sure."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    def is_known(self, resolved: ResolvedAction) -> bool:
        return self.meanwhile is None

    async def check(self, resolved: ResolvedAction) -> None:
        if self.meanwhile is not None:
            await self.meanwhile()


class House:
    def __init__(self, folder: Path, answers: Answers, budget_mb: int, **options: Any) -> None:
        bounds = SystemLimits()
        self.parts = Parts(folder)
        self.records = self.parts.records
        threads = self.parts.threads
        self.actions = Actions(self.parts.store, threads, bounds, lambda: 1)
        self.packages = Packages(PackageStore(self.parts.store), threads, self.actions, lambda: 1)
        self.access = Access(self.actions, self.packages)
        self.components = Components(self.access, bounds.max_sequence_length)
        self.failure: Exception | None = None
        self.ids = (f"{number:032x}" for number in range(1, 100_000))
        self.scheduler = Scheduler(
            SchedulerOptions(budget_mb, 600, 2),
            lambda: TalkingWorker(answers),
            self._start,
            lambda revision: None,
            lambda: None,
        )
        self.able = Able()
        starter: Any = self.able
        self.invoker = Invoker(
            InvokerOptions("http://here", 1024, lambda: next(self.ids), **options),
            access=self.access,
            records=self.records,
            scheduler=self.scheduler,
            starter=starter,
            watch=MemoryWatchdog(),
        )

    async def _start(
        self, worker: Worker, of: ResolvedAction, environment: Mapping[str, str]
    ) -> Outcome:
        if self.failure is not None and of.action.name == "unlucky":
            raise self.failure
        return Outcome(OutcomeStatus.ANSWERED, b'{"ok":true}', 11, 0.001, ())

    async def put(self, name: str, execution: Mapping[str, Any] = CODE, **body: Any) -> None:
        change = read_action_change({"exec": execution, **body}, RUNTIMES, SystemLimits(), "guest")
        await self.actions.put(FullName("guest", None, name), change, overwrite=True)

    async def sequence(self, name: str, *components: str) -> None:
        paths = [f"/_/{each}" for each in components]
        await self.put(name, {"kind": "sequence", "components": paths})

    async def conductor(self, name: str) -> None:
        await self.put(name, annotations=[{"key": "conductor", "value": True}])

    async def invoke(
        self, name: str, payload: Mapping[str, Any] | None = None, wait_s: float | None = 20
    ) -> Finished | str:
        return await self.invoker.invoke(
            FullName("guest", None, name),
            payload or {},
            caller=CALLER,
            transaction_id="t",
            wait_s=wait_s,
        )

    async def run(self, name: str, payload: Mapping[str, Any] | None = None) -> Activation:
        done = await self.invoke(name, payload)
        assert isinstance(done, Finished)
        return done.activation

    async def record(self, activation_id: str) -> Activation:
        return Activation.from_json(
            orjson.loads(await self.records.get(activation_id, CALLER.namespace))
        )


@asynccontextmanager
async def house(
    folder: Path, answers: Answers, budget_mb: int = 10_000, **options: Any
) -> AsyncIterator[House]:
    """``options`` are those of InvokerOptions."""
    opened = House(folder, answers, budget_mb, **options)
    opened.records.replay()
    try:
        yield opened
    finally:
        await opened.invoker.close()
        await opened.records.close()
        opened.parts.close()
