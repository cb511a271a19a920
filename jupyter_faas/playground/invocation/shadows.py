"""Shadows: copies of the calls of a function, for a version that is deployed beside it.

When a run of ``iris`` has ended and its caller has the answer, ``iris-shadow`` gets the same input.
A copy must not cost the caller anything. So one copy runs at a time, the latest ``_MOST_WAITING``
inputs wait for their turn, and earlier ones are dropped. Whatever happens to a copy stays in its
own record.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace

from jupyter_faas.errors import FaasError
from jupyter_faas.playground.entities.access import Access
from jupyter_faas.playground.entities.resolved_action import ResolvedAction, ResolvedActionCache
from jupyter_faas.playground.invocation.run import Finished, Run
from jupyter_faas.telemetry import STEP
from jupyter_faas.whisk import FullName, KeyValue
from jupyter_faas.whisk.variants import SHADOW_OF, Variant

log = logging.getLogger(__name__)

_MOST_WAITING = 20

OnEnd = Callable[[Finished | Exception], None]


class Shadows:
    """The copies that wait or run. ``start`` starts a run, and calls its argument at the end."""

    def __init__(
        self,
        access: Access,
        resolved_actions: ResolvedActionCache,
        new_id: Callable[[], str],
        start: Callable[[Run, OnEnd], None],
    ) -> None:
        self._access = access
        self._resolved_actions = resolved_actions
        self._new_id = new_id
        self._start = start
        self._waiting: deque[tuple[Run, FullName]] = deque(maxlen=_MOST_WAITING)
        self._running: Run | None = None

    def running_in(self, namespace: str) -> int:
        """Return the number of copies that run for a namespace, which its limits do not count."""
        return int(self._running is not None and self._running.caller.namespace == namespace)

    def after(self, run: Run) -> None:
        """Copy a run that has ended, if its action has a shadow and the run is not a copy."""
        shadow = run.resolved.shadow
        # This is called after each run, so the usual case is one lookup in a dictionary.
        if not self._access.has_action(shadow) or not isinstance(run.payload, Mapping):
            return
        self._waiting.append((run, shadow))
        # The worker of the run is not free yet, and nothing here may disturb its release.
        asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        while self._running is None and self._waiting:
            run, shadow = self._waiting.popleft()
            resolved = self._resolve(run, shadow)
            if resolved is None:
                continue
            copy = Run(
                self._new_id(),
                self._new_id(),
                run.caller,
                run.payload,
                time.perf_counter(),
                resolved,
                # The runner would resolve the name again, without the annotation.
                keeps_code=True,
                trace=run.trace,
                origin=STEP,
            )
            self._running = copy
            try:
                self._start(copy, self._on_end)
            except Exception:
                # The next copies must not wait for one that never began.
                log.exception("A call could not be copied to the shadow.")
                self._running = None

    def _resolve(self, run: Run, shadow: FullName) -> ResolvedAction | None:
        try:
            found = self._resolved_actions.find(shadow, run.caller)
            found.check(run.payload)  # type: ignore[arg-type]  # a mapping, as ``after`` has checked
        except FaasError:
            return None  # it was removed in the meantime, or it does not take these parameters
        variant = Variant.read(found.action)
        if variant is None or variant.role != "shadow":
            return None
        mark = KeyValue(SHADOW_OF, run.activation_id)
        return replace(found, annotations=(*found.annotations, mark))

    def _on_end(self, _: Finished | Exception) -> None:
        self._running = None
        # The copy's worker is free in the next iteration, so one worker is enough for all copies.
        asyncio.get_running_loop().call_soon(self._next)

    def close(self) -> None:
        """Drop the copies that wait."""
        self._waiting.clear()
