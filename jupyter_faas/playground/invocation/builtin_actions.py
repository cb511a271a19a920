"""Built-in actions: the playground runs them itself, without a worker (alarm feeds)."""

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
    """Handlers by action name. Clients read, bind and invoke these actions like any other."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def add(self, name: FullName, handler: Handler) -> None:
        """Register ``handler``, which takes caller and arguments and returns the result."""
        self._handlers[name.path] = handler

    def has(self, plan: ResolvedAction) -> bool:
        """Return whether an action is built in, also behind a binding."""
        return plan.path in self._handlers

    async def run(self, run: Run) -> Outcome:
        """Run the handler; return its result as the outcome of a worker."""
        started = time.perf_counter()
        handler = self._handlers[run.plan.path]
        arguments = run.plan.arguments(run.payload)
        # A previous component of a sequence may return a list, which has no named arguments.
        given = arguments if isinstance(arguments, Mapping) else {}
        result = await handler(run.caller, given)
        reply = orjson.dumps(result)
        return Outcome(OutcomeStatus.ANSWERED, reply, len(reply), time.perf_counter() - started, ())
