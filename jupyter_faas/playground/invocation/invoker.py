"""Running actions: from a request to its record (contract §3)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from jupyter_faas.errors import ActionConflict, ActionNotFound
from jupyter_faas.playground.entities.access import Access
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.resolved_action import (
    Payload,
    ResolvedAction,
    ResolvedActionCache,
)
from jupyter_faas.playground.invocation.builtin_actions import Natives
from jupyter_faas.playground.invocation.conductors import Composite, Compositions
from jupyter_faas.playground.invocation.in_flight import Running
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


class Invoker:
    """Runs whatever a name leads to: plain actions, sequences and compositions."""

    def __init__(
        self,
        options: InvokerOptions,
        *,
        access: Access,
        records: ActivationStore,
        scheduler: Scheduler,
        starter: Starter,
        watch: MemoryWatchdog,
        natives: Natives | None = None,
        inputs: KeptInputs | None = None,
    ) -> None:
        self._options = options
        self._access = access
        self._records = records
        self._plans = ResolvedActionCache(access)
        self._inputs = inputs
        self._running = Running()
        self._checking: Counter[str] = Counter()
        self._waiting = Deadlines()
        self._runner = Runner(
            options,
            plans=self._plans,
            records=records,
            scheduler=scheduler,
            starter=starter,
            watch=watch,
            natives=natives or Natives(),
        )
        most = options.max_sequence_length
        self._sequences = Sequences(self._plans, self._within, most)
        self._compositions = Compositions(self._plans, access, self._within, most)

    @property
    def busy(self) -> bool:
        """Whether any action runs."""
        return bool(self._running)

    def in_flight(self, namespace: str) -> int:
        """How many actions run, or are about to, on behalf of a namespace."""
        return self._running.in_flight(namespace) + self._checking[namespace]

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
        """Run an action; give its record, or its id when it takes longer than ``wait_s``.

        With ``wait_s`` None the id comes at once. A run whose id was given goes on, and its
        record will be there however it ends. Raises ActionNotFound, NotEntitled, InputError for a
        payload that names a final parameter, and KindNotSupported.
        """
        if wait_s is not None:
            done: asyncio.Future[Finished | str] = asyncio.get_running_loop().create_future()
            settle = partial(_settle, done)
            if self.begin(
                self._plans.find(name, caller),
                payload,
                caller=caller,
                transaction_id=transaction_id,
                wait_s=wait_s,
                late=settle,
                then=settle,
                keep_input=keep_input,
            ):
                return await done
        run = await self._prepared(name, payload, caller, transaction_id, keep_input)
        is_composite = run.plan.is_composite
        composite = Composite.begin(run, self._options.now_ms()) if is_composite else None
        if wait_s is None:
            self._accept(run, composite)
        if composite is None:
            task = self._running.begin(self._runner.perform(run), caller.namespace, of=run)
        else:
            task = self._begin(composite)
        if wait_s is not None:
            await asyncio.wait({task}, timeout=wait_s)
            if task.done():
                return task.result()
            self._accept(run, composite)
        return run.activation_id

    def begin(
        self,
        plan: ResolvedAction,
        payload: Mapping[str, Any],
        *,
        caller: Caller,
        transaction_id: str,
        wait_s: float,
        late: Callable[[str], None],
        then: Callable[[Finished | Exception], None],
        keep_input: bool = True,
    ) -> bool:
        """``invoke`` without a task, for a plain action that has a worker, if a busy one.

        False when there is none: nothing has happened then. ``late`` is called with the id when
        the run has taken ``wait_s``; ``then`` when it has ended, late or not, with what it ended
        as. Neither may raise anything. ``plan`` is what ``lookup`` gives now. Raises InputError.
        """
        received = time.perf_counter()
        if plan.is_composite:
            return False
        plan.check(payload)
        run = Run(self._options.new_id(), transaction_id, caller, payload, received, plan)

        def over(ended: Finished | Exception) -> None:
            then(ended)
            self._waiting.drop(run)
            self._running.forget(run)

        if not self._runner.begin(run, over):
            return False
        self._waiting.add(run, wait_s, partial(self._is_late, run, late))
        self._running.note(run)
        if keep_input and not is_branch(payload):
            self._keep_input(run)
        return True

    def _is_late(self, run: Run, late: Callable[[str], None]) -> None:
        self._accept(run)
        late(run.activation_id)

    async def _prepared(
        self,
        name: FullName,
        payload: Mapping[str, Any],
        caller: Caller,
        transaction_id: str,
        keep_input: bool,
    ) -> Run:
        """A run that may begin. Raises what ``invoke`` does."""
        received = time.perf_counter()
        plan = self._plans.find(name, caller)
        plan.check(payload)
        if plan.is_sequence:
            self._check_components(plan, caller)
        elif not self._runner.is_ready(plan):
            self._checking[caller.namespace] += 1
            try:
                await self._runner.check(plan)
            finally:
                self._checking[caller.namespace] -= 1
        run = Run(self._options.new_id(), transaction_id, caller, payload, received, plan)
        if keep_input and not is_branch(payload):
            self._keep_input(run)
        return run

    def lookup(self, name: FullName, caller: Caller) -> ResolvedAction:
        """What an invocation would run as things stand. Raises what ``invoke`` does for a name."""
        return self._plans.find(name, caller)

    def under_way(self, activation_id: str, namespace: str) -> Run | Composite | None:
        """A run that has begun and has no record yet."""
        return self._running.find(activation_id, namespace)

    def sessions_under_way(self, namespace: str) -> list[Composite]:
        """Sequences and compositions that have begun and are part of no other."""
        found = self._running.composites_of(namespace)
        return [each for each in found if each.run.cause is None and not _is_branch(each.run)]

    def caused_by(self, activation_id: str) -> list[Run | Composite]:
        """What a run that is under way runs now."""
        return self._running.caused_by(activation_id)

    def retire(self, revision: int) -> None:
        """That revision was updated or deleted: no run begins with it from now on."""
        self._plans.forget(revision)
        self._runner.retire(revision)

    async def close(self) -> None:
        """End what runs. What was accepted gets its record when the playground starts again."""
        await self._running.end_composites()
        await self._runner.close()
        await self._running.end()

    # -- sequences and compositions ------------------------------------------------------------

    def _check_components(self, plan: ResolvedAction, caller: Caller) -> None:
        """Raises NotEntitled; what is missing is for the run to find out."""
        for component in plan.action.exec.components:
            with suppress(ActionNotFound, ActionConflict):
                self._access.action(caller.namespace, component)

    def _begin(self, composite: Composite) -> asyncio.Task[Finished]:
        run = composite.run
        graph = run.plan.graph
        if graph is not None:
            namespace, beside = run.caller.namespace, _is_branch(run)
            self._records.keep_graph(GraphLink(run.activation_id, namespace, graph, beside))
        work = self._perform(composite)
        return self._running.begin(work, run.caller.namespace, composite=True, of=composite)

    async def _perform(self, composite: Composite) -> Finished:
        kinds = self._sequences if composite.run.plan.is_sequence else self._compositions
        response = await kinds.perform(composite)
        activation = composite.record(response, self._options.now_ms())
        return Finished.of(activation, await self._records.add(activation))

    async def _within(
        self, parent: Composite, plan: ResolvedAction, payload: Payload, *, plain: bool = False
    ) -> Activation | str:
        """See ``Within``. It waits outside of the workers: they are all for its components."""
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
        if not plain:
            # A conductor's own runs are given what its composition was, or where it goes on.
            self._keep_input(run)
        if plan.is_composite and not plain:
            nested = Composite.begin(run, self._options.now_ms(), parent)
            return (await self._begin(nested)).activation
        task = self._running.begin(self._runner.perform(run), run.caller.namespace, of=run)
        await asyncio.wait({task}, timeout=plan.timeout_s + self._options.grace_s)
        if task.done():
            return task.result().activation
        self._accept(run)
        return run.activation_id

    def _keep_input(self, run: Run) -> None:
        # What a conductor hands to its own next round or branch nobody has given it.
        own = run.plan.is_conductor and is_branch(run.payload)
        if self._inputs is not None and not own:
            self._inputs.keep(run)

    def _accept(self, run: Run, composite: Composite | None = None) -> None:
        self._records.accept((composite or run).never_ended(self._options.now_ms()))
        run.accepted = True


def _settle(future: asyncio.Future[Finished | str], done: Finished | str | Exception) -> None:
    """The first word counts; whoever waited for it may have been cancelled."""
    if future.done():
        return
    if isinstance(done, Exception):
        future.set_exception(done)
    else:
        future.set_result(done)


def _is_branch(run: Run) -> bool:
    return run.plan.is_conductor and run.cause is None and is_branch(run.payload)
