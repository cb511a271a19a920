"""Fire triggers: invoke the actions of their rules, and write the record (contract §2.3)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from jupyter_faas.errors import FaasError, PlaygroundError
from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.invocation.invoker import Invoker
from jupyter_faas.playground.rate_limits import RateLimiter
from jupyter_faas.playground.storage.activations import ActivationStore
from jupyter_faas.telemetry import RULE, Origin, SpanKind, Telemetry, TraceContext
from jupyter_faas.whisk import Activation, ActivationResponse, FullName, RuleLink, Trigger, as_dict
from jupyter_faas.whisk.activations import APPLICATION_ERROR, SUCCESS, WHISK_ERROR
from jupyter_faas.whisk.triggers import ACTIVE

log = logging.getLogger(__name__)

HEADERS = "__ow_headers"


class _Requested(NamedTuple):
    """What the runs of all rules have in common."""

    caller: Caller
    transaction_id: str
    trace: TraceContext | None
    origin: Origin


class Firing:
    """Invokes the actions whose rules are linked to a trigger."""

    def __init__(
        self,
        invoker: Invoker,
        records: ActivationStore,
        rates: RateLimiter,
        *,
        new_id: Callable[[], str],
        now_ms: Callable[[], int],
        telemetry: Telemetry | None = None,
    ) -> None:
        self._invoker = invoker
        self._records = records
        self._rates = rates
        self._new_id = new_id
        self._now_ms = now_ms
        self._telemetry = telemetry or Telemetry()

    async def fire(
        self,
        trigger: Trigger,
        payload: Mapping[str, Any],
        headers: Mapping[str, str],
        *,
        caller: Caller,
        transaction_id: str,
        trace: TraceContext | None = None,
        origin: Origin = RULE,
    ) -> str | None:
        """Fire a trigger, and return the activation id of its record.

        The record is stored before this method returns. Returns None if no rule is active. Does not
        wait until the actions end, and invokes all of them even if one cannot be invoked. ``trace``
        is the trace context of the request, and ``origin`` what has caused the runs. Raises
        PlaygroundError if the record cannot be stored.
        """
        if not any(link.status == ACTIVE for link in trigger.rules.values()):
            return None
        start = self._now_ms()
        arguments = {**as_dict(trigger.parameters), HEADERS: dict(headers), **payload}
        span = self._telemetry.start_span(
            f"fire {trigger.name}",
            SpanKind.PRODUCER,
            parent=trace,
            attributes={
                "openwhisk.trigger": trigger.name,
                "faas.trigger": origin.trigger,
                **origin.attributes,
            },
        )
        requested = _Requested(caller, transaction_id, span.context or trace, origin)
        lines = await asyncio.gather(
            *(
                self._activate(rule, link, arguments, requested)
                for rule, link in trigger.rules.items()
            )
        )
        span.end()
        activation = Activation(
            namespace=caller.namespace,
            name=trigger.name,
            version=trigger.version,
            subject=caller.subject,
            activation_id=self._new_id(),
            start=start,
            end=None,
            duration=None,
            response=ActivationResponse(SUCCESS, payload),
            logs=tuple(orjson.dumps(line).decode() for line in lines),
        )
        await self._records.add(activation)
        return activation.activation_id

    async def _activate(
        self,
        rule: str,
        link: RuleLink,
        arguments: Mapping[str, Any],
        requested: _Requested,
    ) -> dict[str, Any]:
        """Apply one rule, and return its entry in the logs of the trigger's record."""
        action: FullName = link.action
        if link.status != ACTIVE:
            error = f"Rule '{rule}' is inactive, action '{action.path}' was not activated."
            return _line(rule, action, APPLICATION_ERROR, error=error)
        try:
            self._rates.count_invocation(requested.caller.namespace)
            self._rates.check_concurrency(requested.caller.namespace)
            done = await self._invoker.invoke(
                action,
                arguments,
                caller=requested.caller,
                transaction_id=requested.transaction_id,
                wait_s=None,
                trace=requested.trace,
                origin=requested.origin,
            )
        except PlaygroundError as error:
            log.error("Rule %s could not run its action: %s", rule, error)
            return _line(rule, action, WHISK_ERROR, error=error.message)
        except FaasError as error:
            return _line(rule, action, APPLICATION_ERROR, error=error.message)
        activation_id = done if isinstance(done, str) else done.activation.activation_id
        return _line(rule, action, SUCCESS, activationId=activation_id)


def _line(rule: str, action: FullName, status: int, **more: str) -> dict[str, Any]:
    return {
        "rule": rule,
        "action": action.path,
        "statusCode": status,
        "success": status == SUCCESS,
        **more,
    }
