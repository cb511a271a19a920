"""Warm workers of a playground, each of a function of its own that has loaded onnxruntime."""

from __future__ import annotations

import statistics
from functools import partial

from tools.bench.figures import sized
from tools.bench.peers import memory
from tools.bench.scale.curve import Curve, Point, measured
from tools.bench.scale.machine import folder, playground, seconds

SIZES = sized((50, 100, 200, 400), (1, 2))
CODE = "import numpy, onnxruntime\n\ndef main(args):\n    return args\n"


def curve() -> Curve:
    return measured("workers", "warm workers", SIZES, _measure)


def _measure(count: int) -> Point:
    with folder() as data_dir, playground(data_dir) as running:
        body = {"exec": {"kind": "python:default", "code": CODE}, "limits": {"memory": 128}}
        for number in range(count):
            running.client.put_action(f"action{number}", body)
        invoke = running.client.invoke
        cold = [seconds(partial(invoke, f"action{number}", {})) for number in range(count)]
        alive = memory.workers(running.info.pid)
        if len(alive) < count:
            raise RuntimeError(f"{count} functions were called, and there are {len(alive)} workers")
        return {
            ("start all workers", "s"): sum(cold),
            ("median of the last 10 cold calls", "ms"): statistics.median(cold[-10:]) * 1000,
            ("a warm call", "ms"): running.warm_call_ms(f"action{count - 1}"),
            ("memory of the playground and its workers", "MB"): running.memory_mb,
        }
