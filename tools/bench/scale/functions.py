"""Functions that are deployed to a playground."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tools.bench.figures import sized
from tools.bench.scale.curve import Curve, Point, measured
from tools.bench.scale.machine import Running, folder, median_ms, playground, seconds, start_s

SIZES = sized((10, 100, 1_000, 10_000), (2, 4))
CODE = "def main(args):\n    return {'n': %d}\n"
# Clients deploy one function after another; four of them wait for the disk at the same time.
_CLIENTS = 4


def curve() -> Curve:
    return measured("functions", "deployed functions", SIZES, _measure)


def _measure(count: int) -> Point:
    with folder() as data_dir:
        with playground(data_dir) as running:
            deployed = seconds(lambda: _deploy(running, count))
        started = start_s(data_dir)
        with playground(data_dir) as running:
            functions = running.workspace.functions
            # Those of the playground's own packages are not in the namespace.
            if len(functions()) != count:
                raise RuntimeError(f"not {count:,} functions, but {len(functions()):,}")
            return {
                ("deploy all functions", "s"): deployed,
                ("start the playground", "s"): started,
                ("list the latest 30", "ms"): median_ms(lambda: running.client.list_actions()),
                ("list all functions, as the sidebar does", "s"): median_ms(functions, 3) / 1000,
                ("a warm call", "ms"): running.warm_call_ms("action0"),
                ("memory of the playground", "MB"): running.memory_mb,
            }


def _deploy(running: Running, count: int) -> None:
    def put(number: int) -> None:
        action = {"exec": {"kind": "python:default", "code": CODE % number}}
        running.client.put_action(f"action{number}", action)

    with ThreadPoolExecutor(_CLIENTS) as pool:
        for _ in pool.map(put, range(count)):
            pass
