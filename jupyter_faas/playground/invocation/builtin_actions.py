"""Actions that the playground performs itself, with what no worker has: its own parts."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from jupyter_faas.playground.entities.namespaces import Caller
from jupyter_faas.playground.entities.resolved_action import ResolvedAction
from jupyter_faas.playground.invocation.run import Run
from jupyter_faas.playground.workers.exchange import Outcome, OutcomeStatus
from jupyter_faas.whisk import FullName

Handler = Callable[[Caller, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class BuiltinActions:
    """To everyone who reads, binds or invokes them they are actions like the others."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def add(self, name: FullName, handler: Handler) -> None:
        """``handler`` takes the caller and the arguments, and gives the result."""
        self._handlers[name.path] = handler

    def has(self, plan: ResolvedAction) -> bool:
        """Also behind a binding."""
        return plan.path in self._handlers

    async def run(self, run: Run) -> Outcome:
        """What a worker would have come to."""
        started = time.perf_counter()
        handler = self._handlers[run.plan.path]
        arguments = run.plan.arguments(run.payload)
        # A list, which a component before it in a sequence may give, names nothing.
        given = arguments if isinstance(arguments, Mapping) else {}
        result = await handler(run.caller, given)
        reply = orjson.dumps(result)
        return Outcome(OutcomeStatus.ANSWERED, reply, len(reply), time.perf_counter() - started, ())
