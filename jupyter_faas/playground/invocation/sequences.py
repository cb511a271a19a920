"""Run sequences, one component after another, and check their components (contract §2.1, §3.5)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jupyter_faas.errors import (
    ActionConflict,
    ActionNotFound,
    InputError,
    NotAuthorized,
    PlaygroundError,
)
from jupyter_faas.playground.entities.access import Access
from jupyter_faas.playground.entities.resolved_action import Payload, ResolvedActionCache
from jupyter_faas.playground.errors import (
    CYCLIC_SEQUENCE,
    EMPTY_SEQUENCE,
    NO_COMPONENT,
    TOO_MANY_IN_SEQUENCE,
    NotEntitled,
)
from jupyter_faas.playground.invocation.conductors import (
    MAX_DEPTH,
    Composite,
    RunComponent,
    application_error,
    whisk_error,
)
from jupyter_faas.whisk import Action, ActivationResponse, Exec, FullName
from jupyter_faas.whisk.activations import SUCCESS

FAILED = "Sequence failed."
NO_ANSWER = "Timeout reached when retrieving activation {} for sequence component."


class Sequences:
    """Runs sequences: each result is the payload of the next component; an error ends the run."""

    def __init__(
        self, plans: ResolvedActionCache, run_component: RunComponent, max_length: int
    ) -> None:
        """``max_length``: the limit of atomic actions, including those of nested sequences."""
        self._plans = plans
        self._run_component = run_component
        self._max_length = max_length

    async def perform(self, sequence: Composite) -> ActivationResponse:
        """Run a sequence. Raises PlaygroundError when the playground stops or its disk is full."""
        if sequence.depth > MAX_DEPTH:
            return application_error(TOO_MANY_IN_SEQUENCE)
        payload = sequence.run.payload
        response = ActivationResponse(SUCCESS, payload)
        for component in sequence.run.plan.action.exec.components:
            response, continues = await self._step(sequence, component, payload)
            if not continues:
                break
            payload = response.result
        return response

    async def _step(
        self, sequence: Composite, component: FullName, payload: Payload
    ) -> tuple[ActivationResponse, bool]:
        """Run a component; return its response, and whether the sequence continues."""
        if sequence.counts.components >= self._max_length:
            return application_error(TOO_MANY_IN_SEQUENCE), False
        try:
            # Resolved only now, because an earlier component may have updated this one.
            plan = self._plans.find(component, sequence.run.caller)
        except (ActionNotFound, ActionConflict):
            return application_error(NO_COMPONENT), False
        except NotAuthorized:
            return whisk_error(FAILED), False
        if not plan.is_sequence:
            sequence.counts.components += 1
        try:
            done = await self._run_component(sequence, plan, payload)
        except PlaygroundError:
            raise
        except Exception:
            # The sequence needs a record however its component fails. The error is in the log.
            return whisk_error(FAILED), False
        if isinstance(done, str):
            sequence.logs.append(done)
            return whisk_error(NO_ANSWER.format(done)), False
        sequence.add_component(done)
        result = done.response.result
        return done.response, not (isinstance(result, dict) and "error" in result)


class Components:
    """Checks the components of sequences when they are created or updated, nested ones too."""

    def __init__(self, access: Access, max_length: int) -> None:
        """``max_length``: the limit of atomic actions, including those of nested sequences."""
        self._access = access
        self._max_length = max_length
        # Two sequences that are updated at the same time could otherwise contain each other.
        self._changing = asyncio.Lock()

    @asynccontextmanager
    async def checked(
        self, caller: str, name: FullName, execution: Exec | None
    ) -> AsyncIterator[None]:
        """Check ``execution`` as the new content of the action ``name``, and hold a lock meanwhile.

        Raises InputError for a sequence that is empty or too long, or contains itself or a missing
        action; NotEntitled when ``caller`` may not use a component.
        """
        if execution is None or not execution.is_sequence:
            yield
            return
        async with self._changing:
            self._check(caller, name, execution.components)
            yield

    def _check(self, caller: str, name: FullName, components: tuple[FullName, ...]) -> None:
        if not components:
            raise InputError(EMPTY_SEQUENCE)
        self._count(caller, components, (name,), self._max_length)

    def _count(
        self,
        owner: str,
        components: tuple[FullName, ...],
        around: tuple[FullName, ...],
        most: int,
    ) -> int:
        """Return the number of atomic actions, at most ``most``.

        ``around`` are the sequences that contain ``components``, the outermost first.
        """
        if len(components) > most or len(around) > MAX_DEPTH:
            raise InputError(TOO_MANY_IN_SEQUENCE)
        count = 0
        for component in components:
            if component in around:
                raise InputError(CYCLIC_SEQUENCE)
            action = self._action(owner, component, nested=len(around) > 1)
            # The real name differs behind a binding.
            real = action.full_name
            if real in around:
                raise InputError(CYCLIC_SEQUENCE)
            if action.exec.is_sequence:
                nested = action.exec.components
                count += self._count(real.namespace, nested, (*around, real), most - count)
            else:
                count += 1
            if count > most:
                raise InputError(TOO_MANY_IN_SEQUENCE)
        return count

    def _action(self, owner: str, component: FullName, *, nested: bool) -> Action:
        try:
            return self._access.action(owner, component).deployed.action
        except (ActionNotFound, ActionConflict):
            raise InputError(NO_COMPONENT) from None
        except NotEntitled:
            if nested:
                # Do not show that a component of someone else's sequence exists.
                raise InputError(NO_COMPONENT) from None
            raise
