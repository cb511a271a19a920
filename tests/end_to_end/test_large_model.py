"""A model of 300 MB, from a notebook to answers, and through what can go wrong on the way."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.end_to_end.helpers.user import User
from tests.magics.helpers.kernels import NotebookKernel, notebook_kernel

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]

LONG_S = 600.0

# Two hidden layers of 6,271: their weights are 300 MB in double precision. Of what a network keeps
# to learn on, plain descent keeps least: it goes along to the helper that converts.
TRAIN = """\
import warnings
import numpy as np
from sklearn.neural_network import MLPRegressor
warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
X = rng.standard_normal((200, 8))
y = 3 * X[:, 0] + np.sin(X[:, 1])
sizes = (6271, 6271)
network = MLPRegressor(hidden_layer_sizes=sizes, solver="sgd", max_iter=1, random_state=0)
network.fit(X[:50], y[:50])
"""
CELL = """\
%%function large --sample X --memory 768
def large(x: list[float]):
    return {"y": float(network.predict([x])[0])}
"""
ROW = [0.5, -1.0, 0.25, 2.0, 0.0, 1.0, -0.5, 0.125]
BODY = {"x": ROW}


class Large:
    """The notebook, and the playground that it deploys to."""

    def __init__(self, kernel: NotebookKernel, folder: Path) -> None:
        self.kernel = kernel
        self.user = User(folder / "faas")
        self.models = self.user.data_dir / "playground" / "models" / "guest"
        self.cache = self.user.data_dir / "playground" / "model-cache"

    def invoke(self, body: object = BODY) -> dict[str, Any]:
        """The record of a blocking run, as curl gets it."""
        properties = self.user.wskprops()
        user, _, key = properties["AUTH"].partition(":")
        url = f"{properties['APIHOST']}/api/v1/namespaces/_/actions/large?blocking=true"
        answer = requests.post(url, json=body, auth=(user, key), timeout=120)
        record: dict[str, Any] = answer.json()
        return record

    def make_cold(self) -> None:
        """No container is left, nor what containers had downloaded."""
        self.kernel.run("%faas playground stop")
        self.kernel.run("%faas playground start")
        assert list(self.cache.iterdir()) == []

    def downloads(self) -> int:
        properties = self.user.wskprops()
        user, _, key = properties["AUTH"].partition(":")
        url = f"{properties['APIHOST']}/faas/models"
        (model,) = requests.get(url, auth=(user, key), timeout=60).json()
        return int(model["downloads"])

    def expected(self) -> float:
        """What the notebook's own model answers."""
        cell = self.kernel.run(f"print(network.predict([{ROW}])[0])")
        return float(cell.stream)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Large]:
    folder = tmp_path_factory.mktemp("large")
    with notebook_kernel(folder) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(TRAIN, within_s=LONG_S)
        kernel.run("%faas playground start")
        found = Large(kernel, folder)
        found.cell = kernel.run(CELL, within_s=LONG_S)  # type: ignore[attr-defined]
        kernel.run("%faas deploy large", within_s=LONG_S)
        yield found


def result(record: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = record["response"]["result"]
    return found


def is_cold(record: dict[str, Any]) -> bool:
    return any(each["key"] == "initTime" for each in record["annotations"])


def test_the_package_is_small_and_the_card_tells_where_the_model_goes(large: Large) -> None:
    (card, *_) = large.cell.cards  # type: ignore[attr-defined]
    assert card["size"] < 50_000
    (model,) = card["models"]
    assert model["size"] > 300 * 2**20
    assert model["stored"]["size"] == model["size"]
    assert model["parity"]["ok"]
    row = card["preflight"][-1]
    assert (row["check"], row["ok"], row["value"]) == ("Model", True, "300.6 MB")


def test_it_answers_as_the_notebook_does(large: Large) -> None:
    large.kernel.run(f"%faas invoke large x={json.dumps(ROW, separators=(',', ':'))}")
    assert result(large.invoke())["y"] == pytest.approx(large.expected(), rel=1e-12)


def test_twenty_cold_calls_download_at_most_once_per_container(large: Large) -> None:
    large.make_cold()
    with ThreadPoolExecutor(20) as pool:
        records = list(pool.map(lambda _: large.invoke(), range(20)))
    assert {json.dumps(result(record)) for record in records} == {
        json.dumps({"y": result(records[0])["y"]})
    }
    containers = sum(map(is_cold, records))
    assert containers > 1
    # They share a disk: one downloads, and the others wait for it.
    assert large.downloads() == 1


def test_a_container_that_is_killed_amid_the_download_is_no_harm(large: Large) -> None:
    large.make_cold()
    state = json.loads((large.user.data_dir / "playground" / "state.json").read_text())
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(large.invoke)
        kill_the_one_that_writes(psutil.Process(state["pid"]), large.cache)
        record = running.result()
    assert not record["response"]["success"]
    assert [path.suffix for path in large.cache.iterdir() if path.suffix != ".lock"] == [".part"]
    assert result(large.invoke())["y"] == pytest.approx(large.expected(), rel=1e-12)
    assert sorted(path.suffix for path in large.cache.iterdir()) == [".lock", ".onnx"]


def kill_the_one_that_writes(playground: psutil.Process, cache: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for part in cache.glob("*.part"):
            if part.stat().st_size == 0:
                continue
            for process in playground.children(recursive=True):
                try:
                    opened = [each.path for each in process.open_files()]
                except psutil.Error:
                    continue
                if str(part) in opened:
                    process.kill()
                    return
    raise AssertionError("nobody downloads")


def test_a_model_that_is_damaged_in_the_store_is_told_and_mended(large: Large) -> None:
    large.make_cold()
    (stored,) = large.models.glob("*.onnx")
    with stored.open("r+b") as file:
        file.seek(100_000_000)
        file.write(b"not what it was")
    for _ in range(2):
        error = result(large.invoke())["error"]
        assert error.startswith("Model 'network' (300.6 MB) in the model store http://127.0.0.1:")
        assert (
            "is not the model that was packaged: its sha256 differs. Deploy the function again"
            in error
        )
    large.kernel.run("%faas deploy large", within_s=LONG_S)
    assert result(large.invoke())["y"] == pytest.approx(large.expected(), rel=1e-12)


def test_a_model_that_is_gone_from_the_store_is_told_and_mended(large: Large) -> None:
    large.make_cold()
    (stored,) = large.models.glob("*.onnx")
    stored.unlink()
    record = large.invoke()
    assert "is not in the model store http://127.0.0.1:" in result(record)["error"]
    assert "Traceback" not in json.dumps(record)
    assert "token" not in json.dumps(record)
    large.kernel.run("%faas deploy large", within_s=LONG_S)
    assert result(large.invoke())["y"] == pytest.approx(large.expected(), rel=1e-12)
