"""Running actions: from a request to its record (contract §3)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_faas.errors import FaasError, InputError, PlaygroundError
from jupyter_faas.playground.access import Access, Reached
from jupyter_faas.playground.exchange import Ending, Outcome
from jupyter_faas.playground.logs import LogCollector
from jupyter_faas.playground.native import Natives
from jupyter_faas.playground.plan import Plan, make_plan
from jupyter_faas.playground.pool import Lease, StartFailed, Superseded
from jupyter_faas.playground.records import Records
from jupyter_faas.playground.responses import run_response
from jupyter_faas.playground.run import Caller, Run
from jupyter_faas.playground.scheduler import Scheduler
from jupyter_faas.playground.starter import Starter
from jupyter_faas.playground.watch import MemoryWatch
from jupyter_faas.whisk import Activation, ActivationResponse, FullName
from jupyter_faas.whisk.activations import DEVELOPER_ERROR, WHISK_ERROR
from jupyter_faas.whisk.limits import MB

log = logging.getLogger(__name__)

CONDUCTOR = "'{}' is a conductor action; this playground does not run compositions."


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class InvokerOptions:
    """``apihost`` is the URL that actions find in ``__OW_API_HOST``; ``now_ms`` is epoch ms."""

    apihost: str
    max_result_bytes: int
    new_id: Callable[[], str]
    now_ms: Callable[[], int] = now_ms


@dataclass(frozen=True)
class Finished:
    """A run that ended in time. ``doc`` is its record as JSON."""

    activation: Activation
    doc: bytes


class Invoker:
    """Runs actions in workers and keeps their records."""

    def __init__(
        self,
        options: InvokerOptions,
        *,
        access: Access,
        records: Records,
        scheduler: Scheduler,
        starter: Starter,
        watch: MemoryWatch,
        natives: Natives | None = None,
    ) -> None:
        self._options = options
        self._access = access
        self._records = records
        self._scheduler = scheduler
        self._starter = starter
        self._watch = watch
        self._natives = natives or Natives()
        self._plans: dict[tuple[str, str], tuple[Reached, Plan]] = {}
        self._running: set[asyncio.Task[Finished]] = set()
        self._closing = False

    @property
    def busy(self) -> bool:
        """Whether any action runs."""
        return bool(self._running)

    async def invoke(
        self,
        name: FullName,
        payload: Mapping[str, Any],
        *,
        caller: Caller,
        transaction_id: str,
        wait_s: float | None,
    ) -> Finished | str:
        """Run an action; give its record, or its id when it takes longer than ``wait_s``.

        With ``wait_s`` None the id comes at once. A run whose id was given goes on, and its
        record will be there however it ends. Raises ActionNotFound, NotEntitled, InputError for a
        payload that names a final parameter, and KindNotSupported.
        """
        received = time.perf_counter()
        plan = self._plan(name, caller)
        plan.arguments(payload)
        if plan.is_conductor:
            raise InputError(CONDUCTOR.format(plan.path))
        if not self._natives.has(plan) and not self._scheduler.has_worker(plan):
            await self._starter.check(plan)
        run = Run(self._options.new_id(), transaction_id, caller, payload, received, plan)
        if wait_s is None:
            self._accept(run)
        task = asyncio.get_running_loop().create_task(self._perform(run))
        self._running.add(task)
        task.add_done_callback(self._ended)
        if wait_s is not None:
            await asyncio.wait({task}, timeout=wait_s)
            if task.done():
                return task.result()
            self._accept(run)
        return run.activation_id

    def lookup(self, name: FullName, caller: Caller) -> Plan:
        """What an invocation would run as things stand. Raises what ``invoke`` does for a name."""
        return self._plan(name, caller)

    def retire(self, revision: int) -> None:
        """That revision was updated or deleted: no run begins with it from now on."""
        for key, (_, plan) in list(self._plans.items()):
            if plan.revision == revision:
                del self._plans[key]
        self._scheduler.retire(revision)

    async def close(self) -> None:
        """End what runs. What was accepted gets its record when the playground starts again."""
        self._closing = True
        await self._scheduler.close()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _plan(self, name: FullName, caller: Caller) -> Plan:
        reached = self._access.action(caller.namespace, name)
        key = (caller.namespace, name.path)
        known = self._plans.get(key)
        if known is not None and known[0].is_still(reached):
            return known[1]
        binding = reached.binding
        plan = make_plan(
            reached.merged(),
            name,
            caller_namespace=caller.namespace,
            binding=binding.full_name if binding else None,
        )
        self._plans[key] = (reached, plan)
        return plan

    async def _perform(self, run: Run) -> Finished:
        if self._natives.has(run.plan):
            return await self._perform_natively(run)
        try:
            lease, arguments = await self._lease(run)
        except StartFailed as error:
            return await self._keep(run, error.response, started=error.outcome, outcome=None)
        except FaasError as error:
            if not run.accepted:
                raise
            response = ActivationResponse(WHISK_ERROR, {"error": error.message})
            return await self._keep(run, response, started=None, outcome=None)
        waited_s = time.perf_counter() - run.received
        plan, worker = run.plan, lease.worker
        logs = LogCollector(plan.log_limit, lease.started.logs if lease.started else ())
        self._watch.begin(worker, plan.memory_mb * MB)
        try:
            message = run.message(arguments, self._deadline(run))
            outcome = await worker.run(message, plan.timeout_s, logs)
        finally:
            self._watch.finish(worker)
        response = run_response(
            outcome,
            timeout_ms=plan.action.limits.timeout,
            max_result_bytes=self._options.max_result_bytes,
        )
        self._scheduler.release(lease.slot, reusable=response.status_code < DEVELOPER_ERROR)
        if self._closing and outcome.ending is Ending.EXITED:
            raise PlaygroundError("The playground is stopping.")
        return await self._keep(
            run, response, started=lease.started, outcome=outcome, waited_s=waited_s
        )

    async def _perform_natively(self, run: Run) -> Finished:
        waited_s = time.perf_counter() - run.received
        outcome = await self._natives.run(run)
        response = run_response(
            outcome,
            timeout_ms=run.plan.action.limits.timeout,
            max_result_bytes=self._options.max_result_bytes,
        )
        return await self._keep(run, response, started=None, outcome=outcome, waited_s=waited_s)

    async def _lease(self, run: Run) -> tuple[Lease, Mapping[str, Any]]:
        """A worker with the action's code as it is now, and the arguments for it."""
        name = run.plan.name
        while True:
            run.plan = self._plan(name, run.caller)
            arguments = run.plan.arguments(run.payload)
            environment = run.environment(self._options.apihost, self._deadline(run))
            lease = self._scheduler.lease(run.plan, environment)
            if isinstance(lease, Lease):
                return lease, arguments
            try:
                return await lease, arguments
            except Superseded:
                continue

    async def _keep(
        self,
        run: Run,
        response: ActivationResponse,
        *,
        started: Outcome | None,
        outcome: Outcome | None,
        waited_s: float | None = None,
    ) -> Finished:
        activation = run.record(
            response,
            started=started,
            outcome=outcome,
            waited_s=time.perf_counter() - run.received if waited_s is None else waited_s,
            end=self._options.now_ms(),
        )
        return Finished(activation, await self._records.add(activation))

    def _accept(self, run: Run) -> None:
        self._records.accept(run.never_ended(self._options.now_ms()))
        run.accepted = True

    def _deadline(self, run: Run) -> int:
        return self._options.now_ms() + run.plan.action.limits.timeout

    def _ended(self, task: asyncio.Task[Finished]) -> None:
        self._running.discard(task)
        error = None if task.cancelled() else task.exception()
        refused = isinstance(error, FaasError) and not isinstance(error, PlaygroundError)
        if error is not None and not refused and not self._closing:
            log.error("An invocation failed.", exc_info=error)
