"""``Telemetry``, the interface for spans and metrics, whose methods do nothing.

``sdk.SdkTelemetry`` implements it, and ``settings.py`` chooses between the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from typing import TYPE_CHECKING

from jupyter_faas.telemetry.context import TraceContext
from jupyter_faas.telemetry.runs import Attributes

if TYPE_CHECKING:
    from jupyter_faas.whisk import Activation

TRACES, METRICS = "traces", "metrics"
# How long a process waits at its end for the collector, in seconds.
CLOSE_S = 2.0


class SpanKind(Enum):
    """The kinds of spans in OpenTelemetry."""

    INTERNAL = "INTERNAL"
    SERVER = "SERVER"
    CLIENT = "CLIENT"
    PRODUCER = "PRODUCER"


class Span:
    """A span that is not recorded. ``context`` is None."""

    context: TraceContext | None = None

    def set(self, attributes: Mapping[str, str | bool | int | float]) -> None:
        """Add attributes."""

    def fail(self, error_type: str, message: str = "") -> None:
        """Mark the span as failed. ``message`` must not contain data of functions."""

    def end(self) -> None:
        """End the span now."""


NO_SPAN = Span()


class Telemetry:
    """Telemetry that is off. Its methods do nothing."""

    is_on = False

    def start_span(
        self,
        name: str,
        kind: SpanKind = SpanKind.INTERNAL,
        *,
        parent: TraceContext | None = None,
        attributes: Attributes | None = None,
        ago_s: float = 0.0,
    ) -> Span:
        """Start a span that began ``ago_s`` seconds ago. The caller must end it.

        The parent is ``parent``, or the current span if ``parent`` is None.
        """
        return NO_SPAN

    def span(
        self,
        name: str,
        kind: SpanKind = SpanKind.INTERNAL,
        *,
        parent: TraceContext | None = None,
        attributes: Attributes | None = None,
    ) -> AbstractContextManager[Span]:
        """Return a context in which a new span is the current one. An exception is its failure."""
        return nullcontext(NO_SPAN)

    def record(self, run: Activation, trigger: str, cost_usd: float | None) -> None:
        """Count a run that has ended in the metrics. ``cost_usd`` is None if it is unknown."""

    def use_everywhere(self) -> None:
        """Record the spans of other libraries too. Only for processes that run no user's code."""

    def close(self, wait_s: float = CLOSE_S) -> None:
        """Send what is pending, for at most ``wait_s`` seconds, and stop. Blocking."""
