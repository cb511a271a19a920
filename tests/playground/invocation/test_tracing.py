"""Errors of telemetry, which no run may notice. What a collector gets is in tests/telemetry."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_faas.cost import DEFAULT_LIST, load_price_list
from jupyter_faas.playground.invocation.tracing import RunTracer, chosen_prices
from jupyter_faas.telemetry import CALL, Span, Telemetry


class Broken(Telemetry):
    """As with a sampler that raises."""

    def start_span(self, name: str, *_: Any, **__: Any) -> Span:
        raise RuntimeError("no span today")


def test_errors_are_logged_once_and_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    tracer = RunTracer(Broken(), load_price_list())
    run: Any = SimpleNamespace(
        resolved=SimpleNamespace(action=SimpleNamespace(name="echo")),
        origin=CALL,
        trace=None,
        received=0.0,
        activation_id="a" * 32,
    )
    for _ in range(2):
        tracer.begin(run)
        tracer.end(run, ValueError())
    (record,) = caplog.records
    assert record.getMessage().startswith("A run could not be traced.")


def test_wrong_prices_of_the_user_are_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "prices.toml").write_text(f"[lists.{DEFAULT_LIST}]\nstep_ms = 'x'\n")
    assert chosen_prices(tmp_path) == load_price_list()
    assert "uses the default prices" in caplog.text
