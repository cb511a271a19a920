"""Workers that are forked from a zygote, against interpreters of their own, in the same rounds."""

from __future__ import annotations

import base64
import io
import os
import tempfile
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_faas.client import Client, playground_target
from jupyter_faas.playground import PlaygroundInfo, control
from jupyter_faas.playground.options import PREFIX
from jupyter_faas.whisk import Activation
from tests.ui.helpers.lab import free_port
from tools.bench.figures import Figure, sized
from tools.bench.peers import memory, models
from tools.bench.peers.ratios import Gate, ratio

ROUNDS = sized(int(os.environ.get("FAAS_BENCH_ROUNDS", "7")), 1)
WORKERS = sized(20, 2)
WATCHED_S = sized(60.0, 0.5)

_UNPACKED_S = 0.2
_SETTLE_S = sized(1.0, 0.2)
_LONG_S = sized(3.0, 0.5)

SOURCE = """
import time
from pathlib import Path
import numpy as np
import onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
path = str(Path(__file__).parent / "model.onnx")
session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])

def main(params):
    time.sleep(params.get("wait_s", 0))
    rows = np.array([params["row"]], "float32")
    label, probabilities = session.run(None, {session.get_inputs()[0].name: rows})
    return {"probabilities": probabilities[0].tolist()}
"""


@dataclass
class Side:
    """A playground that starts workers in one of the two ways."""

    name: str
    data_dir: Path
    info: PlaygroundInfo
    client: Client
    cold: Figure
    worker_mb: list[float] = field(default_factory=list)

    @property
    def pss_mb(self) -> float:
        """Of the playground and all that comes from it."""
        return sum(memory.pss_mb(each.pid) for each in memory.tree(self.info.pid))

    @property
    def workers(self) -> int:
        """The one in reserve, which a zygote has, counts too."""
        return len(memory.workers(self.info.pid))

    @property
    def cpu_s(self) -> float:
        """Of the playground and all that comes from it, since they were started."""
        times = [each.cpu_times() for each in memory.tree(self.info.pid)]
        return float(sum(each.user + each.system for each in times))

    def apart(self, name: str, params: dict[str, Any]) -> None:
        """Over a connection of its own."""
        self.invoke(name, params, Client(playground_target(self.data_dir)))

    def invoke(self, name: str, params: dict[str, Any], client: Client | None = None) -> None:
        answer = (client or self.client).invoke(name, params)
        if not (isinstance(answer, Activation) and answer.response.success):
            raise RuntimeError(f"{name} failed: {answer}")


def rows() -> Iterator[str]:
    """Rows to print; takes some three minutes, of which one is for an idle playground."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = models.make(folder)["iris"]
        body = {"exec": {"kind": "python:default", "code": archive(model.path), "binary": True}}
        params = {"row": list(model.row)}
        with side(folder, "fresh", ZYGOTE="0") as fresh, side(folder, "zygote") as forked:
            for each in (fresh, forked):
                # It compiles the action, and the zygote warms up meanwhile.
                each.client.put_action("first", body)
                each.invoke("first", params)
            time.sleep(_SETTLE_S)
            yield from cold_rows(fresh, forked, body, params)
            yield from worker_rows(fresh, forked, body, params)
        with side(folder, "idle", ZYGOTE=str(WATCHED_S + sized(10, 3)), WORKER="1") as idle:
            idle.client.put_action("first", body)
            idle.invoke("first", params)
            yield from idle_rows(idle)


def cold_rows(
    fresh: Side, forked: Side, body: dict[str, Any], params: dict[str, Any]
) -> Iterator[str]:
    for number in range(ROUNDS):
        for each in (fresh, forked):
            each.client.put_action(f"iris-{number}", body)
            # The upload is not to be measured, nor what it leaves to do.
            time.sleep(_UNPACKED_S)
            with each.cold.timed():
                each.invoke(f"iris-{number}", params)
            each.client.delete_action(f"iris-{number}")
    yield fresh.cold.row()
    yield forked.cold.row()
    found = ratio(fresh.cold.samples, forked.cold.samples)
    yield Gate("cold HTTP invoke, fresh interpreter / zygote", found, 18, 25).row()


def worker_rows(
    fresh: Side, forked: Side, body: dict[str, Any], params: dict[str, Any]
) -> Iterator[str]:
    for number in range(ROUNDS):
        for each in (fresh, forked):
            each.client.put_action(f"many-{number}", body)
            each.invoke(f"many-{number}", params)
            time.sleep(_SETTLE_S)
            before, workers = each.pss_mb, each.workers
            # As many at the same time as there are to be workers.
            with ThreadPoolExecutor(WORKERS) as pool:
                slow = {**params, "wait_s": _LONG_S}
                list(pool.map(lambda _: each.apart(f"many-{number}", slow), range(WORKERS)))  # noqa: B023
            time.sleep(_SETTLE_S)
            each.worker_mb.append((each.pss_mb - before) / (each.workers - workers))
            each.client.delete_action(f"many-{number}")
            while each.workers > workers - 1:
                time.sleep(0.05)
    for each in (fresh, forked):
        yield megabytes(f"PSS that one more idle worker adds, {each.name}", each.worker_mb)
    found = ratio(fresh.worker_mb, forked.worker_mb)
    yield Gate("PSS per idle worker and its launcher, fresh / zygote", found, 9, 12).row()


def idle_rows(idle: Side) -> Iterator[str]:
    while idle.workers > 1:
        # The one in reserve stays.
        time.sleep(0.1)
    time.sleep(_SETTLE_S)
    yield bounded("idle playground with its zygote, PSS", idle.pss_mb, 100, "MB")
    before = idle.cpu_s
    time.sleep(WATCHED_S)
    yield bounded("the same, CPU over 60 s", (idle.cpu_s - before) / WATCHED_S * 100, 0.1, "%")
    while len(memory.tree(idle.info.pid)) > 1:
        time.sleep(0.1)
    yield bounded("idle playground after the zygote has ended, PSS", idle.pss_mb, 45, "MB")


@contextmanager
def side(folder: Path, name: str, **idle_s: str) -> Iterator[Side]:
    """``idle_s``: how long zygotes (``ZYGOTE``) and workers (``WORKER``) are kept."""
    data_dir = folder / name
    settings = {f"{PREFIX}{each}_IDLE_SECONDS": value for each, value in idle_s.items()}
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        info = control.start(data_dir, port=free_port())
    finally:
        os.environ.clear()
        os.environ.update(before)
    try:
        cold = Figure(f"cold HTTP invoke, numpy, onnxruntime and iris: {name}")
        yield Side(name, data_dir, info, Client(playground_target(data_dir)), cold)
    finally:
        control.stop(data_dir)


def archive(model: Path) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("__main__.py", SOURCE)
        file.write(model, "model.onnx")
    return base64.b64encode(buffer.getvalue()).decode()


def megabytes(name: str, samples: list[float]) -> str:
    return Figure(name, samples=samples).row().replace(" ms ", " MB ")


def bounded(name: str, value: float, most: float, unit: str) -> str:
    word = "within" if value <= most else "OVER"
    return f"{name:<58} {value:9.2f} {unit}  {word} {most:g} {unit}"
