from __future__ import annotations

import pytest

from jupyter_faas.telemetry.settings import signals

URL = "http://127.0.0.1:4318"
ONE = "OTEL_EXPORTER_OTLP_ENDPOINT"
BOTH = frozenset({"traces", "metrics"})


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, frozenset()),
        ({ONE: " "}, frozenset()),
        ({ONE: URL}, BOTH),
        ({ONE: URL, "OTEL_SDK_DISABLED": "TRUE"}, frozenset()),
        ({ONE: URL, "OTEL_SDK_DISABLED": "false"}, BOTH),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": URL}, frozenset({"traces"})),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": URL}, frozenset({"metrics"})),
        ({ONE: URL, "OTEL_TRACES_EXPORTER": "none"}, frozenset({"metrics"})),
        ({ONE: URL, "OTEL_METRICS_EXPORTER": "none"}, frozenset({"traces"})),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, frozenset()),
    ],
)
def test_what_has_a_collector(environ: dict[str, str], wanted: frozenset[str]) -> None:
    assert signals(environ) == wanted
