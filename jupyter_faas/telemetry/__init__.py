"""Traces and metrics for OpenTelemetry (docs/traces.md).

``open_telemetry`` returns the object that the other packages call. Unless the environment names a
collector, its methods do nothing, and OpenTelemetry is not imported. ``context.py`` is the
W3C trace context, which is passed on even then. Only ``sdk.py`` and ``instruments.py`` import
OpenTelemetry.
"""

from __future__ import annotations

from jupyter_faas.telemetry.context import TraceContext, trace_headers
from jupyter_faas.telemetry.origin import CALL, RULE, STEP, Origin, request_attributes
from jupyter_faas.telemetry.runs import Attributes, run_attributes
from jupyter_faas.telemetry.settings import PLAYGROUND, open_telemetry, process_telemetry
from jupyter_faas.telemetry.telemetry import Span, SpanKind, Telemetry

__all__ = [
    "CALL",
    "PLAYGROUND",
    "RULE",
    "STEP",
    "Attributes",
    "Origin",
    "Span",
    "SpanKind",
    "Telemetry",
    "TraceContext",
    "open_telemetry",
    "process_telemetry",
    "request_attributes",
    "run_attributes",
    "trace_headers",
]
