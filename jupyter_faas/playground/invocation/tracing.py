"""``TracedInvoker``, which records a span and metrics for each run if there is telemetry.

It is a subclass, so that an invoker without telemetry has nothing to do for it. Either way, a run
has the trace context of the request that started it, or of the composition that it is part of.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from jupyter_faas.cost import DEFAULT_LIST, PriceList, PriceLists, load_price_list
from jupyter_faas.errors import InputError
from jupyter_faas.playground.invocation.conductors import Composite
from jupyter_faas.playground.invocation.invoker import Invoker
from jupyter_faas.playground.invocation.run import Finished, Run
from jupyter_faas.telemetry import Span, SpanKind, Telemetry, run_attributes
from jupyter_faas.telemetry.runs import ERROR, OTHER, TRIGGER
from jupyter_faas.whisk import Activation
from jupyter_faas.whisk.entities import SEQUENCE

log = logging.getLogger(__name__)


class RunTracer:
    """Starts the span of each run, and ends it with the facts of its record.

    Its methods never raise, because an error here, such as that of a sampler or of a price list,
    must not affect the run. The first error is logged.
    """

    def __init__(self, telemetry: Telemetry, prices: PriceList) -> None:
        self._telemetry = telemetry
        # Many runs have the same memory and nearly the same duration.
        self._cost = lru_cache(4096)(prices.cost_usd)
        self._spans: dict[str, Span] = {}
        self._has_failed = False

    def begin(self, run: Run) -> None:
        """Start the span of a run, whose function and components then belong to that span."""
        with self._errors_logged():
            self._begin(run)

    def end(self, run: Run, result: Finished | Exception) -> None:
        """End the span of a run, and count the run in the metrics."""
        with self._errors_logged():
            self._end(run, result)

    @contextmanager
    def _errors_logged(self) -> Iterator[None]:
        try:
            yield
        except Exception:
            if not self._has_failed:
                log.exception("A run could not be traced. Further errors are not logged.")
            self._has_failed = True

    def _begin(self, run: Run) -> None:
        span = self._telemetry.start_span(
            run.resolved.action.name,
            # A component is not requested from outside.
            SpanKind.INTERNAL if run.origin.trigger == OTHER else SpanKind.SERVER,
            parent=run.trace,
            attributes=dict(run.origin.attributes),
            ago_s=time.perf_counter() - run.received,
        )
        self._spans[run.activation_id] = span
        # Without spans, the context of the request is passed on.
        run.trace = span.context or run.trace

    def _end(self, run: Run, result: Finished | Exception) -> None:
        span = self._spans.pop(run.activation_id, None)
        if span is None:
            # The run was refused before it started.
            self._begin(run)
            span = self._spans.pop(run.activation_id)
        if isinstance(result, Exception):
            span.set({TRIGGER: run.origin.trigger, "faas.invocation_id": run.activation_id})
            span.fail(type(result).__name__)
        else:
            self._describe(span, run, result.activation)
        # They include the status of the response now.
        span.set(run.origin.attributes)
        span.end()

    def _describe(self, span: Span, run: Run, record: Activation) -> None:
        cost = self._cost_usd(record)
        attributes = run_attributes(record, run.origin.trigger, cost)
        span.set({**attributes, "cloud.resource_id": f"/{run.resolved.path}"})
        if not record.response.success:
            span.fail(str(attributes[ERROR]), record.response.status)
        self._telemetry.record(record, run.origin.trigger, cost)

    def _cost_usd(self, record: Activation) -> float | None:
        """Return the cost of a run. A composition costs what its components cost."""
        duration, memory = record.duration, record.memory_mb
        if duration is None or memory is None or record.kind == SEQUENCE:
            return None
        return float(self._cost(memory, max(0, duration), record.peak_mb))

    def close(self) -> None:
        """End the spans of runs that the end of the playground interrupts."""
        for span in self._spans.values():
            span.fail("shutdown")
            span.end()
        self._spans.clear()


class TracedInvoker(Invoker):
    """An invoker that tells ``tracer`` about each run, including components."""

    def __init__(self, *args: Any, tracer: RunTracer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tracer = tracer

    def _start_plain(self, run: Run, on_end: Callable[[Finished | Exception], None]) -> None:
        self._tracer.begin(run)
        super()._start_plain(run, on_end)

    def _start_composite(
        self, composite: Composite, on_end: Callable[[Finished | Exception], None]
    ) -> None:
        self._tracer.begin(composite.run)
        super()._start_composite(composite, on_end)

    def _on_end(
        self,
        run: Run,
        on_end: Callable[[Finished | Exception], None],
        result: Finished | Exception,
    ) -> None:
        # This answers the client, or lets the task go on that answers it. The span ends after that
        # and has the status of the response.
        super()._on_end(run, on_end, result)
        asyncio.get_running_loop().call_soon(self._tracer.end, run, result)

    async def close(self) -> list[Run]:
        ended = await super().close()
        # The spans of runs that have just ended are still open.
        await asyncio.sleep(0)
        self._tracer.close()
        return ended


def chosen_prices(data_dir: Path) -> PriceList:
    """Return the default price list, with the changes in the user's ``prices.toml``. Blocking."""
    try:
        return PriceLists(data_dir / "prices.toml").get(DEFAULT_LIST)
    except InputError as error:
        log.warning("The metric of the cost uses the default prices: %s", error.message)
        return load_price_list()
