"""``Run``, which is one invocation in flight, and the generation of ids."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.resolved_action import Payload, ResolvedAction
from jupyter_faas.playground.notes import (
    MISSING_MODULES,
    NOTE,
    OUT_OF_MEMORY,
    WAITED,
    join_notes,
)
from jupyter_faas.playground.workers.exchange import Outcome, OutcomeStatus
from jupyter_faas.playground.workers.logs import LogCollector, with_missing_line
from jupyter_faas.playground.workers.worker import Worker
from jupyter_faas.telemetry import CALL, Origin, TraceContext
from jupyter_faas.whisk import Activation, ActivationResponse, KeyValue, KeyValues
from jupyter_faas.whisk.activations import DEVELOPER_ERROR, MEMORY_PEAK, WHISK_ERROR
from jupyter_faas.whisk.entities import SEQUENCE

# The annotation that names the runtime (``node v22.3.0``) if it differs from the action's kind.
RUNTIME = "faas-runtime"

NEVER_ENDED = "The playground stopped before this activation ended."

# This annotation is in the record of each component of a sequence or composition.
CAUSED_BY = KeyValue("causedBy", SEQUENCE)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class InvokerOptions(NamedTuple):
    """Settings of the invoker.

    ``apihost`` is the URL that actions find in ``__OW_API_HOST``. ``now_ms`` returns epoch ms.
    ``max_sequence_length`` is the maximum number of components of a sequence or composition. The
    invoker stops waiting for a component ``grace_s`` after the component's own time limit.
    """

    apihost: str
    max_result_bytes: int
    new_id: Callable[[], str]
    now_ms: Callable[[], int] = now_ms
    max_sequence_length: int = 50
    grace_s: float = 60.0


class Finished:
    """A run that has ended. ``doc`` is its activation record as JSON."""

    __slots__ = ("_activation", "activation_id", "doc", "logs", "response")

    def __init__(
        self,
        activation_id: str,
        response: ActivationResponse,
        logs: tuple[str, ...],
        doc: bytes,
        activation: Callable[[], Activation],
    ) -> None:
        """Create the result of a run.

        ``activation`` is called to create the record, because most callers need only the other
        attributes.
        """
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
    """An invocation that does not have a record yet.

    ``received`` is the time of the request according to ``time.perf_counter``. ``cause`` is the
    activation id of the sequence or composition that the run is part of. ``accepted`` is true if
    the activation id was returned to a client or is in another record. An accepted run must get a
    record however it ends. ``keeps_code`` is true for a conductor's run in a session: its code is
    that of ``resolved`` even if the action was updated or deleted since (contract §3.6). ``worker``
    and ``logs`` are those of a run that a worker runs now. ``trace`` is the trace context that the
    function gets, and ``origin`` what requested the run.
    """

    activation_id: str
    transaction_id: str
    caller: Caller
    payload: Payload
    received: float
    resolved: ResolvedAction
    cause: str | None = None
    accepted: bool = False
    keeps_code: bool = False
    worker: Worker | None = None
    logs: LogCollector | None = None
    cancelled: bool = False
    trace: TraceContext | None = None
    origin: Origin = CALL

    def cancel(self) -> None:
        """End the run, at once if a worker runs it, else as soon as it would start."""
        self.cancelled = True
        if self.worker is not None:
            self.worker.cancel()

    def environment(self, apihost: str, deadline_ms: int) -> dict[str, str]:
        """Return the ``__OW_…`` environment variables for a worker that is started for this run.

        ``deadline_ms`` is epoch ms.
        """
        found = {f"__OW_{key.upper()}": value for key, value in self._fields(deadline_ms).items()}
        return {**found, "__OW_API_HOST": apihost}

    def message(self, arguments: Payload, deadline_ms: int) -> bytes:
        """Return the JSON message to the worker, without a trailing newline (contract §5.1)."""
        message = {"value": arguments, **self._fields(deadline_ms)}
        if self.trace is not None:
            message.update(self.trace.headers())
        return orjson.dumps(message)

    def _fields(self, deadline_ms: int) -> dict[str, str]:
        fields = {
            "namespace": self.caller.namespace,
            "action_name": f"/{self.resolved.path}",
            "action_version": self.resolved.action.version,
            "activation_id": self.activation_id,
            "transaction_id": self.transaction_id,
            "deadline": str(deadline_ms),
        }
        if self.resolved.wants_key:
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
        note: str = "",
    ) -> Activation:
        """Return the activation record.

        ``started`` is the outcome of starting a worker, or None if the run used a warm worker.
        ``outcome`` is the outcome of the run, or None if the worker could not be started.
        ``waited_s`` is the time from the request to the run. ``end`` is epoch ms. ``runtime`` is
        the value of the annotation RUNTIME, and ``note`` that of NOTE. Both are left out if they
        are empty. Durations are rounded up to
        whole ms.
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
        # An action's remarks, such as those on its kind, are in the records of its cold starts.
        note = join_notes(
            self._note(outcome, last), note, self.resolved.note if started is not None else ""
        )
        if note:
            annotations.append(KeyValue(NOTE, note))
        logs = last.logs if last else ()
        if last and response.status_code == DEVELOPER_ERROR:
            logs = with_missing_line(logs, self.resolved.log_limit, end * 1_000_000)
        return self._activation(
            response,
            start=end - duration,
            end=end,
            logs=logs,
            annotations=tuple(annotations),
        )

    def _note(self, outcome: Outcome | None, last: Outcome | None) -> str:
        """Return a remark about the end of a worker, or an empty text."""
        if last is None:
            return ""
        waited = WAITED.format(f"{self.resolved.timeout_s:g}")
        # The proxy of Python actions survives the end of the process.
        waits = outcome is None and not last.proxied
        if last.status is OutcomeStatus.OUT_OF_MEMORY:
            note = OUT_OF_MEMORY.format(self.resolved.memory_mb)
            return join_notes(note, waited if waits else "")
        if outcome is not None:
            return outcome.note
        if last.status is OutcomeStatus.EXITED and waits:
            return waited
        if last.status is OutcomeStatus.ANSWERED and not last.reply:
            # No process was started: the logs are those of an installation.
            return ""
        lines = "\n".join(last.logs)
        return next((note for text, note in MISSING_MODULES.items() if text in lines), "")

    def never_ended(self, now: int) -> Activation:
        """Return the record to use if the playground ends before this run. ``now`` is epoch ms."""
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
            name=self.resolved.action.name,
            version=self.resolved.action.version,
            subject=self.caller.subject,
            activation_id=self.activation_id,
            start=start,
            end=end,
            duration=end - start,
            response=response,
            logs=logs,
            annotations=(
                *self.resolved.annotations,
                *annotations,
                *((CAUSED_BY,) if self.cause else ()),
            ),
            cause=self.cause,
        )


def milliseconds(seconds: float) -> int:
    """Convert seconds to whole ms, rounded up and at least 1."""
    return max(1, math.ceil(seconds * 1000))


# Ids of activations and transactions

_BATCH = 128


class Ids:
    """A generator of ids of 32 hexadecimal digits: 16 random, 12 of the time, 4 random.

    The time in ms makes the second halves of ids ascend, so that the database writes neighbouring
    records next to each other (``schema.BY_ID``). The first half is random, because people identify
    a run by the beginning of its id. Random bytes are read for many ids at once, because the system
    call takes most of the time, so these ids have the same time.
    """

    def __init__(self, now_ms: Callable[[], int] = now_ms) -> None:
        self._now_ms = now_ms
        self._batch: list[str] = []

    def __call__(self) -> str:
        if not self._batch:
            digits, time = os.urandom(10 * _BATCH).hex(), f"{self._now_ms():012x}"
            self._batch = [
                f"{digits[first : first + 16]}{time}{digits[first + 16 : first + 20]}"
                for first in range(0, len(digits), 20)
            ]
        return self._batch.pop()
