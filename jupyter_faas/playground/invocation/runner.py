"""Running plain actions: each run in a worker of its own, from its start to its record."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from jupyter_faas.errors import ActionConflict, FaasError, PlaygroundError
from jupyter_faas.playground.entities.resolved_action import (
    Payload,
    ResolvedAction,
    ResolvedActionCache,
)
from jupyter_faas.playground.errors import CHANGED_MEANWHILE
from jupyter_faas.playground.invocation.activation_json import Recording
from jupyter_faas.playground.invocation.builtin_actions import Natives
from jupyter_faas.playground.invocation.run import Finished, InvokerOptions, Run
from jupyter_faas.playground.scheduling.pool import Lease, StartFailed, Superseded
from jupyter_faas.playground.scheduling.scheduler import Scheduler
from jupyter_faas.playground.scheduling.starter import Starter
from jupyter_faas.playground.storage.activations import ActivationStore, are_small
from jupyter_faas.playground.workers.exchange import Outcome, OutcomeStatus, resolve
from jupyter_faas.playground.workers.logs import LogCollector
from jupyter_faas.playground.workers.responses import run_response
from jupyter_faas.playground.workers.watchdog import MemoryWatchdog
from jupyter_faas.whisk import ActivationResponse
from jupyter_faas.whisk.activations import DEVELOPER_ERROR, WHISK_ERROR
from jupyter_faas.whisk.limits import MB


class Runner:
    """Gives runs their workers and keeps their records."""

    def __init__(
        self,
        options: InvokerOptions,
        *,
        plans: ResolvedActionCache,
        records: ActivationStore,
        scheduler: Scheduler,
        starter: Starter,
        watch: MemoryWatchdog,
        natives: Natives,
    ) -> None:
        self._options = options
        self._plans = plans
        self._records = records
        self._scheduler = scheduler
        self._starter = starter
        self._watch = watch
        self._natives = natives
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()

    def is_ready(self, plan: ResolvedAction) -> bool:
        """Whether it can certainly run: ``check`` need not be asked."""
        return self._natives.has(plan) or self._scheduler.has_worker(plan)

    async def check(self, plan: ResolvedAction) -> None:
        """Raises KindNotSupported, with the reason, when nothing here runs the action's kind."""
        await self._starter.check(plan)

    async def perform(self, run: Run) -> Finished:
        """The run, however it ends.

        Of a run that must have a record, the reason why it could not begin is its result;
        of another it is raised: FaasError. Raises PlaygroundError when the playground stops.
        """
        if self._natives.has(run.plan):
            return await self._perform_natively(run)
        try:
            lease, arguments = await self._lease(run)
        except (StartFailed, FaasError) as error:
            return await self._not_begun(run, error)
        loop = asyncio.get_running_loop()
        asked: asyncio.Future[tuple[ActivationResponse, Outcome]] = loop.create_future()
        waited_s = self._ask(run, lease, arguments, lambda *both: resolve(asked, both))
        response, outcome = await asked
        return await self._finished(run, response, lease, outcome, waited_s)

    def begin(self, run: Run, then: Callable[[Finished | Exception], None]) -> bool:
        """``perform`` without a task, for a plain action that has a worker, if a busy one.

        False when it has none: nothing has happened then. ``then`` is called in the turn of the
        event loop in which the worker answers; it must raise nothing.
        """
        if self._natives.has(run.plan) or not self._scheduler.has_worker(run.plan):
            return False
        lease = self._scheduler.lease(run.plan, partial(self._environment, run))
        if isinstance(lease, Lease):
            self._begin(run, lease, then)
        else:
            lease.add_done_callback(partial(self._leased, run, then))
        return True

    def _leased(
        self,
        run: Run,
        then: Callable[[Finished | Exception], None],
        promise: asyncio.Future[Lease],
    ) -> None:
        if promise.cancelled():
            return
        error = promise.exception()
        if error is None:
            self._begin(run, promise.result(), then)
        elif isinstance(error, (StartFailed, FaasError)):
            self._spawn(_tell(self._not_begun(run, error), then))
        else:  # Superseded: it has to look anew what it is to run.
            self._spawn(_tell(self.perform(run), then))

    def _begin(self, run: Run, lease: Lease, then: Callable[[Finished | Exception], None]) -> None:
        def over(response: ActivationResponse, outcome: Outcome) -> None:
            if lease.started or lease.worker.runtime or not is_quick(outcome):
                self._spawn(_tell(self._finished(run, response, lease, outcome, waited_s), then))
                return
            end = self._options.now_ms()
            activation = partial(
                run.record, response, started=None, outcome=outcome, waited_s=waited_s, end=end
            )
            kept: Finished | Exception
            try:
                doc = recording.doc(response, outcome, end)
                row = partial(recording.row, doc, response.status_code, outcome, end)
                self._records.add_encoded(run.activation_id, doc, row)
                kept = Finished(run.activation_id, response, outcome.logs, doc, activation)
            except Exception as error:
                kept = error
            then(kept)

        waited_s = self._ask(run, lease, run.plan.arguments(run.payload), over)
        recording = Recording(run, waited_s)

    def retire(self, revision: int) -> None:
        """That revision was updated or deleted: no run begins with it from now on."""
        self._scheduler.retire(revision)

    async def close(self) -> None:
        """End every worker; what runs in them ends with them."""
        self._closing = True
        await self._scheduler.close()
        await asyncio.gather(*self._tasks)

    async def _perform_natively(self, run: Run) -> Finished:
        waited_s = time.perf_counter() - run.received
        outcome = await self._natives.run(run)
        response = self._response(run, outcome)
        return await self._keep(run, response, started=None, outcome=outcome, waited_s=waited_s)

    def _ask(
        self,
        run: Run,
        lease: Lease,
        arguments: Payload,
        then: Callable[[ActivationResponse, Outcome], None],
    ) -> float:
        """Give the run to its worker; give the seconds that it had waited."""
        waited_s = time.perf_counter() - run.received
        plan, worker = run.plan, lease.worker

        def over(outcome: Outcome) -> None:
            response = self._response(run, outcome)
            # First the answer, then the rest: nothing comes between in this turn of the loop.
            then(response, outcome)
            self._watch.remove(worker)
            self._scheduler.release(lease.slot, reusable=response.status_code < DEVELOPER_ERROR)

        logs = LogCollector(plan.log_limit, lease.started.logs if lease.started else ())
        worker.ask(run.message(arguments, self._deadline(run)), plan.timeout_s, logs, over)
        self._watch.add(worker, plan.memory_mb * MB)
        return waited_s

    def _response(self, run: Run, outcome: Outcome) -> ActivationResponse:
        return run_response(
            outcome,
            timeout_ms=run.plan.action.limits.timeout,
            max_result_bytes=self._options.max_result_bytes,
        )

    async def _finished(
        self,
        run: Run,
        response: ActivationResponse,
        lease: Lease,
        outcome: Outcome,
        waited_s: float,
    ) -> Finished:
        """Raises PlaygroundError when the playground stops."""
        if self._closing and outcome.status is OutcomeStatus.EXITED:
            raise PlaygroundError("The playground is stopping.")
        return await self._keep(
            run,
            response,
            started=lease.started,
            outcome=outcome,
            waited_s=waited_s,
            runtime=lease.worker.runtime,
        )

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _lease(self, run: Run) -> tuple[Lease, Payload]:
        """A worker with the action's code as it is now, and the arguments for it."""
        name = run.plan.name
        while True:
            run.plan = self._plans.find(name, run.caller)
            if run.plan.is_sequence:
                raise ActionConflict(CHANGED_MEANWHILE)
            arguments = run.plan.arguments(run.payload)
            lease = self._scheduler.lease(run.plan, partial(self._environment, run))
            if isinstance(lease, Lease):
                return lease, arguments
            try:
                return await lease, arguments
            except Superseded:
                continue

    async def _not_begun(self, run: Run, error: StartFailed | FaasError) -> Finished:
        """Raises ``error`` where nobody counts on a record and nothing was started."""
        if isinstance(error, StartFailed):
            return await self._keep(
                run, error.response, started=error.outcome, outcome=None, runtime=error.runtime
            )
        if not run.accepted:
            raise error
        response = ActivationResponse(WHISK_ERROR, {"error": error.message})
        return await self._keep(run, response, started=None, outcome=None)

    async def _keep(
        self,
        run: Run,
        response: ActivationResponse,
        *,
        started: Outcome | None,
        outcome: Outcome | None,
        waited_s: float | None = None,
        runtime: str = "",
    ) -> Finished:
        activation = run.record(
            response,
            started=started,
            outcome=outcome,
            waited_s=time.perf_counter() - run.received if waited_s is None else waited_s,
            end=self._options.now_ms(),
            runtime=runtime,
        )
        return Finished.of(activation, await self._records.add(activation))

    def _environment(self, run: Run) -> dict[str, str]:
        return run.environment(self._options.apihost, self._deadline(run))

    def _deadline(self, run: Run) -> int:
        return self._options.now_ms() + run.plan.action.limits.timeout


def is_quick(outcome: Outcome) -> bool:
    """Whether to keep its record takes no time that others would feel."""
    return outcome.status is OutcomeStatus.ANSWERED and are_small(outcome.logs)


async def _tell(work: Awaitable[Finished], then: Callable[[Finished | Exception], None]) -> None:
    """``then`` gets what comes of it."""
    done: Finished | Exception
    try:
        done = await work
    except Exception as error:
        done = error
    then(done)
