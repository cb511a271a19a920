"""Functions that invoke an action, and that build summaries and records with their cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jupyter_faas.errors import ActivationNotFound, ActivationTimedOut, TargetNotReachable
from jupyter_faas.telemetry import process_telemetry
from jupyter_faas.telemetry.runs import HTTP
from jupyter_faas.whisk.entities import SEQUENCE
from jupyter_faas.workspace.failures import shortened
from jupyter_faas.workspace.results import ActivationRecord, ActivationSummary
from jupyter_faas.workspace.settings import PLAYGROUND

if TYPE_CHECKING:
    from decimal import Decimal

    from jupyter_faas.client import Client
    from jupyter_faas.cost import PriceList
    from jupyter_faas.whisk import Activation

# The first and the longest pause between requests for a record, in seconds. Pauses grow, so that a
# long run does not cause thousands of requests.
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.05, 2.0
# The pauses before requests for a record with logs, in seconds. Hosts store the record only after
# they have responded to a blocking request, mostly within some milliseconds.
_LOG_PAUSES_S = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5)
_ALARMS = "whisk.system/alarms/"


def summarize(activation: Activation, prices: PriceList) -> ActivationSummary:
    """Return the summary of an activation, without its result and logs."""
    return ActivationSummary(**_facts(activation, prices))


def describe(
    activation: Activation, prices: PriceList, target: str, max_timeout_ms: int | None = None
) -> ActivationRecord:
    """Return the complete record of an activation that ran on the target named ``target``.

    ``max_timeout_ms`` is the largest time limit of the target, or None if it is unknown.
    """
    return ActivationRecord(
        **_facts(activation, prices),
        result=shortened(activation.response.result),
        logs=activation.logs,
        annotations={each.key: each.value for each in activation.annotations},
        target=target,
        max_timeout_ms=max_timeout_ms,
    )


def _facts(activation: Activation, prices: PriceList) -> dict[str, Any]:
    billed_ms, cost = _cost(activation, prices)
    return {
        "id": activation.activation_id,
        "name": name_of_run(activation),
        "version": activation.version,
        "kind": activation.kind,
        "start": activation.start,
        "end": activation.end,
        "duration_ms": _duration_ms(activation),
        "init_ms": activation.init_ms,
        "wait_ms": activation.wait_ms,
        "cold": activation.cold,
        "status": activation.response.status,
        "ok": activation.response.success,
        "memory_mb": activation.memory_mb,
        "billed_ms": billed_ms,
        "cost_per_million": cost,
        "cause": activation.cause,
        "composition": activation.annotation("conductor") is True,
        "peak_mb": activation.peak_mb,
        "feed": is_feed(activation),
    }


def _duration_ms(activation: Activation) -> int | None:
    """Return the duration of a run, in ms.

    A session's own record has the sum of its steps, and its entry in a list the time from its start
    to its end. This is always the time from start to end, so that a session has one duration.
    """
    if activation.kind == SEQUENCE and activation.end is not None:
        return activation.end - activation.start
    return activation.duration


def _cost(activation: Activation, prices: PriceList) -> tuple[int | None, Decimal | None]:
    """Return the billed ms and the cost of a million such runs, or None for both if unknown.

    Both are None for a sequence or composition, because only its components are charged. The
    memory in its record is only the largest memory of any component.
    """
    duration, memory = activation.duration, activation.memory_mb
    if duration is None or duration < 0 or memory is None or activation.kind == SEQUENCE:
        return None, None
    return prices.billed_ms(duration), prices.per_million(memory, duration, activation.peak_mb)


def is_feed(activation: Activation) -> bool:
    """Return whether the activation is a run of the alarms feed.

    The alarms feed creates or removes a schedule. OpenWhisk stores its records in the trigger's
    namespace (openwhisk-contract.md §2.3).
    """
    path = activation.annotation("path")
    return isinstance(path, str) and path.startswith(_ALARMS)


def name_of_run(activation: Activation) -> str:
    """Return the name of the action that ran, as ``name`` or ``package/name``."""
    path = activation.annotation("path")
    segments = path.split("/") if isinstance(path, str) else []
    return "/".join(segments[1:]) if len(segments) == 3 else activation.name


def invoke(
    client: Client,
    name: str,
    params: Mapping[str, Any],
    *,
    blocking: bool,
    timeout_s: float,
    replay: bool = False,
    now: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Activation:
    """Run an action and return its record with logs, even when the run failed.

    With ``blocking``, the host waits for the run and responds with its record. If not, or if the
    run takes longer than the host waits, this function polls for the record. ``replay`` marks a
    kept input, which the playground must not keep again. Raises ActivationTimedOut if there is no
    record after ``timeout_s``.
    """
    began = now()
    wait_ms = max(1, min(client.profile.wait_ms, int(timeout_s * 1000)))
    answer = client.invoke(
        name,
        params,
        blocking=blocking,
        timeout_ms=wait_ms if blocking else None,
        replay=replay,
    )
    if not isinstance(answer, str):
        if answer.logs or not _is_recorded(client, answer):
            return answer
        return _with_logs(client, answer, pause)
    return wait_for_record(client, name, answer, timeout_s, began=began, now=now, pause=pause)


def count_run(client: Client, run: Activation, cost_usd: Decimal | None) -> None:
    """Count a run in this process's metrics, if the host does not count it.

    The playground counts all its runs, including those of other clients.
    """
    if client.target.kind != PLAYGROUND:
        cost = None if cost_usd is None else float(cost_usd)
        process_telemetry().record(run, HTTP, cost)


def wait_for_record(
    client: Client,
    name: str,
    activation_id: str,
    timeout_s: float,
    *,
    began: float | None = None,
    now: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Activation:
    """Poll for the record of an activation of ``name``, and return it.

    Raises ActivationTimedOut if there is no record ``timeout_s`` after ``began``, by default now.
    """
    pauses = pauses_for_record(name, activation_id, timeout_s, began=began, now=now)
    while (found := find_record(client, activation_id)) is None:
        pause(next(pauses))
    return found


def pauses_for_record(
    name: str,
    activation_id: str,
    timeout_s: float,
    *,
    began: float | None = None,
    now: Callable[[], float] = time.monotonic,
) -> Iterator[float]:
    """Yield the pause before each further look for a record, in seconds.

    Raises ActivationTimedOut as ``wait_for_record`` does.
    """
    deadline = (now() if began is None else began) + timeout_s
    wait_s = _FIRST_PAUSE_S
    while True:
        left_s = deadline - now()
        if left_s <= 0:
            raise ActivationTimedOut(
                f"Activation {activation_id} of {name!r} has no record after {timeout_s:g} s.",
                hint="The activation may still be running. To see it later: %faas logs "
                f"{activation_id}\nTo list the latest runs: %faas activations",
            )
        yield min(wait_s, left_s)
        wait_s = min(wait_s * 1.5, _LAST_PAUSE_S)


def _is_recorded(client: Client, activation: Activation) -> bool:
    """Return whether the host stores a record of this blocking run."""
    always = client.profile.records_blocking_success or client.target.extra_logging
    return always or not activation.response.success


def _with_logs(
    client: Client, activation: Activation, pause: Callable[[float], None]
) -> Activation:
    """Fetch the stored record, because a blocking response has no logs.

    Returns ``activation`` unchanged if its record is not stored in time, or if the target can no
    longer be reached. See openwhisk-contract.md §3.2.
    """
    # The run has ended, so a record without logs is better than an error. The stop of a playground
    # ends its runs just before it ends itself.
    with suppress(TargetNotReachable):
        for wait_s in _LOG_PAUSES_S:
            pause(wait_s)
            found = find_record(client, activation.activation_id)
            if found is not None:
                return found
    return activation


def find_record(client: Client, activation_id: str) -> Activation | None:
    """Return the record of an activation, or None if there is none yet."""
    try:
        return client.get_activation(activation_id)
    except ActivationNotFound:
        return None
