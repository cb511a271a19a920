"""Runs of plain actions, from the lease of a worker to the activation record."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from jupyter_faas.errors import ActionConflict, FaasError
from jupyter_faas.playground.entities.resolved_action import ResolvedAction, ResolvedActionCache
from jupyter_faas.playground.errors import CHANGED_MEANWHILE
from jupyter_faas.playground.invocation.activation_json import Recording
from jupyter_faas.playground.invocation.builtin_actions import BuiltinActions
from jupyter_faas.playground.invocation.run import Finished, InvokerOptions, Run
from jupyter_faas.playground.scheduling.pool import Lease, StartFailed, Superseded
from jupyter_faas.playground.scheduling.scheduler import Scheduler
from jupyter_faas.playground.scheduling.starter import Starter
from jupyter_faas.playground.storage.activations import ActivationStore, are_small
from jupyter_faas.playground.workers.exchange import ANSWERED, Outcome, OutcomeStatus
from jupyter_faas.playground.workers.logs import LogCollector
from jupyter_faas.playground.workers.responses import run_response, stopped_response
from jupyter_faas.playground.workers.watchdog import MemoryWatchdog
from jupyter_faas.whisk import ActivationResponse
from jupyter_faas.whisk.activations import DEVELOPER_ERROR, WHISK_ERROR
from jupyter_faas.whisk.limits import MB

# A callback that receives the record of a run, or the exception if the run has no record.
OnEnd = Callable[[Finished | Exception], None]


class Runner:
    """Leases workers for runs of plain actions, and stores the records of the runs."""

    def __init__(
        self,
        options: InvokerOptions,
        *,
        resolved_actions: ResolvedActionCache,
        records: ActivationStore,
        scheduler: Scheduler,
        starter: Starter,
        watch: MemoryWatchdog,
        builtin_actions: BuiltinActions,
    ) -> None:
        self._options = options
        self._resolved_actions = resolved_actions
        self._records = records
        self._scheduler = scheduler
        self._starter = starter
        self._watch = watch
        self._builtin_actions = builtin_actions
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()

    def is_ready(self, resolved: ResolvedAction) -> bool:
        """Return whether the action is known to be runnable, so that ``check`` can be skipped."""
        known = self._builtin_actions.has(resolved) or self._scheduler.has_worker(resolved)
        return known or self._starter.is_known(resolved)

    async def check(self, resolved: ResolvedAction) -> None:
        """Check that this machine can run the action's kind.

        Raises KindNotSupported, which states the reason, if it cannot.
        """
        await self._starter.check(resolved)

    def start(self, run: Run, on_end: OnEnd) -> None:
        """Start a run, and call ``on_end`` once when the run ends.

        It runs the action's current code, unless ``run.keeps_code`` is true.

        ``on_end`` is never called before this method returns, and must not raise. If a warm worker
        runs the action, ``on_end`` is called in the same iteration of the event loop in which the
        worker's answer arrives.

        If the run cannot start, ``on_end`` receives a FaasError. If the run was accepted or the
        worker's start failed, it receives a record with the error instead.
        """
        if self._builtin_actions.has(run.resolved):
            self._spawn(self._run_builtin(run), on_end)
            return
        try:
            if not run.keeps_code:
                run.resolved = self._resolved_actions.find(run.resolved.name, run.caller)
            if run.resolved.is_sequence:
                raise ActionConflict(CHANGED_MEANWHILE)
        except FaasError as error:
            self._spawn(self._not_started(run, error), on_end)
            return
        environment = partial(self._environment, run)
        on_lease = partial(self._on_lease, run, on_end)
        lease = self._scheduler.lease(run.resolved, environment, on_lease)
        if lease is not None:
            self._send(run, lease, on_end)

    def _on_lease(self, run: Run, on_end: OnEnd, found: Lease | Exception) -> None:
        if isinstance(found, Lease):
            self._send(run, found, on_end)
        elif isinstance(found, Superseded):
            # The action was updated while the worker was starting, so the new code is used. Of a
            # conductor, the old code is gone if nothing had unpacked it yet.
            run.keeps_code = False
            self.start(run, on_end)
        elif isinstance(found, (StartFailed, FaasError)):
            self._spawn(self._not_started(run, found), on_end)
        else:
            on_end(found)

    def _send(self, run: Run, lease: Lease, on_end: OnEnd) -> None:
        """Send the run to its worker."""
        waited_s = time.perf_counter() - run.received
        resolved, worker = run.resolved, lease.worker

        def on_outcome(outcome: Outcome) -> None:
            # From here on the worker may belong to another run.
            run.worker = None
            response = self._response(run, outcome)
            failed = response.status_code == DEVELOPER_ERROR
            # If another run waits for the worker, it begins now, and this one is recorded while the
            # worker is busy. Otherwise, nothing must delay the answer to the client.
            is_wanted = self._scheduler.is_wanted(lease.slot)
            if is_wanted:
                release(response)
            if lease.started or worker.runtime or failed or not is_quick(outcome):
                self._spawn(self._finish(run, response, lease, outcome, waited_s), on_end)
            else:
                on_end(self._record_now(run, response, outcome, recording))
            if not is_wanted:
                release(response)

        def release(response: ActivationResponse) -> None:
            self._watch.remove(worker)
            self._scheduler.release(lease.slot, reusable=response.status_code < DEVELOPER_ERROR)

        message = run.message(resolved.arguments(run.payload), self._deadline(run))
        logs = LogCollector(resolved.log_limit, lease.started.logs if lease.started else ())
        worker.run(message, resolved.timeout_s, logs, on_outcome)
        run.worker, run.logs = worker, logs
        if run.cancelled:
            worker.cancel()
        self._watch.add(worker, resolved.memory_mb * MB)
        # Most of the record is encoded while the worker runs the action.
        recording = Recording(run, waited_s)

    def _record_now(
        self, run: Run, response: ActivationResponse, outcome: Outcome, recording: Recording
    ) -> Finished | Exception:
        """Write the record of a warm run to the journal in this iteration of the event loop.

        Returns the finished run, or the error that prevented the write.
        """
        end = self._options.now_ms()
        activation = partial(
            run.record,
            response,
            started=None,
            outcome=outcome,
            waited_s=recording.waited_s,
            end=end,
        )
        try:
            doc = recording.doc(response, outcome, end)
            row = partial(recording.row, doc, response.status_code, outcome, end)
            self._records.add_encoded(run.activation_id, doc, row)
        except Exception as error:
            return error
        return Finished(run.activation_id, response, outcome.logs, doc, activation)

    def retire(self, revision: int) -> None:
        """Stop using a revision for new runs, because its action was updated or deleted."""
        self._scheduler.retire(revision)

    async def close(self) -> None:
        """Stop all workers, and wait until the runs in them have their records."""
        self._closing = True
        await self._scheduler.close()
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _run_builtin(self, run: Run) -> Finished:
        waited_s = time.perf_counter() - run.received
        outcome = await self._builtin_actions.run(run)
        response = self._response(run, outcome)
        return await self._keep(run, response, started=None, outcome=outcome, waited_s=waited_s)

    def _response(self, run: Run, outcome: Outcome) -> ActivationResponse:
        if self._closing and outcome.status in (OutcomeStatus.CANCELLED, OutcomeStatus.EXITED):
            return stopped_response()
        return run_response(
            outcome,
            timeout_ms=run.resolved.action.limits.timeout,
            max_result_bytes=self._options.max_result_bytes,
        )

    async def _finish(
        self,
        run: Run,
        response: ActivationResponse,
        lease: Lease,
        outcome: Outcome,
        waited_s: float,
    ) -> Finished:
        """Store the record of a run."""
        return await self._keep(
            run,
            response,
            started=lease.started,
            outcome=outcome,
            waited_s=waited_s,
            runtime=lease.worker.runtime,
            note=lease.worker.note if lease.started else "",
        )

    def _spawn(self, work: Awaitable[Finished], on_end: OnEnd) -> None:
        async def finish() -> None:
            try:
                result: Finished | Exception = await work
            except Exception as error:
                result = error
            on_end(result)

        task = asyncio.get_running_loop().create_task(finish())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _not_started(self, run: Run, error: StartFailed | FaasError) -> Finished:
        """Store the record of a run that could not start.

        Raises ``error`` instead if the run was not accepted and no worker was started for it.
        """
        if isinstance(error, StartFailed):
            return await self._keep(
                run,
                error.response,
                started=error.outcome,
                outcome=None,
                runtime=error.runtime,
                note=error.note,
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
        note: str = "",
    ) -> Finished:
        activation = run.record(
            response,
            started=started,
            outcome=outcome,
            waited_s=time.perf_counter() - run.received if waited_s is None else waited_s,
            end=self._options.now_ms(),
            runtime=runtime,
            note=note,
        )
        return Finished.of(activation, await self._records.add(activation))

    def _environment(self, run: Run) -> dict[str, str]:
        return run.environment(self._options.apihost, self._deadline(run))

    def _deadline(self, run: Run) -> int:
        return self._options.now_ms() + run.resolved.action.limits.timeout


def is_quick(outcome: Outcome) -> bool:
    """Return whether the record has the usual form and is written without a noticeable delay."""
    return outcome.status is ANSWERED and not outcome.note and are_small(outcome.logs)
