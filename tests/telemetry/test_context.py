from __future__ import annotations

import pytest

from jupyter_faas.telemetry import TraceContext, trace_headers
from tests.telemetry.helpers.playgrounds import PARENT, TRACE


def test_later_versions_may_have_more_fields() -> None:
    value = f"01-{TRACE}-00f067aa0ba902b7-01-more"
    assert TraceContext.read(value) == TraceContext(value)


@pytest.mark.parametrize("state", ["a=1\nX-Evil: 1", "a=\u00e9", "a" * 513])
def test_invalid_state_is_dropped_alone(state: str) -> None:
    assert TraceContext.read(PARENT, state) == TraceContext(PARENT)


def test_requests_belong_to_the_trace_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("traceparent", raising=False)
    monkeypatch.setenv("TRACEPARENT", PARENT)
    monkeypatch.setenv("TRACESTATE", "vendor=1")
    assert trace_headers() == {"traceparent": PARENT, "tracestate": "vendor=1"}


def test_requests_belong_to_the_trace_of_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """``TRACEPARENT`` is that of the process that started the runtime."""
    monkeypatch.setenv("TRACEPARENT", f"00-{TRACE}-{'1' * 16}-01")
    monkeypatch.setenv("traceparent", PARENT)
    assert trace_headers() == {"traceparent": PARENT}


def test_no_headers_outside_of_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("traceparent", "TRACEPARENT"):
        monkeypatch.delenv(name, raising=False)
    assert trace_headers() == {}
