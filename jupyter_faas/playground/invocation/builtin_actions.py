"""Built-in actions, such as alarm feeds, which the playground runs without a worker."""

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
    """The handlers of built-in actions by action name.

    Clients can read, bind and invoke built-in actions like any other action.
    """

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def add(self, name: FullName, handler: Handler) -> None:
        """Register a handler, which takes the caller and the arguments and returns the result."""
        self._handlers[name.path] = handler

    def has(self, resolved: ResolvedAction) -> bool:
        """Return whether an action is built in. It may have been resolved through a binding."""
        return resolved.path in self._handlers

    async def run(self, run: Run) -> Outcome:
        """Run the handler of an action, and return its result in the same form as a worker's."""
        started = time.perf_counter()
        handler = self._handlers[run.resolved.path]
        arguments = run.resolved.arguments(run.payload)
        # The payload is a list if the previous component of a sequence returned one. A list does
        # not contain named arguments.
        given = arguments if isinstance(arguments, Mapping) else {}
        result = await handler(run.caller, given)
        reply = orjson.dumps(result)
        return Outcome(OutcomeStatus.ANSWERED, reply, len(reply), time.perf_counter() - started, ())
