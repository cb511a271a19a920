"""The W3C trace context: which span a request belongs to (https://www.w3.org/TR/trace-context/).

The context is passed on in the headers ``traceparent`` and ``tracestate`` of a request, and in the
environment variables of the same names of a function that runs. This does not need OpenTelemetry.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

TRACEPARENT, TRACESTATE = "traceparent", "tracestate"

# Version, trace id, span id and flags. Later versions may have further fields.
_TRACEPARENT = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f]{2}"
    r"(?P<more>-[!-~]{0,256})?",
    re.ASCII,
)
# Only printable ASCII, because the value becomes a header and an environment variable. The length
# is the one that every implementation must pass on.
_TRACESTATE = re.compile(r"[ -~\t]{1,512}", re.ASCII)


class TraceContext(NamedTuple):
    """A valid trace context. ``tracestate`` is empty if there is none."""

    traceparent: str
    tracestate: str = ""

    @classmethod
    def read(cls, traceparent: str | None, tracestate: str | None = None) -> TraceContext | None:
        """Return the context of two headers, or None if ``traceparent`` is missing or invalid.

        As the standard requires, an invalid header is treated like a missing one.
        """
        found = _TRACEPARENT.fullmatch((traceparent or "").strip())
        if found is None or found["version"] == "ff":
            return None
        if found["version"] == "00" and found["more"] is not None:
            return None
        if not int(found["trace"], 16) or not int(found["span"], 16):
            return None
        state = (tracestate or "").strip()
        return cls(found[0], state if _TRACESTATE.fullmatch(state) else "")

    @classmethod
    def of_headers(cls, headers: Mapping[str, str]) -> TraceContext | None:
        """Return the context of a request, whose header names are in lower case."""
        return cls.read(headers.get(TRACEPARENT), headers.get(TRACESTATE))

    @classmethod
    def of_environment(cls, environ: Mapping[str, str]) -> TraceContext | None:
        """Return the context of this process, which its starter has set.

        Functions have ``traceparent``. OpenTelemetry's own tools set ``TRACEPARENT``.
        """
        for name, state in ((TRACEPARENT, TRACESTATE), (TRACEPARENT.upper(), TRACESTATE.upper())):
            value = environ.get(name)
            found = cls.read(value, environ.get(state)) if value else None
            if found is not None:
                return found
        return None

    def headers(self) -> dict[str, str]:
        """Return the headers for a request that belongs to this context."""
        if not self.tracestate:
            return {TRACEPARENT: self.traceparent}
        return {TRACEPARENT: self.traceparent, TRACESTATE: self.tracestate}


def current_context() -> TraceContext | None:
    """Return the context of the current span, else that of this process, else None.

    The span may also be one of the user's own code. OpenTelemetry is not imported for this, because
    without it there is no current span.
    """
    api = sys.modules.get("opentelemetry.trace")
    if api is not None:
        found = context_of(api.get_current_span())
        if found is not None:
            return found
    return TraceContext.of_environment(os.environ)


def context_of(span: Any) -> TraceContext | None:
    """Return the context of a span of OpenTelemetry, or None for the span that records nothing."""
    context = span.get_span_context()
    if not context.is_valid:
        return None
    return TraceContext(
        f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}",
        context.trace_state.to_header(),
    )


def trace_headers() -> dict[str, str]:
    """Return the headers of a request that is sent now. They are empty outside of a trace."""
    found = current_context()
    return {} if found is None else found.headers()
