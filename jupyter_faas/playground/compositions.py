"""Running compositions: a conductor says what is next, until it has the result (contract §3.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from jupyter_faas.errors import (
    ActionConflict,
    ActionNotFound,
    NameNotAllowed,
    NotAuthorized,
    PlaygroundError,
)
from jupyter_faas.playground.access import Access
from jupyter_faas.playground.composite import (
    MAX_DEPTH,
    Composite,
    Within,
    application_error,
    whisk_error,
)
from jupyter_faas.playground.plan import Payload, Plan
from jupyter_faas.playground.plans import Plans
from jupyter_faas.whisk import Activation, ActivationResponse, FullName
from jupyter_faas.whisk.names import OWN_NAMESPACE

NO_NAME = "Failed to parse action name from json value {} during composition."
NOT_FOUND = "Failed to resolve action with name '{}' during composition."
NOT_ENTITLED = "Failed entitlement check for action with name '{}' during composition."
TOO_MANY = "Too many actions in the composition."
FAILED = "Activation failure during composition."
NO_ANSWER = "Timeout reached when retrieving activation {} during composition."


class Compositions:
    """What goes wrong with a component is for the conductor to deal with, where it can."""

    def __init__(self, plans: Plans, access: Access, within: Within, max_length: int) -> None:
        """``max_length``: components of a composition, those of nested ones counted."""
        self._plans = plans
        self._access = access
        self._within = within
        self._max_length = max_length

    async def perform(self, composition: Composite) -> ActivationResponse:
        """Raises PlaygroundError when the playground stops or can keep no record."""
        if composition.depth > MAX_DEPTH:
            return application_error(TOO_MANY)
        payload, state = composition.run.payload, None
        while composition.counts.conductors <= 2 * self._max_length:
            composition.counts.conductors += 1
            done = await self._conduct(composition, _with_state(payload, state))
            if isinstance(done, ActivationResponse):
                return done
            result = done.response.result
            if not isinstance(result, dict):
                return ActivationResponse(done.response.status_code, result)
            params = _boxed(result["params"]) if "params" in result else None
            state = _boxed(result["state"]) if "state" in result else None
            if "action" not in result:
                final = result if params is None else params
                return ActivationResponse(done.response.status_code, final)
            next_payload = await self._component(composition, result["action"], params or {})
            if isinstance(next_payload, ActivationResponse):
                return next_payload
            payload = next_payload
        return application_error(TOO_MANY)

    async def _conduct(
        self, composition: Composite, payload: Payload
    ) -> Activation | ActivationResponse:
        """One run of the conductor, with the code that it has now."""
        run = composition.run
        try:
            plan = self._plans.find(run.plan.name, run.caller)
        except (ActionNotFound, ActionConflict, NotAuthorized):
            return whisk_error(FAILED)
        if plan.is_sequence:
            # It was made one meanwhile.
            return whisk_error(FAILED)
        return await self._run(composition, plan, payload, plain=True)

    async def _component(
        self, composition: Composite, action: Any, params: Mapping[str, Any]
    ) -> Mapping[str, Any] | ActivationResponse:
        """What the conductor is told next, or with what the composition ends."""
        caller = composition.run.caller
        name = _component_name(action, caller.namespace)
        if name is None:
            return {"error": NO_NAME.format(orjson.dumps(action).decode())}
        if composition.counts.components >= self._max_length:
            return {"error": TOO_MANY}
        if not self._access.is_entitled(caller.namespace, name):
            return {"error": NOT_ENTITLED.format(name.path)}
        try:
            plan = self._plans.find(name, caller)
        except (ActionNotFound, ActionConflict, NotAuthorized):
            return {"error": NOT_FOUND.format(name.path)}
        if not plan.is_conductor:
            composition.counts.components += 1
        done = await self._run(composition, plan, params)
        return done if isinstance(done, ActivationResponse) else _boxed(done.response.result)

    async def _run(
        self, composition: Composite, plan: Plan, payload: Payload, *, plain: bool = False
    ) -> Activation | ActivationResponse:
        """A run within the composition, or with what it ends when there is no answer."""
        try:
            done = await self._within(composition, plan, payload, plain=plain)
        except PlaygroundError:
            raise
        except Exception:
            # The composition has its record whatever becomes of a part; the log tells more.
            return whisk_error(FAILED)
        if isinstance(done, str):
            composition.logs.append(done)
            return whisk_error(NO_ANSWER.format(done))
        composition.note(done)
        return done


def _with_state(payload: Payload, state: Mapping[str, Any] | None) -> Payload:
    return payload if state is None else {**_boxed(payload), **state}


def _boxed(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"value": value}


def _component_name(action: Any, own_namespace: str) -> FullName | None:
    """None for what is no name, as conductors write them (contract §1.3)."""
    if not isinstance(action, str):
        return None
    try:
        name = FullName.parse(action, own_namespace)
    except NameNotAllowed:
        return None
    if name.namespace == OWN_NAMESPACE:
        return FullName(own_namespace, name.package, name.name)
    return name
