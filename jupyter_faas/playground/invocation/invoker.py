"""Invocations of plain actions, sequences and compositions (contract §3).

An invocation passes through these steps from the client's request to its record:

1. ``webserver.connection.Connection`` parses the request. ``http.invocations.DirectInvocations``
   handles a POST to an action with a small JSON body, without creating a task. Starlette handles
   any other request, and its route ``http.invocations.invoke_action`` awaits ``Invoker.invoke``.
   Both call ``Invoker.start``.
2. ``Invoker.start`` resolves the name to a ``ResolvedAction`` and creates a ``Run``. It passes a
   plain action to ``Runner.start``. For a sequence or composition, it creates a task that starts
   each component in the same way (``_run_component``).
3. ``Runner.start`` leases a worker from the scheduler and writes the run to the worker's pipe
   (``Worker.run``). If no worker is idle, this happens as soon as the scheduler has one.
4. ``Worker._read_reply`` reads the worker's answer. In the same iteration of the event loop,
   ``Runner._record_now`` writes the record to the journal and ``on_answer`` writes the response to
   the client's socket. Runs with large logs, cold starts and failures are finished in a task.

After ``wait_s`` seconds, the client receives the activation id instead (202), and the run
continues.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from jupyter_faas.errors import (
    ActionConflict,
    ActionNotFound,
    ActivationError,
    FaasError,
    PlaygroundError,
)
from jupyter_faas.playground.entities.access import Access
from jupyter_faas.playground.entities.actions import NOT_FOUND
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.resolved_action import (
    Payload,
    ResolvedAction,
    ResolvedActionCache,
)
from jupyter_faas.playground.errors import NOT_CALLED
from jupyter_faas.playground.invocation.builtin_actions import BuiltinActions
from jupyter_faas.playground.invocation.conductors import Composite, Compositions
from jupyter_faas.playground.invocation.in_flight import (
    InFlightRuns,
    is_branch_run,
    is_top,
    run_of,
)
from jupyter_faas.playground.invocation.kept_inputs import KeptInputs
from jupyter_faas.playground.invocation.run import Finished, InvokerOptions, Run
from jupyter_faas.playground.invocation.run_client import Answer, RunClient
from jupyter_faas.playground.invocation.runner import Runner
from jupyter_faas.playground.invocation.sequences import Sequences
from jupyter_faas.playground.invocation.shadows import Shadows
from jupyter_faas.playground.scheduling.scheduler import Scheduler
from jupyter_faas.playground.scheduling.starter import Starter
from jupyter_faas.playground.storage.activations import ActivationStore
from jupyter_faas.playground.storage.graphs import GraphLink, is_branch
from jupyter_faas.playground.workers.deadlines import Deadlines
from jupyter_faas.playground.workers.responses import CANCELLED, developer_error, stopped_response
from jupyter_faas.playground.workers.watchdog import MemoryWatchdog
from jupyter_faas.telemetry import CALL, STEP, Origin, TraceContext
from jupyter_faas.whisk import Activation, FullName

log = logging.getLogger(__name__)

_T = TypeVar("_T")

# The time in seconds in which composites write their records when the playground stops.
_LAST_RECORDS_S = 2.0


class Invoker:
    """Starts invocations and keeps track of the runs in flight."""

    def __init__(
        self,
        options: InvokerOptions,
        *,
        access: Access,
        records: ActivationStore,
        scheduler: Scheduler,
        starter: Starter,
        watch: MemoryWatchdog,
        builtin_actions: BuiltinActions | None = None,
        inputs: KeptInputs | None = None,
    ) -> None:
        self._options = options
        self._access = access
        self._records = records
        self._resolved_actions = ResolvedActionCache(access)
        self._inputs = inputs
        self._in_flight = InFlightRuns()
        self._deadlines = Deadlines()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False
        self._runner = Runner(
            options,
            resolved_actions=self._resolved_actions,
            records=records,
            scheduler=scheduler,
            starter=starter,
            watch=watch,
            builtin_actions=builtin_actions or BuiltinActions(),
        )
        # The number of sessions of each revision of a sequence or conductor, and the revisions to
        # retire when their sessions end.
        self._sessions: Counter[int] = Counter()
        self._retired: set[int] = set()
        self._shadows = Shadows(access, self._resolved_actions, options.new_id, self._start_alone)
        most = options.max_sequence_length
        self._sequences = Sequences(self._resolved_actions, self._run_component, most)
        self._compositions = Compositions(self._resolved_actions, access, self._run_component, most)

    @property
    def busy(self) -> bool:
        """Whether any action is running."""
        return bool(self._in_flight)

    def in_flight(self, namespace: str) -> int:
        """Return the number of plain actions of a namespace that are running or about to run."""
        return self._in_flight.count(namespace) - self._shadows.running_in(namespace)

    async def invoke(
        self,
        name: FullName,
        payload: Mapping[str, Any],
        *,
        caller: Caller,
        transaction_id: str,
        wait_s: float | None,
        keep_input: bool = True,
        trace: TraceContext | None = None,
        origin: Origin = CALL,
    ) -> Finished | str:
        """Invoke an action, and return the finished run or its activation id.

        See ``start`` for the parameters. Answers that are errors are raised.
        """
        answer: asyncio.Future[Finished | str] = asyncio.get_running_loop().create_future()
        self.start(
            name,
            payload,
            caller=caller,
            transaction_id=transaction_id,
            wait_s=wait_s,
            on_answer=partial(_settle, answer),
            keep_input=keep_input,
            trace=trace,
            origin=origin,
        )
        return await answer

    def start(
        self,
        name: FullName,
        payload: Mapping[str, Any],
        *,
        caller: Caller,
        transaction_id: str,
        wait_s: float | None,
        on_answer: Callable[[Answer], None],
        keep_input: bool = True,
        trace: TraceContext | None = None,
        origin: Origin = CALL,
    ) -> None:
        """Start an action, and call ``on_answer`` once after this method has returned.

        The answer is the finished run, or the activation id if the run takes longer than
        ``wait_s``. If ``wait_s`` is None, the answer is the activation id, which is sent as soon as
        the run is guaranteed to get a record. After an answer with an id, the run continues and
        gets a record however it ends. ``on_answer`` must not raise. ``trace`` is the trace context
        of the request, and ``origin`` what caused it.

        Raises ActionNotFound, NotEntitled, and InputError if the payload contains a final
        parameter. Later errors such as KindNotSupported are passed to ``on_answer``.
        """
        if self._closing:
            raise PlaygroundError(NOT_CALLED)
        received = time.perf_counter()
        resolved = self._resolved_actions.find(name, caller)
        resolved.check(payload)
        if resolved.is_sequence:
            self._check_components(resolved, caller)
        new_id = self._options.new_id()
        run = Run(new_id, transaction_id, caller, payload, received, resolved, trace=trace)
        run.origin = origin
        keep_input = keep_input and resolved.keeps_inputs and not is_branch(payload)
        client = RunClient(wait_s, on_answer, keep_input)
        if resolved.is_sequence or self._runner.is_ready(resolved):
            self._start(run, client)
        else:
            self._in_flight.add(run)
            self._spawn(self._check_and_start(run, client))

    async def _check_and_start(self, run: Run, client: RunClient) -> None:
        """Start a run after checking that this machine supports the action's kind."""
        try:
            await self._runner.check(run.resolved)
            if self._closing:
                raise PlaygroundError(NOT_CALLED)
            self._start(run, client)
        except Exception as error:
            self._on_end(run, client.answer, error)

    def _start(self, run: Run, client: RunClient) -> None:
        composite = (
            Composite.begin(run, self._options.now_ms()) if run.resolved.is_composite else None
        )
        entry = composite or run
        if client.wait_s is None:
            # The run is accepted before it starts. If the journal is full, this raises an error and
            # the action does not run.
            self._accept(entry)
        if composite is None:
            self._start_plain(run, client.answer)
        else:
            self._start_composite(composite, client.answer)
        if client.wait_s is None:
            asyncio.get_running_loop().call_soon(client.answer, run.activation_id)
        else:
            self._deadlines.add(run, client.wait_s, partial(self._on_deadline, entry, client))
        if client.keep_input and self._inputs is not None:
            self._inputs.keep(run)

    def _start_alone(self, run: Run, on_end: Callable[[Finished | Exception], None]) -> None:
        """Start a run that no client waits for, and call ``on_end`` when it has ended."""
        if run.resolved.is_composite:
            self._start_composite(Composite.begin(run, self._options.now_ms()), on_end)
        else:
            self._start_plain(run, on_end)

    def _start_plain(self, run: Run, on_end: Callable[[Finished | Exception], None]) -> None:
        # The run is sent to the worker first, so that the worker starts as early as possible.
        self._runner.start(run, partial(self._on_end, run, on_end))
        self._in_flight.add(run)

    def _start_composite(
        self, composite: Composite, on_end: Callable[[Finished | Exception], None]
    ) -> None:
        run = composite.run
        graph = run.resolved.graph
        if graph is not None:
            namespace, beside = run.caller.namespace, is_branch_run(run)
            self._records.keep_graph(GraphLink(run.activation_id, namespace, graph, beside))
        self._in_flight.add(composite)
        self._sessions[run.resolved.revision] += 1
        self._spawn(self._run_composite(composite, on_end))

    async def _run_composite(
        self, composite: Composite, on_end: Callable[[Finished | Exception], None]
    ) -> None:
        kinds = self._sequences if composite.run.resolved.is_sequence else self._compositions
        result: Finished | Exception
        try:
            response = await kinds.perform(composite)
            if composite.run.cancelled:
                response = stopped_response() if self._closing else developer_error(CANCELLED)
            activation = composite.record(response, self._options.now_ms())
            result = Finished.of(activation, await self._records.add(activation))
        except Exception as error:
            result = error
        self._end_session(composite.run.resolved.revision)
        self._on_end(composite.run, on_end, result)

    def _end_session(self, revision: int) -> None:
        """Retire the revision of a conductor that was updated or deleted during its sessions."""
        self._sessions[revision] -= 1
        if self._sessions[revision] == 0:
            del self._sessions[revision]
            if revision in self._retired:
                self._retired.remove(revision)
                self._runner.retire(revision)

    async def _run_component(
        self, parent: Composite, resolved: ResolvedAction, payload: Payload, *, plain: bool = False
    ) -> Activation | str:
        """Run a component, as described in ``RunComponent``.

        The wait for a composite has no timeout, because each of its components has one.
        """
        if parent.run.cancelled:
            raise ActivationError(CANCELLED)
        run = Run(
            self._options.new_id(),
            # As in OpenWhisk, the components of a sequence have transactions of their own.
            self._options.new_id()
            if parent.run.resolved.is_sequence
            else parent.run.transaction_id,
            parent.run.caller,
            payload,
            time.perf_counter(),
            resolved,
            cause=parent.run.activation_id,
            # The parent's record will contain the id of this run.
            accepted=True,
            keeps_code=plain,
            trace=parent.run.trace,
            origin=STEP,
        )
        end: asyncio.Future[Finished] = asyncio.get_running_loop().create_future()
        timeout_s: float | None = None
        if resolved.is_composite and not plain:
            nested = Composite.begin(run, self._options.now_ms(), parent)
            self._start_composite(nested, partial(_settle, end))
        else:
            self._start_plain(run, partial(_settle, end))
            timeout_s = resolved.timeout_s + self._options.grace_s
        if not plain:
            # The input of a conductor's own run is not kept, because it repeats the composition's
            # input or contains the conductor's state.
            self._keep_input(run)
        try:
            await asyncio.wait({end}, timeout=timeout_s)
            if end.done():
                return end.result().activation
        finally:
            end.cancel()  # A run that ends later only writes its record.
        self._accept(run)
        return run.activation_id

    def _on_deadline(self, entry: Run | Composite, client: RunClient) -> None:
        """Answer with the activation id, because ``wait_s`` has passed. The run continues."""
        try:
            self._accept(entry)
        except PlaygroundError as error:
            client.answer(error)
        else:
            client.answer(run_of(entry).activation_id)

    def _on_end(
        self,
        run: Run,
        on_end: Callable[[Finished | Exception], None],
        result: Finished | Exception,
    ) -> None:
        # The client is answered first, because the rest is less urgent.
        on_end(result)
        self._deadlines.drop(run)
        self._in_flight.remove(run.activation_id)
        if isinstance(result, Exception) and not self._closing and not _is_refusal(result):
            log.error("An invocation failed.", exc_info=result)
        # A conductor's own rounds and branches are parts of a session, not calls.
        if not (
            isinstance(result, Exception) or self._closing or run.keeps_code or is_branch_run(run)
        ):
            self._shadows.after(run)

    def lookup(self, name: FullName, caller: Caller) -> ResolvedAction:
        """Return the action that an invocation of ``name`` would run now.

        Raises ActionNotFound, ActionConflict or NotEntitled, as ``start`` does.
        """
        return self._resolved_actions.find(name, caller)

    def find_run(self, activation_id: str, namespace: str) -> Run | Composite | None:
        """Return a run in flight, or None if the namespace does not have one with that id."""
        return self._in_flight.find(activation_id, namespace)

    def cancel(self, activation_id: str, namespace: str) -> bool:
        """End a run and the components that it runs. Return False if it is not in flight.

        The run gets a record with the error CANCELLED. Branches of a composition are invocations
        of their own, which continue.
        """
        entry = self._in_flight.find(activation_id, namespace)
        if entry is not None:
            self._cancel(entry)
        return entry is not None

    def _cancel(self, entry: Run | Composite) -> None:
        run_of(entry).cancel()
        if isinstance(entry, Composite):
            for each in self._in_flight.caused_by(entry.run.activation_id):
                self._cancel(each)

    def top_runs(self, namespace: str) -> list[Run | Composite]:
        """Return all runs in flight that are not part of another one, oldest first."""
        return self._in_flight.top(namespace)

    def sessions(self, namespace: str) -> list[Composite]:
        """Return the sequences and compositions in flight that are not part of another one."""
        return self._in_flight.sessions(namespace)

    def caused_by(self, activation_id: str) -> list[Run | Composite]:
        """Return the components in flight of the composite with that activation id."""
        return self._in_flight.caused_by(activation_id)

    def retire(self, revision: int) -> None:
        """Stop using a revision for new runs, because its action was updated or deleted.

        Sessions that run keep the code of their conductor until they end.
        """
        self._resolved_actions.forget(revision)
        if revision in self._sessions:
            self._retired.add(revision)
        else:
            self._runner.retire(revision)

    async def close(self) -> list[Run]:
        """End all runs and write their records. Return those that are not part of another run.

        A run that was waiting for a worker gets a record only if it was accepted. Its client gets
        PlaygroundError.
        """
        self._closing = True
        self._shadows.close()
        ended = [run_of(each) for each in self._in_flight if is_top(run_of(each))]
        # A composite that is cancelled does not start further components.
        for entry in self._in_flight:
            run_of(entry).cancel()
        await self._runner.close()
        # Composites write their records after those of their components. A run whose kind is still
        # being checked may take longer.
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_LAST_RECORDS_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._in_flight.clear()
        return ended

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _check_components(self, resolved: ResolvedAction, caller: Caller) -> None:
        """Raise NotEntitled if the caller must not use a component of a sequence.

        Raises ActionNotFound if the package of a component is missing. A missing component is not
        an error here. It makes the run fail when its turn comes.
        """
        for component in resolved.action.exec.components:
            if self._access.lacks_package(component):
                raise ActionNotFound(NOT_FOUND)
            with suppress(ActionNotFound, ActionConflict):
                self._access.action(caller.namespace, component)

    def _keep_input(self, run: Run) -> None:
        if self._inputs is None or not run.resolved.keeps_inputs:
            return
        # A payload that a conductor sends to its own next round or branch is not user input.
        if not (run.resolved.is_conductor and is_branch(run.payload)):
            self._inputs.keep(run)

    def _accept(self, entry: Run | Composite) -> None:
        """Guarantee a record for a run.

        Raises PlaygroundError if the journal cannot be written.
        """
        self._records.accept(entry.never_ended(self._options.now_ms()))
        run_of(entry).accepted = True


def _settle(future: asyncio.Future[_T], answer: _T | Exception) -> None:
    """Set the result or exception of a future, unless it was cancelled."""
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _is_refusal(error: Exception) -> bool:
    """Return whether the client caused an error, in which case it need not be logged."""
    return isinstance(error, FaasError) and not isinstance(error, PlaygroundError)
