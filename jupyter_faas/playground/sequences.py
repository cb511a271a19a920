"""Running sequences: one component after another (contract §3.5)."""

from __future__ import annotations

from jupyter_faas.errors import (
    ActionConflict,
    ActionNotFound,
    NotAuthorized,
    PlaygroundError,
)
from jupyter_faas.playground.composite import (
    MAX_DEPTH,
    Composite,
    Within,
    application_error,
    whisk_error,
)
from jupyter_faas.playground.plan import Payload
from jupyter_faas.playground.plans import Plans
from jupyter_faas.playground.refusals import NO_COMPONENT, TOO_MANY_IN_SEQUENCE
from jupyter_faas.whisk import ActivationResponse, FullName
from jupyter_faas.whisk.activations import SUCCESS

FAILED = "Sequence failed."
NO_ANSWER = "Timeout reached when retrieving activation {} for sequence component."


class Sequences:
    """The result of a component is the payload of the next; the first error is the last."""

    def __init__(self, plans: Plans, within: Within, max_length: int) -> None:
        """``max_length``: atomic actions of a sequence, those of nested ones counted."""
        self._plans = plans
        self._within = within
        self._max_length = max_length

    async def perform(self, sequence: Composite) -> ActivationResponse:
        """Raises PlaygroundError when the playground stops or can keep no record."""
        if sequence.depth > MAX_DEPTH:
            return application_error(TOO_MANY_IN_SEQUENCE)
        payload = sequence.run.payload
        response = ActivationResponse(SUCCESS, payload)
        for component in sequence.run.plan.action.exec.components:
            response, goes_on = await self._step(sequence, component, payload)
            if not goes_on:
                break
            payload = response.result
        return response

    async def _step(
        self, sequence: Composite, component: FullName, payload: Payload
    ) -> tuple[ActivationResponse, bool]:
        """The response so far, and whether the next component may have it."""
        if sequence.counts.components >= self._max_length:
            return application_error(TOO_MANY_IN_SEQUENCE), False
        try:
            # Not before its turn: what it does may change what stands there.
            plan = self._plans.find(component, sequence.run.caller)
        except (ActionNotFound, ActionConflict):
            return application_error(NO_COMPONENT), False
        except NotAuthorized:
            return whisk_error(FAILED), False
        if not plan.is_sequence:
            sequence.counts.components += 1
        try:
            done = await self._within(sequence, plan, payload)
        except PlaygroundError:
            raise
        except Exception:
            # The sequence has its record whatever becomes of a component; the log tells more.
            return whisk_error(FAILED), False
        if isinstance(done, str):
            sequence.logs.append(done)
            return whisk_error(NO_ANSWER.format(done)), False
        sequence.note(done)
        result = done.response.result
        return done.response, not (isinstance(result, dict) and "error" in result)
