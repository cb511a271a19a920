"""Many calls of a function: a loop with ``requests``, ``map``, and Lithops' map, on one playground.

Two functions: one that returns at once, so that the clients' own time counts, and one that waits
for 50 ms, as one that asks another service does. The playground and its workers share the machine
with the client.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import requests

from jupyter_faas.client import Client, playground_target
from jupyter_faas.playground import PlaygroundInfo, start, stop
from jupyter_faas.workspace import Workspace
from tests.clients.helpers.pypi import pip_install
from tests.clients.helpers.redis import redis_server
from tests.clients.helpers.target import auth_of
from tools.bench.figures import sized

WANTED = 5.0
QUICK = "def main(args):\n    return {'double': 2 * args['n']}\n"
WAITS = "import time\n" + QUICK.replace("    return", "    time.sleep(0.05)\n    return")
PROGRAM = Path(__file__).parent / "peers" / "programs" / "lithops_map.py"
# The calls of a loop and of a map for each function, and the calls at a time of the map.
CASES = (
    ("returns at once", QUICK, sized(300, 10), sized(4_000, 50), None),
    ("waits 50 ms", WAITS, sized(40, 3), sized(1_000, 50), 32),
)
LITHOPS_CALLS = sized(200, 4)
TURNS = sized(3, 1)


def rows() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, _playground(Path(folder)) as info:
        workspace = Workspace.open(Path(folder), target="playground")
        target = playground_target(Path(folder))
        client = Client(target)
        user, _, key = target.auth.partition(":")
        url = f"{client.action_url('double')}?blocking=true"
        for words, code, few, many, at_once in CASES:
            client.put_action("double", {"exec": {"kind": "python:default", "code": code}})
            client.invoke("double", {"n": 0})
            with requests.Session() as session:
                ways = {
                    "a loop of requests.post": partial(_loop, requests, url, (user, key), few),
                    "a loop of one session": partial(_loop, session, url, (user, key), few),
                    "map": partial(_map, workspace, many, at_once),
                }
                # In turns, because other work on the machine comes and goes.
                taken = [{name: _measured(run) for name, run in ways.items()} for _ in range(TURNS)]
            best = {name: max(each[name] for each in taken) for name in ways}
            for name, (rate, cpu_us) in best.items():
                yield f"{words}: {name:<24} {rate:7,.0f}/s, {cpu_us:4.0f} µs of CPU time per call"
            times = best["map"][0] / best["a loop of requests.post"][0]
            verdict = "within" if times >= WANTED else "UNDER"
            yield f"{words}: map is {times:.1f} times as fast as the loop ({verdict} {WANTED:g})"
        client.close()
        yield f"returns at once: Lithops' map {_lithops(info, Path(folder)):,.0f}/s"


def _measured(run: Callable[[], int]) -> tuple[float, float]:
    """Return the calls per second, and the client's own CPU time per call in µs."""
    began, cpu = time.perf_counter(), time.process_time()
    count = run()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return count / seconds, cpu / count * 1e6


def _map(workspace: Workspace, count: int, at_once: int | None) -> int:
    inputs = [{"n": n} for n in range(count)]
    found = workspace.batches.map("double", inputs, concurrency=at_once)
    if found.failed:
        raise RuntimeError(found.lines())
    return count


def _loop(client: Any, url: str, auth: tuple[str, str], count: int) -> int:
    for n in range(count):
        reply = client.post(url, json={"n": n}, auth=auth, timeout=60)
        reply.raise_for_status()
        if reply.json()["response"]["result"] != {"double": 2 * n}:
            raise RuntimeError(reply.text)
    return count


@contextmanager
def _playground(folder: Path) -> Iterator[PlaygroundInfo]:
    # Lithops speaks only https.
    info = start(folder, port=0, tls=True, wait_s=60)
    try:
        yield info
    finally:
        stop(folder)


def _lithops(info: PlaygroundInfo, folder: Path) -> float:
    """Return the calls per second of Lithops' map, after a first one that creates its action."""
    bin_ = pip_install("lithops[redis]==3.8.0", "pytest==9.2.0") / "bin"
    mapping = {"docker.io/lithopscloud/*": str(bin_ / "python")}
    (info.wskprops.parent / "kinds.json").write_text(json.dumps(mapping), "utf-8")
    home = folder / "lithops"
    home.mkdir()
    shutil.copy(PROGRAM, home)
    with redis_server(home) as redis:
        config = {
            "lithops": {"backend": "openwhisk", "storage": "redis", "monitoring_interval": 0.1},
            "openwhisk": {
                "endpoint": info.https,
                "namespace": "guest",
                "api_key": auth_of(info.wskprops),
                "insecure": True,
            },
            "redis": {"host": redis.host, "port": redis.port},
        }
        (home / "lithops.yaml").write_text(json.dumps(config), "utf-8")
        done = subprocess.run(
            [bin_ / "python", PROGRAM.name, str(LITHOPS_CALLS)],
            cwd=home,
            # Of others, ``requests`` would prefer the file that the environment names.
            env={
                **os.environ,
                "HOME": str(home),
                "TMPDIR": str(home),
                "REQUESTS_CA_BUNDLE": str(info.ca),
            },
            capture_output=True,
            text=True,
            timeout=600,
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return float(done.stdout.splitlines()[-1])
