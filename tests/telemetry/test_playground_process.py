"""A playground and its collector, which may be absent, hang or refuse what it gets."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jupyter_faas.playground import stop
from tests.telemetry.helpers.collector import collector, until
from tests.telemetry.helpers.playgrounds import PARENT, PYTHON, Served, Traced, served

SILENT = (
    "Traces and metrics are dropped, because the collector http://127.0.0.1:{} does not accept them"
)
SOON = {"OTEL_BSP_SCHEDULE_DELAY": "20", "OTEL_METRIC_EXPORT_INTERVAL": "20"}


@contextmanager
def hanging() -> Iterator[int]:
    """A port that accepts connections, and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield listener.getsockname()[1]


@contextmanager
def refusing() -> Iterator[int]:
    """A collector that needs a token."""

    class Refusal(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(401)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusal) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@contextmanager
def absent() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    yield port


def test_what_is_pending_is_sent_at_the_end(tmp_path: Path) -> None:
    """With the usual delays, of seconds, the playground ends before it would send anything."""
    with collector() as found:
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": found.url}
        with served(tmp_path, environ) as playground:
            name = playground.actions.action(PYTHON)
            playground.call(name)
            assert name not in [each.name for each in found.spans()]
        assert name in [each.name for each in found.spans()]
        assert found.points("faas.invocations")


@pytest.mark.parametrize("silent", [absent, hanging, refusing])
def test_collector_that_does_not_answer(tmp_path: Path, silent: object) -> None:
    """It costs one line in the log. Calls are answered, and the playground stops in time."""
    assert callable(silent)
    with silent() as port:
        environ = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://user:s3cret@127.0.0.1:{port}",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "4",
            **SOON,
        }
        with served(tmp_path, environ) as playground:
            name = playground.actions.action(PYTHON)
            playground.call(name)
            until(lambda: SILENT.format(port) in playground.log or None, lambda: playground.log)
            began = time.monotonic()
            playground.call(name)
            assert time.monotonic() - began < 3.5
            began = time.monotonic()
            stop(tmp_path)
            assert time.monotonic() - began < 6
        assert playground.log.count("Traces and metrics") == 1
        assert "opentelemetry" not in playground.log.lower()
        assert "s3cret" not in playground.log


def test_collector_that_starts_later(tmp_path: Path) -> None:
    with (
        absent() as port,
        served(
            tmp_path,
            {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}", **SOON},
        ) as playground,
    ):
        name = playground.actions.action(PYTHON)
        playground.call(name)
        until(lambda: SILENT.format(port) in playground.log or None, lambda: playground.log)
        with collector(port) as found:
            until(
                lambda: "accepts traces and metrics again" in playground.log or None,
                lambda: playground.log,
            )
            playground.call(name)
            found.span(name)


def test_functions_see_neither_the_variables_nor_the_threads(traced: Traced) -> None:
    """The headers of a collector may contain its key."""
    code = """
import os
def main(args):
    return {
        "variables": [name for name in os.environ if name.startswith("OTEL")],
        "threads": len(os.listdir("/proc/self/task")),
    }
"""
    name = traced.playground.actions.action(code)
    assert traced.playground.call(name) == {"variables": [], "threads": 1}


def test_standard_variables(tmp_path: Path) -> None:
    with collector() as found:
        environ = {
            **found.environ,
            "OTEL_SERVICE_NAME": "mine",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
            "OTEL_METRICS_EXPORTER": "none",
            # Of the process that started the playground, which later calls have nothing to do with.
            "TRACEPARENT": PARENT,
        }
        with served(tmp_path, environ) as playground:
            name = playground.actions.action(PYTHON)
            playground.call(name)
            span = found.span(name)
            assert not span.parent
            resource = span.resource
        assert resource["service.name"] == "mine"
        assert resource["deployment.environment.name"] == "test"
        assert not found.points("faas.invocations")


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"},
    ],
    ids=["nothing", "disabled", "none"],
)
def test_off(tmp_path: Path, environ: dict[str, str]) -> None:
    with collector() as found:
        variables = {**found.environ, **environ} if environ else {}
        with served(tmp_path, variables) as playground:
            playground.call(playground.actions.action(PYTHON))
            assert not loaded(playground)
        assert not found.text()


def test_on(traced: Traced) -> None:
    assert loaded(traced.playground)


def loaded(playground: Served) -> bool:
    """Whether the process of a playground has loaded the machine code of OTLP's encoder."""
    return "_upb" in Path(f"/proc/{playground.pid}/maps").read_text()
