"""Compositions, which conductor actions control, and the state of running composites.

A conductor is an action that returns either the next component (``action``, ``params``) with its
own ``state``, or the final result. ``Compositions.perform`` runs the conductor, then the component,
and then the conductor again with the component's result and the state. It stops when the conductor
does not return an ``action`` (contract §3.6). Each run has its own activation, and the record of
the composition lists their ids (contract §2.6). ``Counts`` counts the runs of a composition and of
its nested compositions, to limit their total number.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from jupyter_faas.errors import (
    ActionConflict,
    ActionNotFound,
    NameNotAllowed,
    NotAuthorized,
    PlaygroundError,
)
from jupyter_faas.playground.entities.access import Access
from jupyter_faas.playground.entities.resolved_action import (
    Payload,
    ResolvedAction,
    ResolvedActionCache,
)
from jupyter_faas.playground.invocation.run import CAUSED_BY, NEVER_ENDED, Run
from jupyter_faas.whisk import Activation, ActivationResponse, FullName, KeyValue
from jupyter_faas.whisk.activations import APPLICATION_ERROR, WHISK_ERROR
from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.whisk.names import OWN_NAMESPACE

# The maximum nesting depth. OpenWhisk does not limit it, so a cycle that results from a changed
# binding never ends there.
MAX_DEPTH = 100


@dataclass(eq=False)
class Counts:
    """Run counters that a composite shares with its nested composites of the same kind.

    ``components``: the number of atomic actions run and, in a composition, of sequences.
    ``conductors``: the number of conductor runs.
    """

    components: int = 0
    conductors: int = 0


@dataclass(eq=False)
class Composite:
    """The state of a running sequence or composition.

    ``start`` is epoch ms. ``depth`` is 1 for a top-level composite. ``logs`` contains the
    activation ids of its direct components. ``duration`` is the sum of their durations in ms, and
    ``memory`` is their largest memory limit in MB.
    """

    run: Run
    start: int
    waited_ms: int
    counts: Counts = field(default_factory=Counts)
    depth: int = 1
    logs: list[str] = field(default_factory=list)
    duration: int = 0
    memory: int | None = None

    @classmethod
    def begin(cls, run: Run, now: int, parent: Composite | None = None) -> Composite:
        """Create the state of a composite that starts at ``now`` (epoch ms).

        ``parent`` is the composite that contains ``run``, or None for a top-level run.
        """
        resolved = run.resolved
        composite = cls(
            run,
            start=now,
            waited_ms=max(0, round((time.perf_counter() - run.received) * 1000)),
            memory=None if resolved.is_sequence else resolved.memory_mb,
        )
        if parent is not None:
            composite.depth = parent.depth + 1
            if parent.run.resolved.is_sequence == resolved.is_sequence:
                composite.counts = parent.counts
        return composite

    def add_component(self, activation: Activation) -> None:
        """Add the record of a component, or of a run of the conductor."""
        self.logs.append(activation.activation_id)
        # The start in a record is computed from its end and its rounded duration, so it may be
        # slightly earlier than the start of this composite.
        self.start = min(self.start, activation.start)
        self.duration += activation.duration or 0
        if activation.memory_mb is not None:
            self.memory = max(self.memory or 0, activation.memory_mb)

    def record(self, response: ActivationResponse, end: int) -> Activation:
        run, resolved = self.run, self.run.resolved
        annotations = [
            KeyValue("topmost", run.cause is None),
            KeyValue("path", resolved.path),
            KeyValue("kind", SEQUENCE),
            KeyValue("waitTime", self.waited_ms),
        ]
        if resolved.is_conductor:
            annotations.append(KeyValue("conductor", True))
        if run.cause is not None:
            annotations.append(CAUSED_BY)
        if self.memory is not None:
            limits = resolved.action.limits._replace(memory=self.memory)
            annotations.append(KeyValue("limits", limits.to_json()))
        annotations.extend(each for each in resolved.annotations if each.key == "binding")
        return Activation(
            namespace=run.caller.namespace,
            name=resolved.action.name,
            version=resolved.action.version,
            subject=run.caller.subject,
            activation_id=run.activation_id,
            start=self.start,
            end=end,
            duration=self.duration,
            response=response,
            logs=tuple(self.logs),
            annotations=tuple(annotations),
            cause=run.cause,
        )

    def never_ended(self, now: int) -> Activation:
        """Return the record to use if the playground ends before this run. ``now`` is epoch ms."""
        return self.record(ActivationResponse(WHISK_ERROR, {"error": NEVER_ENDED}), now)


class RunComponent(Protocol):
    """A callable that runs an action as a component of ``parent`` and waits until it ends."""

    async def __call__(
        self, parent: Composite, resolved: ResolvedAction, payload: Payload, *, plain: bool = False
    ) -> Activation | str:
        """Run ``resolved``, and return its record, or its activation id after a timeout.

        If ``plain`` is true, a conductor runs once as a plain action, without its composition.
        """


def application_error(message: str) -> ActivationResponse:
    return _error(APPLICATION_ERROR, message)


def whisk_error(message: str) -> ActivationResponse:
    return _error(WHISK_ERROR, message)


def _error(status_code: int, error: Any) -> ActivationResponse:
    return ActivationResponse(status_code, {"error": error})


NO_NAME = "Failed to parse action name from json value {} during composition."
NOT_FOUND = "Failed to resolve action with name '{}' during composition."
NOT_ENTITLED = "Failed entitlement check for action with name '{}' during composition."
TOO_MANY = "Too many actions in the composition."
FAILED = "Activation failure during composition."
NO_ANSWER = "Timeout reached when retrieving activation {} during composition."


class ListFromConductor(Exception):
    """Raised for a conductor that returned a list, for which OpenWhisk fails without a record."""


class Compositions:
    """Runs compositions. A component's error is passed to the conductor as its result."""

    def __init__(
        self,
        resolved_actions: ResolvedActionCache,
        access: Access,
        run_component: RunComponent,
        max_length: int,
    ) -> None:
        """Create a runner for compositions.

        ``max_length`` is the maximum number of components, including nested compositions.
        """
        self._resolved_actions = resolved_actions
        self._access = access
        self._run_component = run_component
        self._max_length = max_length

    async def perform(self, composition: Composite) -> ActivationResponse:
        """Run a composition.

        Raises PlaygroundError if the playground stops or its disk is full, and ListFromConductor.
        """
        if composition.depth > MAX_DEPTH:
            return application_error(TOO_MANY)
        payload: Payload = composition.run.payload
        state = None
        if isinstance(payload, list):
            # As in OpenWhisk, a conductor in a sequence does not get a list.
            payload = {}
        while composition.counts.conductors <= 2 * self._max_length:
            composition.counts.conductors += 1
            done = await self._conduct(composition, _with_state(payload, state))
            if isinstance(done, ActivationResponse):
                return done
            result = done.response.result
            if not isinstance(result, dict):
                if composition.run.accepted:
                    return whisk_error(FAILED)
                raise ListFromConductor(composition.run.resolved.path)
            params = _boxed(result["params"], "value") if "params" in result else None
            state = _boxed(result["state"], "state") if "state" in result else None
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
        """Run the conductor once, with the code that it had at the start of the composition.

        Returns the record of the run, or the response that ends the composition.
        """
        return await self._run(composition, composition.run.resolved, payload, plain=True)

    async def _component(
        self, composition: Composite, action: Any, params: Mapping[str, Any]
    ) -> Mapping[str, Any] | ActivationResponse:
        """Run the component ``action``.

        Returns the conductor's next payload, or the response that ends the composition.
        """
        caller = composition.run.caller
        name = _component_name(action, caller.namespace)
        if name is None:
            return {"error": NO_NAME.format(orjson.dumps(action).decode())}
        if composition.counts.components >= self._max_length:
            return {"error": TOO_MANY}
        if not self._access.is_entitled(caller.namespace, name):
            return {"error": NOT_ENTITLED.format(name.path)}
        try:
            resolved = self._resolved_actions.find(name, caller)
        except (ActionNotFound, ActionConflict, NotAuthorized):
            return {"error": NOT_FOUND.format(name.path)}
        if not resolved.is_conductor:
            composition.counts.components += 1
        done = await self._run(composition, resolved, params)
        if isinstance(done, ActivationResponse):
            return done
        if not isinstance(done.response.result, dict):
            # As in OpenWhisk, although the component ran.
            return {"error": NOT_FOUND.format(name.path)}
        return done.response.result

    async def _run(
        self,
        composition: Composite,
        resolved: ResolvedAction,
        payload: Payload,
        *,
        plain: bool = False,
    ) -> Activation | ActivationResponse:
        """Run an action. Return its record, or the response that ends the composition."""
        try:
            done = await self._run_component(composition, resolved, payload, plain=plain)
        except PlaygroundError:
            raise
        except Exception:
            # The composition must get a record whatever error its component raises. The error
            # itself has been logged.
            return whisk_error(FAILED)
        if isinstance(done, str):
            composition.logs.append(done)
            return whisk_error(NO_ANSWER.format(done))
        composition.add_component(done)
        return done


def _with_state(payload: Payload, state: Mapping[str, Any] | None) -> Payload:
    return payload if state is None else {**_boxed(payload, "value"), **state}


def _boxed(value: Any, key: str) -> dict[str, Any]:
    return value if isinstance(value, dict) else {key: value}


def _component_name(action: Any, own_namespace: str) -> FullName | None:
    """Parse an action name from a conductor (contract §1.3). Return None if it is invalid."""
    if not isinstance(action, str):
        return None
    try:
        name = FullName.parse(action, own_namespace)
    except NameNotAllowed:
        return None
    if name.namespace == OWN_NAMESPACE:
        return FullName(own_namespace, name.package, name.name)
    return name
