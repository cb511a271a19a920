"""What it costs to have many actions deployed, and many workers warm."""

from __future__ import annotations

import base64
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_faas.client import Client, playground_target
from jupyter_faas.playground import control
from tests.ui.helpers.lab import free_port
from tools.bench.figures import sized
from tools.bench.peers import memory
from tools.bench.peers.client import Call, ask, latencies

ACTIONS = sized((1, 10, 100, 1000), (1, 2))
WORKERS = sized((10, 100, 400), (1, 2))
MEMORY_MB = 128
CODE = "import numpy, onnxruntime\n\ndef main(args):\n    return args\n"
_BUDGET = "JUPYTER_FAAS_PLAYGROUND_MEMORY_MB"
_WARM_CALLS = sized(300, 5)


def rows() -> Iterator[str]:
    """Lines of two tables, as they come."""
    with tempfile.TemporaryDirectory() as folder, _budget(max(WORKERS) * MEMORY_MB):
        data_dir = Path(folder)
        try:
            yield f"{'actions deployed':<18}{'PUT ms':>10}{'start ms':>10}{'list ms':>10}" + _HEADS
            done = 0
            for count in ACTIONS:
                yield _deployed(data_dir, done, count)
                done = count
            yield ""
            yield f"{'warm workers':<18}{'cold ms':>10}" + _HEADS + f"{'MB/worker':>12}"
            info = control.start(data_dir, port=free_port())
            warm = 0
            for count in WORKERS:
                yield _warm(info, warm, count)
                warm = count
        finally:
            control.stop(data_dir)


_HEADS = f"{'warm p50 ms':>13}{'all MB':>10}"


def _deployed(data_dir: Path, before: int, count: int) -> str:
    """Deploy up to ``count``, start anew, and see what the number makes of a start and a call."""
    control.start(data_dir, port=free_port())
    client = Client(playground_target(data_dir))
    began = time.perf_counter()
    for number in range(before, count):
        action = {"exec": {"kind": "python:default", "code": CODE}, "limits": {"memory": MEMORY_MB}}
        client.put_action(f"action{number:04d}", action)
    put = (time.perf_counter() - began) * 1000 / (count - before)
    control.stop(data_dir)
    began = time.perf_counter()
    info = control.start(data_dir, port=free_port())
    start = (time.perf_counter() - began) * 1000
    client = Client(playground_target(data_dir))
    lists = []
    for _ in range(20):
        began = time.perf_counter()
        client.list_actions()
        lists.append((time.perf_counter() - began) * 1000)
    warm, size = _figures(info, count - 1)
    listed = statistics.median(lists)
    control.stop(data_dir)
    return f"{count:<18,}{put:10.1f}{start:10.0f}{listed:10.1f}{warm:13.2f}{size:10.0f}"


def _warm(info: control.PlaygroundInfo, before: int, count: int) -> str:
    """One worker for each of ``count`` actions."""
    cold = []
    for number in range(before, count):
        began = time.perf_counter()
        ask(_call(info, number))
        cold.append((time.perf_counter() - began) * 1000)
    workers = memory.workers(info.pid)
    if len(workers) < count:
        raise RuntimeError(f"{count} actions were called, and {len(workers)} workers are there")
    warm, size = _figures(info, count - 1)
    each = statistics.fmean(map(memory.worker_mb, workers))
    return f"{count:<18,}{statistics.median(cold):10.1f}{warm:13.2f}{size:10,.0f}{each:12.2f}"


def _figures(info: control.PlaygroundInfo, number: int) -> tuple[float, float]:
    """The median of a warm call in ms, and PSS of everything in MB."""
    call = _call(info, number)
    latencies(call, 20)
    warm = statistics.median(latencies(call, _WARM_CALLS))
    return warm, sum(memory.pss_mb(process.pid) for process in memory.tree(info.pid))


def _call(info: control.PlaygroundInfo, number: int) -> Call:
    lines = info.wskprops.read_text().splitlines()
    key = dict(line.split("=", 1) for line in lines if "=" in line)["AUTH"]
    headers = (("Authorization", f"Basic {base64.b64encode(key.encode()).decode()}"),)
    path = f"/api/v1/namespaces/_/actions/action{number:04d}?blocking=true&result=true"
    return Call(info.port, path, {"number": number}, headers)


@contextmanager
def _budget(megabytes: int) -> Iterator[None]:
    """The playgrounds that are started meanwhile may have that much memory for their workers."""
    before = os.environ.get(_BUDGET)
    os.environ[_BUDGET] = str(megabytes)
    try:
        yield
    finally:
        if before is None:
            del os.environ[_BUDGET]
        else:
            os.environ[_BUDGET] = before
