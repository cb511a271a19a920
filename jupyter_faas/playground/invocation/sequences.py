"""Runs of sequences, and checks of their components (contract §2.1, §3.5)."""

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
from jupyter_faas.playground.entities.namespaces import Caller
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
REMOVED = "Action could not be found or may have been deleted."
NO_ANSWER = "Timeout reached when retrieving activation {} for sequence component."


class Sequences:
    """Runs the components of sequences one after another.

    Each result is the payload of the next component. An error ends the sequence.
    """

    def __init__(
        self, resolved_actions: ResolvedActionCache, run_component: RunComponent, max_length: int
    ) -> None:
        """Create a runner for sequences.

        ``max_length`` is the maximum number of atomic actions in a sequence, including those
        in nested sequences.
        """
        self._resolved_actions = resolved_actions
        self._run_component = run_component
        self._max_length = max_length

    async def perform(self, sequence: Composite) -> ActivationResponse:
        """Run a sequence.

        Raises PlaygroundError if the playground stops or its disk is full.
        """
        if sequence.depth > MAX_DEPTH:
            return application_error(TOO_MANY_IN_SEQUENCE)
        payload = sequence.run.payload
        response = ActivationResponse(SUCCESS, payload)
        components = sequence.run.resolved.action.exec.components
        # As in OpenWhisk, what was deleted before the start is another error than what was deleted
        # since then.
        missing = frozenset(
            each for each in components if not self._exists(each, sequence.run.caller)
        )
        for component in components:
            error = NO_COMPONENT if component in missing else REMOVED
            response, continues = await self._step(sequence, component, payload, error)
            if not continues:
                break
            payload = response.result
        return response

    async def _step(
        self, sequence: Composite, component: FullName, payload: Payload, missing: str
    ) -> tuple[ActivationResponse, bool]:
        """Run a component. Return its response, and whether the sequence continues.

        ``missing``: the message if the component does not exist.
        """
        if sequence.counts.components >= self._max_length:
            return application_error(TOO_MANY_IN_SEQUENCE), False
        try:
            # The component is resolved only now, because an earlier one may have updated it.
            resolved = self._resolved_actions.find(component, sequence.run.caller)
        except (ActionNotFound, ActionConflict):
            return application_error(missing), False
        except NotAuthorized:
            return whisk_error(FAILED), False
        if not resolved.is_sequence:
            sequence.counts.components += 1
        try:
            done = await self._run_component(sequence, resolved, payload)
        except PlaygroundError:
            raise
        except Exception:
            # The sequence must get a record whatever error its component raises. The error itself
            # has been logged.
            return whisk_error(FAILED), False
        if isinstance(done, str):
            sequence.logs.append(done)
            return whisk_error(NO_ANSWER.format(done)), False
        sequence.add_component(done)
        result = done.response.result
        return done.response, not (isinstance(result, dict) and "error" in result)

    def _exists(self, component: FullName, caller: Caller) -> bool:
        try:
            self._resolved_actions.find(component, caller)
        except (ActionNotFound, ActionConflict, NotAuthorized):
            return False
        return True


class Components:
    """Checks the components of sequences, including nested ones, when sequences are saved."""

    def __init__(self, access: Access, max_length: int) -> None:
        """Create a checker.

        ``max_length`` is the maximum number of atomic actions in a sequence, including those
        in nested sequences.
        """
        self._access = access
        self._max_length = max_length
        # Without this lock, two sequences that are updated concurrently could contain each other.
        self._changing = asyncio.Lock()

    @asynccontextmanager
    async def checked(
        self, caller: str, name: FullName, execution: Exec | None
    ) -> AsyncIterator[None]:
        """Check ``execution`` as the new content of the action ``name``.

        The lock on sequences is held until the context exits. Anything but a sequence is accepted
        without a check. Raises InputError if the sequence is empty or too long, or contains itself
        or a missing action. Raises NotEntitled if ``caller`` must not use a component.
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
        """Return the number of atomic actions in ``components``.

        ``around`` contains the sequences that enclose ``components``, outermost first. Raises
        InputError if there are more than ``most`` actions, or if the sequences form a cycle.
        """
        if len(components) > most or len(around) > MAX_DEPTH:
            raise InputError(TOO_MANY_IN_SEQUENCE)
        count = 0
        for component in components:
            if component in around:
                raise InputError(CYCLIC_SEQUENCE)
            action = self._action(owner, component, nested=len(around) > 1)
            # The real name differs from ``component`` if the component belongs to a binding.
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
        except (ActionNotFound, ActionConflict, NotEntitled) as error:
            lacks_action = isinstance(error, ActionNotFound)
            lacks_action = lacks_action and not self._access.lacks_package(component)
            # If nested, the error must not reveal that the component of another user's sequence
            # exists.
            if nested or lacks_action:
                raise InputError(NO_COMPONENT) from None
            raise
