"""Branches on playgrounds that are small, impatient or busy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.playground import start, stop
from tests.clients.helpers.target import Target, auth_of
from tests.contract.helpers.api import Api, python
from tests.shipped.helpers.composed import Composing

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]

INCREMENT = python("def main(args):\n    return {'n': args['n'] + 1}\n")
DOZE = python("import time\ndef main(args):\n    time.sleep(0.4)\n    return args\n")
NAP = python("import time\ndef main(args):\n    time.sleep(4)\n    return args\n")


@contextmanager
def playground(data_dir: Path) -> Iterator[Api]:
    info = start(data_dir, port=0, wait_s=60)
    target = Target(info.apihost, auth_of(info.wskprops), info.wskprops, data_dir)
    try:
        with target.api() as api:
            for name, body in (("increment", INCREMENT), ("doze", DOZE), ("nap", NAP)):
                assert api.put(name, body).status_code == 200
            yield api
    finally:
        stop(data_dir)


@pytest.fixture
def composing(tmp_path: Path) -> Composing:
    return Composing(tmp_path / "packages")


def test_waiting_conductors_leave_room_for_what_they_wait_for(
    tmp_path: Path, composing: Composing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight workers, and sixty-four branches that each wait for branches of their own."""
    monkeypatch.setenv("JUPYTER_FAAS_PLAYGROUND_MEMORY_MB", "2048")
    cell = """
map(
    lambda p: {"value": [p["value"]] * 8},
    map(lambda p: {"n": p["value"]}, parallel("increment", "increment")),
)
"""
    with playground(tmp_path) as api:
        action = composing.compose(cell).put(api, "deep", "_")
        record = finished(api, action, {"value": list(range(8))})
    pairs = [[{"n": n + 1}] * 2 for n in range(8)]
    rows = [{"value": [{"value": pair}] * 8} for pair in pairs]
    assert record["response"]["result"] == {"value": rows}


def test_branches_may_take_longer_than_anybody_waits(
    tmp_path: Path, composing: Composing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_FAAS_PLAYGROUND_MAX_BLOCKING_SECONDS", "1")
    with playground(tmp_path) as api:
        action = composing.compose('map("nap", "increment")').put(api, "slow", "_", timeout=2000)
        answer = api.invoke(action, {"value": [{"n": 1}, {"n": 2}]})
        assert answer.status_code == 202
        record = api.record(answer.json()["activationId"], 60)
    assert record["response"]["result"] == {"value": [{"n": 2}, {"n": 3}]}


def test_host_that_refuses_is_asked_again(
    tmp_path: Path, composing: Composing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the six activations that it runs at a time the composition has two, a branch too."""
    monkeypatch.setenv("JUPYTER_FAAS_PLAYGROUND_RATE_LIMITS", "9999,6,60")
    with playground(tmp_path) as api:
        action = composing.compose('map("doze", "increment")').put(api, "many", "_")
        record = finished(api, action, {"value": [{"n": n} for n in range(8)]})
        logs = [line for each in record["logs"] for line in api.record(each)["logs"]]
    assert record["response"]["result"] == {"value": [{"n": n + 1} for n in range(8)]}
    assert any(
        "stderr: the host responded with status 429: Too many concurrent requests" in line
        for line in logs
    )


def finished(api: Api, action: str, params: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = api.invoke(action, params).json()
    return answer if "response" in answer else api.record(answer["activationId"], 300)
