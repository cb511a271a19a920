"""A sequence or a composition under way, and the record of it (contract §2.6)."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from jupyter_faas.playground.plan import Payload, Plan
from jupyter_faas.playground.run import CAUSED_BY, NEVER_ENDED, Run
from jupyter_faas.whisk import Activation, ActivationResponse, KeyValue
from jupyter_faas.whisk.activations import APPLICATION_ERROR, WHISK_ERROR
from jupyter_faas.whisk.entities import SEQUENCE

# How deep they may lie in each other. Upstream has no such bound, and a circle that a changed
# binding closes is endless there.
MAX_DEPTH = 100


@dataclass(eq=False)
class Counts:
    """What has been run so far: shared with what is nested, as the bounds are for all of it.

    ``components`` of a sequence are atomic actions; of a composition, nested sequences too.
    """

    components: int = 0
    conductors: int = 0


@dataclass(eq=False)
class Composite:
    """``start`` is epoch ms. ``depth`` is 1 for what was invoked itself.

    ``logs`` are the ids of the activations that it has caused itself, ``duration`` the ms that
    they took together, ``memory`` the largest of their limits in MB.
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
        """``now`` is epoch ms; ``parent`` is the one that ``run`` is a component of."""
        plan = run.plan
        composite = cls(
            run,
            start=now,
            waited_ms=max(0, round((time.perf_counter() - run.received) * 1000)),
            memory=None if plan.is_sequence else plan.memory_mb,
        )
        if parent is not None:
            composite.depth = parent.depth + 1
            if parent.run.plan.is_sequence == plan.is_sequence:
                composite.counts = parent.counts
        return composite

    def note(self, activation: Activation) -> None:
        """A component, or the conductor, has come to its end."""
        self.logs.append(activation.activation_id)
        # Whole ms, counted back from its end: it may seem to have begun just before all of it.
        self.start = min(self.start, activation.start)
        self.duration += activation.duration or 0
        if activation.memory_mb is not None:
            self.memory = max(self.memory or 0, activation.memory_mb)

    def record(self, response: ActivationResponse, end: int) -> Activation:
        run, plan = self.run, self.run.plan
        annotations = [
            KeyValue("topmost", run.cause is None),
            KeyValue("path", plan.path),
            KeyValue("kind", SEQUENCE),
            KeyValue("waitTime", self.waited_ms),
        ]
        if plan.is_conductor:
            annotations.append(KeyValue("conductor", True))
        if run.cause is not None:
            annotations.append(CAUSED_BY)
        if self.memory is not None:
            limits = replace(plan.action.limits, memory=self.memory)
            annotations.append(KeyValue("limits", limits.to_json()))
        annotations.extend(each for each in plan.annotations if each.key == "binding")
        return Activation(
            namespace=run.caller.namespace,
            name=plan.action.name,
            version=plan.action.version,
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
        """The record for the case that the playground ends before this does."""
        return self.record(ActivationResponse(WHISK_ERROR, {"error": NEVER_ENDED}), now)


class Within(Protocol):
    """Runs an action as a part of a sequence or composition, to its end."""

    async def __call__(
        self, parent: Composite, plan: Plan, payload: Payload, *, plain: bool = False
    ) -> Activation | str:
        """Its record, or its id when it gave no answer in time.

        ``plain``: a conductor is to be run itself, not what it conducts.
        """


def application_error(message: str) -> ActivationResponse:
    return _error(APPLICATION_ERROR, message)


def whisk_error(message: str) -> ActivationResponse:
    return _error(WHISK_ERROR, message)


def _error(status_code: int, error: Any) -> ActivationResponse:
    return ActivationResponse(status_code, {"error": error})
