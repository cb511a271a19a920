"""What processes other than the playground send, as a collector receives it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import pytest
from mcp import Client, StdioServerParameters

from tests.contract.helpers.api import python
from tests.telemetry.helpers.collector import ReceivedSpan
from tests.telemetry.helpers.playgrounds import PARENT, PYTHON, SPAN, TRACE, Served, Traced

CLI = ("-m", "jupyter_faas.cli")
TOOL = [
    {"key": "mcp:type", "value": "tool"},
    {"key": "faas-schema", "value": {"type": "object", "properties": {}}},
]
MISSING = "import sys\nsys.modules['opentelemetry.sdk'] = None\n"


def run(
    traced: Traced, *words: str, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run Python in a process that sends to the collector."""
    return subprocess.run(
        [sys.executable, *words],
        env=variables(traced.playground, traced.collector.environ, environ),
        capture_output=True,
        text=True,
        timeout=100,
    )


def variables(playground: Served, *more: Mapping[str, str] | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    kept["JUPYTER_FAAS_DATA_DIR"] = str(playground.data_dir)
    for each in more:
        kept.update(each or {})
    return kept


def warnings(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What a process wrote besides its own progress."""
    return [line for line in done.stderr.splitlines() if not line.startswith("Invoking ")]


def call_of(traced: Traced, name: str) -> ReceivedSpan:
    """The client's span of a call."""
    return traced.collector.span(name, faas__invoked_name=name)


def test_call_from_the_command_line(traced: Traced) -> None:
    name = traced.playground.actions.action(PYTHON)
    done = run(traced, *CLI, "invoke", name)
    assert done.returncode == 0, done.stderr
    call, served = call_of(traced, name), traced.collector.span(name, faas__name=name)
    assert (call.kind, call.parent) == ("CLIENT", "")
    assert call.attributes["faas.invoked_provider"] == "openwhisk"
    assert call.attributes["server.address"] == "127.0.0.1"
    apihost = traced.playground.api.target.apihost
    assert call.attributes["server.port"] == urlsplit(apihost).port
    assert call.attributes["http.request.method"] == "POST"
    assert call.attributes["http.response.status_code"] == 200
    path = f"/api/v1/namespaces/_/actions/{name}"
    assert call.attributes["url.full"] == f"{apihost}{path}"
    assert call.attributes["faas.invocation_id"] == served.attributes["faas.invocation_id"]
    assert call.resource["service.name"] == "jupyter_faas"
    assert (served.trace, served.parent) == (call.trace, call.id)


def test_process_joins_the_trace_of_its_starter(traced: Traced) -> None:
    """As CI systems set it."""
    name = traced.playground.actions.action(PYTHON)
    run(traced, *CLI, "invoke", name, environ={"TRACEPARENT": PARENT})
    call = call_of(traced, name)
    assert (call.trace, call.parent) == (TRACE, SPAN)


def test_call_that_fails(traced: Traced) -> None:
    name = traced.playground.actions.action("def main(args):\n    return {'error': 's3cret'}\n")
    assert run(traced, *CLI, "invoke", name).returncode != 0
    call = call_of(traced, name)
    assert (call.failed, call.message) == (True, "application error")
    assert call.attributes["http.response.status_code"] == 502
    assert "s3cret" not in traced.collector.text()


def test_call_that_the_target_refuses(traced: Traced) -> None:
    assert run(traced, *CLI, "invoke", "absent_function").returncode != 0
    call = call_of(traced, "absent_function")
    assert call.attributes["error.type"] == "ActionNotFound"
    assert call.attributes["http.response.status_code"] == 404
    assert call.message == ""


def test_map_and_ainvoke_and_spawn(traced: Traced) -> None:
    name = traced.playground.actions.action(PYTHON)
    code = f"""
import asyncio, jupyter_faas as faas
from jupyter_faas.telemetry import process_telemetry
function = faas.function({name!r})
with process_telemetry().span("notebook"):
    function.map([{{}}, {{}}, {{}}])
    asyncio.run(function.ainvoke())
    function.spawn().result()
"""
    done = run(traced, "-c", code)
    assert done.returncode == 0, done.stderr
    whole, batch = traced.collector.span("notebook"), traced.collector.span(f"map {name}")
    assert batch.parent == whole.id
    assert batch.attributes["jupyter_faas.calls"] == 3
    calls = [
        each for each in traced.collector.spans() if each.name == name and each.kind == "CLIENT"
    ]
    assert sorted(each.parent for each in calls) == sorted([batch.id] * 3 + [whole.id] * 2)


def test_call_belongs_to_a_span_of_the_users_own(plain: Served) -> None:
    """Of a program that configures OpenTelemetry in its code, and not with the variables."""
    name = plain.actions.action(PYTHON)
    code = f"""
import jupyter_faas as faas
from opentelemetry.sdk.trace import TracerProvider
function = faas.function({name!r})
with TracerProvider().get_tracer("mine").start_as_current_span("mine") as span:
    context = span.get_span_context()
    wanted = f"00-{{context.trace_id:032x}}-{{context.span_id:016x}}-"
    assert function()["traceparent"].startswith(wanted)
    (found,) = function.map([{{}}])
    assert found["traceparent"].startswith(wanted)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=variables(plain), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_deploy_from_the_command_line(traced: Traced, tmp_path: Path) -> None:
    source = tmp_path / "double.py"
    source.write_text('"""Twice."""\n\n\ndef double(n: int) -> int:\n    return 2 * n\n')
    notebook = tmp_path / "notebook.ipynb"
    code = f"""
import nbformat
cells = [nbformat.v4.new_code_cell("%load_ext jupyter_faas"),
         nbformat.v4.new_code_cell("%%function double\\ndef double(n: int):\\n    return 2 * n")]
nbformat.write(nbformat.v4.new_notebook(cells=cells), {str(notebook)!r})
"""
    exec(code, {})
    done = run(traced, *CLI, "deploy", str(notebook))
    assert done.returncode == 0, done.stderr
    deploy = traced.collector.span("deploy double", faas__name="double")
    assert deploy.attributes["jupyter_faas.target"] == "playground"
    assert deploy.attributes["faas.version"] == "0.0.1"
    put = traced.collector.span(
        "deploy double", cloud__resource_id=f"/{traced.playground.namespace}/double"
    )
    assert (put.trace, put.parent, put.kind) == (deploy.trace, deploy.id, "SERVER")


def test_tool_call_belongs_to_the_span_of_the_agent(traced: Traced) -> None:
    name = traced.playground.actions.put(python(PYTHON, annotations=TOOL))
    server = StdioServerParameters(
        command=sys.executable,
        args=[*CLI, "mcp"],
        env=variables(traced.playground, traced.collector.environ),
    )

    async def call() -> object:
        with anyio.fail_after(60):
            async with Client(server) as client:
                meta: Any = {"traceparent": PARENT}
                return (await client.call_tool(name, {}, meta=meta)).structured_content

    found = anyio.run(call)
    tool = traced.collector.span(f"tools/call {name}")
    assert (tool.trace, tool.parent, tool.kind) == (TRACE, SPAN, "SERVER")
    assert call_of(traced, name).parent == tool.id
    served = traced.collector.span(name, faas__name=name)
    assert served.trace == TRACE
    assert found == {"traceparent": f"00-{TRACE}-{served.id}-01", "tracestate": None}


def test_tool_call_without_telemetry(plain: Served) -> None:
    """The context of the agent reaches the function even then."""
    name = plain.actions.put(python(PYTHON, annotations=TOOL))
    server = StdioServerParameters(command=sys.executable, args=[*CLI, "mcp"], env=variables(plain))

    async def call() -> object:
        with anyio.fail_after(60):
            async with Client(server) as client:
                meta: Any = {"traceparent": PARENT}
                return (await client.call_tool(name, {}, meta=meta)).structured_content

    assert anyio.run(call) == {"traceparent": PARENT, "tracestate": None}


def test_metrics_of_another_host(traced: Traced, plain: Served) -> None:
    """A cloud does not count what our processes call, so these do."""
    name = plain.actions.action(PYTHON)
    target = {
        "JUPYTER_FAAS_TARGET": "wskprops",
        "WSK_CONFIG_FILE": str(next(plain.data_dir.rglob("wskprops"))),
    }
    done = run(traced, *CLI, "invoke", name, environ=target)
    assert done.returncode == 0, done.stderr
    found = traced.collector.point("faas.invocations", 1, faas__name=name)
    assert found.value == 1
    assert traced.collector.point("jupyter_faas.cost", 0, faas__name=name).value > 0


def test_runs_of_the_playground_are_counted_once(traced: Traced) -> None:
    name = traced.playground.actions.action(PYTHON)
    run(traced, *CLI, "invoke", name)
    call_of(traced, name)
    named = [
        each
        for each in traced.collector.points("faas.invocations")
        if each.attributes["faas.name"] == name
    ]
    assert [each.value for each in named] in ([], [1])


def test_without_the_extra(traced: Traced) -> None:
    """One line says how to install it, and everything else works."""
    name = traced.playground.actions.action(PYTHON)
    code = f"{MISSING}from jupyter_faas.cli import main\nsys.exit(main(['invoke', {name!r}]))"
    done = run(traced, "-c", code)
    assert done.returncode == 0
    (line,) = warnings(done)
    assert "because OpenTelemetry is not installed" in line
    assert "[otel]" in line


def test_header_that_cannot_be_read_is_not_shown(traced: Traced) -> None:
    name = traced.playground.actions.action(PYTHON)
    done = run(traced, *CLI, "invoke", name, environ={"OTEL_EXPORTER_OTLP_HEADERS": "key s3cret"})
    assert done.returncode == 0
    (line,) = warnings(done)
    assert line.startswith("A header in OTEL_EXPORTER_OTLP_HEADERS is not sent")


def test_protocol_without_its_library(traced: Traced) -> None:
    name = traced.playground.actions.action(PYTHON)
    done = run(traced, *CLI, "invoke", name, environ={"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
    assert done.returncode == 0
    (line,) = warnings(done)
    assert "opentelemetry-exporter-otlp-proto-grpc" in line


def test_process_ends_although_the_collector_is_absent(traced: Traced) -> None:
    name = traced.playground.actions.action(PYTHON)
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    done = run(traced, *CLI, "invoke", name, environ=environ)
    assert done.returncode == 0
    (line,) = warnings(done)
    assert "http://127.0.0.1:9 does not accept them" in line


@pytest.mark.parametrize("environ", [{}, {"OTEL_SDK_DISABLED": "true"}], ids=["off", "disabled"])
def test_nothing_of_opentelemetry_is_imported_when_off(
    plain: Served, environ: dict[str, str]
) -> None:
    name = plain.actions.action(PYTHON)
    code = f"""
import sys, jupyter_faas as faas
faas.function({name!r})()
assert not [each for each in sys.modules if each.startswith("opentelemetry")]
"""
    if environ:
        environ = {**environ, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=variables(plain, environ), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
