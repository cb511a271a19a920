"""What traces and metrics cost: a warm call without their hooks, with them off, and with them on.

All playgrounds run copies of the package. From that of the playground without hooks, the statements
of ``_HOOKS`` were removed. Calls of the three playgrounds take turns, so that the load of the
machine is the same for all. Each round has another order.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import jupyter_faas
from jupyter_faas.client import Client, playground_target
from jupyter_faas.playground import control
from jupyter_faas.telemetry import SpanKind, Telemetry, trace_headers
from tests.ui.helpers.lab import free_port
from tools.bench.figures import sized

_CODE = {"exec": {"kind": "python:default", "code": "def main(args):\n    return args\n"}}
_WAYS = ("without the hooks", "off", "on, traces and metrics")
# Two processes with the same code differ by several percent, so each is started several times.
_STARTS, _ROUNDS, _CALLS = sized(5, 1), sized(30, 2), sized(50, 5)
_START_S = 60
_HOOK_CALLS = sized(20_000, 100)

# The statements that a warm call executes only for traces: the file, the text, and what remains.
_HOOKS = (
    (
        "playground/http/invocations.py",
        "                trace=trace,\n                origin=origin,\n            )",
        "            )",
    ),
    (
        "playground/invocation/invoker.py",
        "caller, payload, received, resolved, trace=trace)\n        run.origin = origin\n",
        "caller, payload, received, resolved)\n",
    ),
    (
        "playground/invocation/run.py",
        "        if self.trace is not None:\n            message.update(self.trace.headers())\n",
        "",
    ),
    (
        "shipped/workers/python_worker.py",
        '        if VARIABLES.traced or "traceparent" in request:\n'
        "            VARIABLES.drop_trace(request)\n",
        "",
    ),
)


def rows() -> Iterator[str]:
    samples: dict[str, list[float]] = {name: [] for name in _WAYS}
    with tempfile.TemporaryDirectory() as folder, _collector() as collector:
        for number in range(_STARTS):
            _measure(Path(folder, str(number)), collector, samples)
    base = statistics.median(samples[_WAYS[0]])
    for name, found in samples.items():
        middle = statistics.median(found)
        yield (
            f"warm blocking invoke, {name:<24} p50 {middle * 1000:7.3f} ms  "
            f"{middle / base:6.3f} times  (n={len(found)})"
        )
    yield f"client, all hooks of a call when off {_client_us():17.1f} µs"


def _measure(folder: Path, collector: str, samples: dict[str, list[float]]) -> None:
    without = _copy(folder / "without", _HOOKS)
    whole = _copy(folder / "whole", ())
    on = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector}
    with ExitStack() as stack:
        starts: list[tuple[Path, Mapping[str, str]]] = [(without, {}), (whole, {}), (whole, on)]
        callers = [
            _Caller(stack, folder / str(number), package, environ)
            for number, (package, environ) in enumerate(starts)
        ]
        turns = list(zip(_WAYS, callers, strict=True))
        for number in range(_ROUNDS):
            first = number % len(turns)
            for name, caller in turns[first:] + turns[:first]:
                samples[name] += [caller.call() for _ in range(_CALLS)]


class _Caller:
    """One connection to a playground of its own."""

    def __init__(
        self, stack: ExitStack, data_dir: Path, package: Path, environ: Mapping[str, str]
    ) -> None:
        stack.enter_context(_playground(data_dir, package, environ))
        target = playground_target(data_dir)
        client = Client(target)
        client.put_action("echo", _CODE)
        client.close()
        self._connection = http.client.HTTPConnection(urlsplit(target.apihost).netloc)
        stack.callback(self._connection.close)
        key = base64.b64encode(target.auth.encode()).decode()
        self._headers = {"Authorization": f"Basic {key}", "Content-Type": "application/json"}
        for _ in range(_CALLS):
            self.call()

    def call(self) -> float:
        """Make a call, and return its duration in seconds."""
        path = "/api/v1/namespaces/_/actions/echo?blocking=true"
        began = time.perf_counter()
        self._connection.request("POST", path, b'{"n": 1}', self._headers)
        answer = self._connection.getresponse().read()
        seconds = time.perf_counter() - began
        assert json.loads(answer)["response"]["result"] == {"n": 1}, answer
        return seconds


@contextmanager
def _playground(data_dir: Path, package: Path, environ: Mapping[str, str]) -> Iterator[None]:
    """A playground that runs the package in a folder, with these variables of OpenTelemetry."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    data_dir.mkdir()
    command = [sys.executable, "-m", "jupyter_faas.playground", "--data-dir", str(data_dir)]
    process = subprocess.Popen(
        [*command, "--port", str(free_port())],
        cwd=data_dir,
        env={**kept, **environ, "PYTHONPATH": str(package)},
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + _START_S
        while control.status(data_dir) is None:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The playground did not start.")
            time.sleep(0.02)
        yield
    finally:
        control.stop(data_dir)
        process.wait()


def _copy(folder: Path, hooks: Sequence[tuple[str, str, str]]) -> Path:
    """Copy the package without these hooks, and return the folder that contains it."""
    package = folder / "jupyter_faas"
    skipped = shutil.ignore_patterns("labextension", "__pycache__")
    shutil.copytree(Path(jupyter_faas.__file__).parent, package, ignore=skipped)
    for name, hook, rest in hooks:
        path = package / name
        text = path.read_text("utf-8")
        if text.count(hook) != 1:
            raise RuntimeError(f"{name} does not have the hook that this benchmark removes: {hook}")
        path.write_text(text.replace(hook, rest), "utf-8")
    return folder


@contextmanager
def _collector() -> Iterator[str]:
    """A collector in a process of its own, so that it does not slow down the caller."""
    code = (
        "import sys\n"
        "from tests.telemetry.helpers.collector import collector\n"
        "with collector() as found:\n"
        "    print(found.url, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()
        process.wait()


def _client_us() -> float:
    """Return the time that the hooks of ``Client.invoke`` take when off, in µs."""
    off = Telemetry()

    def hooks() -> None:
        with off.span("echo", SpanKind.CLIENT) as span:
            span.set({"faas.invocation_id": "", "faas.coldstart": False})
        trace_headers()

    return min(timeit.repeat(hooks, number=_HOOK_CALLS, repeat=3)) / _HOOK_CALLS * 1e6
