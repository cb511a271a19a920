"""One invocation under way, and the records that may come of it."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.resolved_action import Payload, ResolvedAction
from jupyter_faas.playground.workers.exchange import Outcome, OutcomeStatus
from jupyter_faas.whisk import Activation, ActivationResponse, KeyValue, KeyValues
from jupyter_faas.whisk.activations import MEMORY_PEAK, WHISK_ERROR
from jupyter_faas.whisk.entities import SEQUENCE

# On an activation that ran on something else than its kind names: ``node v22.3.0``.
RUNTIME = "faas-runtime"

NEVER_ENDED = "The playground ended before this activation did."

# In every record of what a sequence or a composition has run.
CAUSED_BY = KeyValue("causedBy", SEQUENCE)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class InvokerOptions:
    """``apihost`` is the URL that actions find in ``__OW_API_HOST``; ``now_ms`` is epoch ms.

    ``max_sequence_length`` bounds the components of a sequence or composition;
    one that does not answer is given up ``grace_s`` after its own time limit.
    """

    apihost: str
    max_result_bytes: int
    new_id: Callable[[], str]
    now_ms: Callable[[], int] = now_ms
    max_sequence_length: int = 50
    grace_s: float = 60.0


class Finished:
    """A run that ended in time. ``doc`` is its record as JSON."""

    __slots__ = ("_activation", "activation_id", "doc", "logs", "response")

    def __init__(
        self,
        activation_id: str,
        response: ActivationResponse,
        logs: tuple[str, ...],
        doc: bytes,
        activation: Callable[[], Activation],
    ) -> None:
        """``activation`` makes the record, if somebody wants to see more of it than this."""
        self.activation_id = activation_id
        self.response = response
        self.logs = logs
        self.doc = doc
        self._activation = activation

    @classmethod
    def of(cls, activation: Activation, doc: bytes) -> Finished:
        return cls(
            activation.activation_id, activation.response, activation.logs, doc, lambda: activation
        )

    @property
    def activation(self) -> Activation:
        return self._activation()


@dataclass(eq=False)
class Run:
    """``accepted``: somebody counts on its id, so it must get a record. ``received``: monotonic.

    ``cause`` is the id of the sequence or composition that it is a part of.
    """

    activation_id: str
    transaction_id: str
    caller: Caller
    payload: Payload
    received: float
    plan: ResolvedAction
    cause: str | None = None
    accepted: bool = False

    def environment(self, apihost: str, deadline_ms: int) -> dict[str, str]:
        """What a worker that is started for this run finds while its code is loaded."""
        found = {f"__OW_{key.upper()}": value for key, value in self._fields(deadline_ms).items()}
        return {**found, "__OW_API_HOST": apihost}

    def message(self, arguments: Payload, deadline_ms: int) -> bytes:
        """The line that a worker reads (contract §5.1)."""
        return orjson.dumps({"value": arguments, **self._fields(deadline_ms)})

    def _fields(self, deadline_ms: int) -> dict[str, str]:
        fields = {
            "namespace": self.caller.namespace,
            "action_name": f"/{self.plan.path}",
            "action_version": self.plan.action.version,
            "activation_id": self.activation_id,
            "transaction_id": self.transaction_id,
            "deadline": str(deadline_ms),
        }
        if self.plan.wants_key:
            fields["api_key"] = self.caller.auth
        return fields

    def record(
        self,
        response: ActivationResponse,
        *,
        started: Outcome | None,
        outcome: Outcome | None,
        waited_s: float,
        end: int,
        runtime: str = "",
    ) -> Activation:
        """The record of a run: how its worker started, if it did for this run, and how it ran.

        ``waited_s`` is from the request to the run, ``end`` epoch ms. Durations are whole ms,
        rounded up: a run that took any time at all took one. ``runtime``: what ran it, where its
        kind names something else.
        """
        init_s = started.seconds if started else 0.0
        last = outcome or started
        duration = milliseconds(init_s + (outcome.seconds if outcome else 0.0))
        annotations = [
            KeyValue("waitTime", max(0, round((waited_s - init_s) * 1000))),
            KeyValue("timeout", last is not None and last.status is OutcomeStatus.TIMED_OUT),
        ]
        if started is not None:
            annotations.append(KeyValue("initTime", milliseconds(init_s)))
        peaks = [each.peak_mb for each in (started, outcome) if each and each.peak_mb]
        if peaks:
            annotations.append(KeyValue(MEMORY_PEAK, max(peaks)))
        if runtime:
            annotations.append(KeyValue(RUNTIME, runtime))
        return self._activation(
            response,
            start=end - duration,
            end=end,
            logs=last.logs if last else (),
            annotations=tuple(annotations),
        )

    def never_ended(self, now: int) -> Activation:
        """The record for the case that the playground ends before this run does."""
        return self._activation(
            ActivationResponse(WHISK_ERROR, {"error": NEVER_ENDED}),
            start=now,
            end=now,
            logs=(),
            annotations=(KeyValue("waitTime", 0), KeyValue("timeout", False)),
        )

    def _activation(
        self,
        response: ActivationResponse,
        *,
        start: int,
        end: int,
        logs: tuple[str, ...],
        annotations: KeyValues,
    ) -> Activation:
        return Activation(
            namespace=self.caller.namespace,
            name=self.plan.action.name,
            version=self.plan.action.version,
            subject=self.caller.subject,
            activation_id=self.activation_id,
            start=start,
            end=end,
            duration=end - start,
            response=response,
            logs=logs,
            annotations=(
                *self.plan.annotations,
                *annotations,
                *((CAUSED_BY,) if self.cause else ()),
            ),
            cause=self.cause,
        )


def milliseconds(seconds: float) -> int:
    """Whole ms, rounded up: what took any time at all took one."""
    return max(1, math.ceil(seconds * 1000))


# -- Ids for activations and transactions.


_AT_ONCE = 128


class Ids:
    """32 hexadecimal digits, as unguessable as a UUID of version 4, whose fixed bits nobody asks
    for. Many are drawn at once: asking the kernel takes longer than all else here."""

    def __init__(self) -> None:
        self._digits = ""
        self._next = 0

    def __call__(self) -> str:
        if self._next == len(self._digits):
            self._digits = os.urandom(16 * _AT_ONCE).hex()
            self._next = 0
        self._next += 32
        return self._digits[self._next - 32 : self._next]
