"""Warm calls that are in flight at the same time, of a function that returns its arguments."""

from __future__ import annotations

import contextlib

import psutil

from tools.bench.figures import sized
from tools.bench.peers.client import requests_per_second
from tools.bench.scale.curve import Curve, Point, measured
from tools.bench.scale.machine import folder, playground

SIZES = sized((1, 10, 100, 1_000), (1, 2))
_SECONDS = sized(5.0, 0.3)
ECHO = "def main(args):\n    return args\n"


def curve() -> Curve:
    return measured("calls", "concurrent calls", SIZES, _measure)


def _measure(connections: int) -> Point:
    with folder() as data_dir, playground(data_dir) as running:
        body = {"exec": {"kind": "python:default", "code": ECHO}}
        running.client.put_action("echo", body)
        running.client.invoke("echo", {})
        call = running.call("echo")
        # The first second starts the workers.
        requests_per_second(call, connections=connections, seconds=_SECONDS / 5)
        process = psutil.Process(running.info.pid)
        front, workers = _cpu(process), _cpu_of_workers(process)
        rate = requests_per_second(call, connections=connections, seconds=_SECONDS)
        answered = rate * _SECONDS
        front = (_cpu(process) - front) / answered
        workers = (_cpu_of_workers(process) - workers) / answered
        return {
            ("time until all calls are answered", "ms"): connections / rate * 1000,
            ("this time divided by the number of calls", "ms"): 1000 / rate,
            ("processor time of the playground per call", "ms"): front * 1000,
            ("processor time of a worker per call", "ms"): max(0.0, workers) * 1000,
            ("memory of the playground", "MB"): running.memory_mb,
        }


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _cpu_of_workers(process: psutil.Process) -> float:
    found = 0.0
    for each in process.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            found += _cpu(each)
    return found
