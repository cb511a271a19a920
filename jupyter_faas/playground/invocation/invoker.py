"""Invoke actions: plain ones, sequences and compositions (contract §3).

An invocation from its socket to its record:

1. ``httpd.connection.Connection`` parses the request. A POST to an action with a small JSON body
   goes to ``http.invocations.DirectInvocations`` when its body is complete, without a task; any
   other request is handled by starlette, whose route ``http.invocations.invoke_action`` awaits
   ``Invoker.invoke``. Both end in ``Invoker.start``.
2. ``Invoker.start`` resolves the name to a plan and creates a ``Run``. A plain action goes to
   ``Runner.start``; a sequence or composition becomes a task that starts its components the same
   way (``_run_component``).
3. ``Runner.start`` leases a worker from the scheduler and writes the run to its pipe
   (``Worker.run``). Without an idle worker it continues when the scheduler has one.
4. The worker's answer is read in ``Worker._read_reply``. In that same turn of the event loop the
   record is journalled (``Runner._record_now``) and ``on_answer`` is called with it, which writes
   the response to the client's socket. Logs that are large, cold starts and failures take a task.

After ``wait_s`` seconds the client gets the activation id instead (202); the run continues.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from jupyter_faas.errors import ActionConflict, ActionNotFound, FaasError, PlaygroundError
from jupyter_faas.playground.entities.access import Access
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.resolved_action import (
    Payload,
    ResolvedAction,
    ResolvedActionCache,
)
from jupyter_faas.playground.invocation.builtin_actions import BuiltinActions
from jupyter_faas.playground.invocation.conductors import Composite, Compositions
from jupyter_faas.playground.invocation.in_flight import InFlightRuns, run_of
from jupyter_faas.playground.invocation.kept_inputs import KeptInputs
from jupyter_faas.playground.invocation.run import Finished, InvokerOptions, Run
from jupyter_faas.playground.invocation.runner import Runner
from jupyter_faas.playground.invocation.sequences import Sequences
from jupyter_faas.playground.scheduling.scheduler import Scheduler
from jupyter_faas.playground.scheduling.starter import Starter
from jupyter_faas.playground.storage.activations import ActivationStore
from jupyter_faas.playground.storage.graphs import GraphLink, is_branch
from jupyter_faas.playground.workers.deadlines import Deadlines
from jupyter_faas.playground.workers.watchdog import MemoryWatchdog
from jupyter_faas.whisk import Activation, FullName

log = logging.getLogger(__name__)

_T = TypeVar("_T")

# What an invocation is answered with: its record, its id when it takes longer than the client
# waits, or the reason why there is neither.
Answer = Finished | str | Exception


class Invoker:
    """Starts invocations and knows which are in flight."""

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
        self._plans = ResolvedActionCache(access)
        self._inputs = inputs
        self._in_flight = InFlightRuns()
        self._deadlines = Deadlines()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False
        self._runner = Runner(
            options,
            plans=self._plans,
            records=records,
            scheduler=scheduler,
            starter=starter,
            watch=watch,
            builtin_actions=builtin_actions or BuiltinActions(),
        )
        most = options.max_sequence_length
        self._sequences = Sequences(self._plans, self._run_component, most)
        self._compositions = Compositions(self._plans, access, self._run_component, most)

    @property
    def busy(self) -> bool:
        """Whether any action runs."""
        return bool(self._in_flight)

    def in_flight(self, namespace: str) -> int:
        """How many actions run, or are about to, on behalf of a namespace."""
        return self._in_flight.count(namespace)

    async def invoke(
        self,
        name: FullName,
        payload: Mapping[str, Any],
        *,
        caller: Caller,
        transaction_id: str,
        wait_s: float | None,
        keep_input: bool = True,
    ) -> Finished | str:
        """Call ``start`` and await its answer; raise the answers that are errors."""
        answer: asyncio.Future[Finished | str] = asyncio.get_running_loop().create_future()
        self.start(
            name,
            payload,
            caller=caller,
            transaction_id=transaction_id,
            wait_s=wait_s,
            on_answer=partial(_settle, answer),
            keep_input=keep_input,
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
    ) -> None:
        """Start an action and call ``on_answer`` once, after this has returned.

        The answer is the record, or the activation id when the run takes longer than ``wait_s``;
        with ``wait_s`` None the id comes as soon as the run is certain to get a record. A run
        whose id was given goes on, and its record will exist however it ends. ``on_answer`` must
        not raise. Raises ActionNotFound, NotEntitled, and InputError for a payload that names a
        final parameter; later errors, KindNotSupported among them, are answers.
        """
        received = time.perf_counter()
        plan = self._plans.find(name, caller)
        plan.check(payload)
        if plan.is_sequence:
            self._check_components(plan, caller)
        run = Run(self._options.new_id(), transaction_id, caller, payload, received, plan)
        keep_input = keep_input and plan.keeps_inputs and not is_branch(payload)
        client = _Client(wait_s, on_answer, keep_input)
        if plan.is_sequence or self._runner.is_ready(plan):
            self._start(run, client)
        else:
            self._in_flight.add(run)
            self._spawn(self._check_and_start(run, client))

    async def _check_and_start(self, run: Run, client: _Client) -> None:
        """Start a run after making sure that this machine has what the action's kind needs."""
        try:
            await self._runner.check(run.plan)
            self._start(run, client)
        except Exception as error:
            self._on_end(run, client.answer, error)

    def _start(self, run: Run, client: _Client) -> None:
        composite = Composite.begin(run, self._options.now_ms()) if run.plan.is_composite else None
        entry = composite or run
        if client.wait_s is None:
            # Before it starts: a journal that takes no more refuses the run, and nothing has run.
            self._accept(entry)
        if composite is None:
            self._start_plain(run, client.answer)
        else:
            self._start_composite(composite, client.answer)
        if client.wait_s is None:
            asyncio.get_running_loop().call_soon(client.answer, run.activation_id)
        else:
            self._deadlines.add(run, client.wait_s, partial(self._on_deadline, entry, client))
        if client.keep_input:
            self._keep_input(run)

    def _start_plain(self, run: Run, on_end: Callable[[Finished | Exception], None]) -> None:
        # The worker gets the run first: it computes while the rest is done here.
        self._runner.start(run, partial(self._on_end, run, on_end))
        self._in_flight.add(run)

    def _start_composite(
        self, composite: Composite, on_end: Callable[[Finished | Exception], None]
    ) -> None:
        run = composite.run
        graph = run.plan.graph
        if graph is not None:
            namespace, beside = run.caller.namespace, _is_branch(run)
            self._records.keep_graph(GraphLink(run.activation_id, namespace, graph, beside))
        self._in_flight.add(composite)
        self._spawn(self._run_composite(composite, on_end))

    async def _run_composite(
        self, composite: Composite, on_end: Callable[[Finished | Exception], None]
    ) -> None:
        kinds = self._sequences if composite.run.plan.is_sequence else self._compositions
        result: Finished | Exception
        try:
            response = await kinds.perform(composite)
            activation = composite.record(response, self._options.now_ms())
            result = Finished.of(activation, await self._records.add(activation))
        except Exception as error:
            result = error
        self._on_end(composite.run, on_end, result)

    async def _run_component(
        self, parent: Composite, plan: ResolvedAction, payload: Payload, *, plain: bool = False
    ) -> Activation | str:
        """See ``RunComponent``. A composite has no worker: its components need them."""
        run = Run(
            self._options.new_id(),
            parent.run.transaction_id,
            parent.run.caller,
            payload,
            time.perf_counter(),
            plan,
            cause=parent.run.activation_id,
            # Its id will stand in the record of the parent.
            accepted=True,
        )
        end: asyncio.Future[Finished] = asyncio.get_running_loop().create_future()
        timeout_s: float | None = None
        if plan.is_composite and not plain:
            nested = Composite.begin(run, self._options.now_ms(), parent)
            self._start_composite(nested, partial(_settle, end))
        else:
            self._start_plain(run, partial(_settle, end))
            timeout_s = plan.timeout_s + self._options.grace_s
        if not plain:
            # The payload of a conductor's own run is that of its composition, or its state.
            self._keep_input(run)
        try:
            await asyncio.wait({end}, timeout=timeout_s)
            if end.done():
                return end.result().activation
        finally:
            end.cancel()  # A later end only writes the record.
        self._accept(run)
        return run.activation_id

    def _on_deadline(self, entry: Run | Composite, client: _Client) -> None:
        """Answer with the activation id after ``wait_s``; the run continues."""
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
        # The answer first: what follows can wait.
        on_end(result)
        self._deadlines.drop(run)
        self._in_flight.remove(run.activation_id)
        if isinstance(result, Exception) and not self._closing and not _is_refusal(result):
            log.error("An invocation failed.", exc_info=result)

    def lookup(self, name: FullName, caller: Caller) -> ResolvedAction:
        """Return what an invocation would run now. Raises what ``start`` does for a name."""
        return self._plans.find(name, caller)

    def find_run(self, activation_id: str, namespace: str) -> Run | Composite | None:
        """Return a run that has begun and has no record yet."""
        return self._in_flight.find(activation_id, namespace)

    def sessions(self, namespace: str) -> list[Composite]:
        """Return the sequences and compositions in flight that are part of no other."""
        found = self._in_flight.composites(namespace)
        return [each for each in found if each.run.cause is None and not _is_branch(each.run)]

    def caused_by(self, activation_id: str) -> list[Run | Composite]:
        """Return the components in flight of a run in flight."""
        return self._in_flight.caused_by(activation_id)

    def retire(self, revision: int) -> None:
        """Use that revision for no further run: its action was updated or deleted."""
        self._plans.forget(revision)
        self._runner.retire(revision)

    async def close(self) -> None:
        """End what runs. What was accepted gets its record when the playground starts again."""
        self._closing = True
        # Composites first: they would start further components.
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._runner.close()
        self._in_flight.clear()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _check_components(self, plan: ResolvedAction, caller: Caller) -> None:
        """Raises NotEntitled; a component that does not exist fails the run when its turn comes."""
        for component in plan.action.exec.components:
            with suppress(ActionNotFound, ActionConflict):
                self._access.action(caller.namespace, component)

    def _keep_input(self, run: Run) -> None:
        if self._inputs is None or not run.plan.keeps_inputs:
            return
        # What a conductor passes to its own next round or branch is not an input of a user's.
        if not (run.plan.is_conductor and is_branch(run.payload)):
            self._inputs.keep(run)

    def _accept(self, entry: Run | Composite) -> None:
        """Promise a record. Raises PlaygroundError when the journal takes no more."""
        self._records.accept(entry.never_ended(self._options.now_ms()))
        run_of(entry).accepted = True


class _Client:
    """The client of a run. ``answer`` calls ``on_answer`` once; later calls have no effect."""

    __slots__ = ("_on_answer", "keep_input", "wait_s")

    def __init__(
        self, wait_s: float | None, on_answer: Callable[[Answer], None], keep_input: bool
    ) -> None:
        self.wait_s = wait_s
        self.keep_input = keep_input
        self._on_answer: Callable[[Answer], None] | None = on_answer

    def answer(self, answer: Answer) -> None:
        if self._on_answer is not None:
            on_answer, self._on_answer = self._on_answer, None
            on_answer(answer)


def _settle(future: asyncio.Future[_T], answer: _T | Exception) -> None:
    """Set the result, unless the future was cancelled because its owner no longer waits."""
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _is_refusal(error: Exception) -> bool:
    """Return whether an error is the client's, so that it need not be logged."""
    return isinstance(error, FaasError) and not isinstance(error, PlaygroundError)


def _is_branch(run: Run) -> bool:
    return run.plan.is_conductor and run.cause is None and is_branch(run.payload)
