"""Contract §1 (429), §1.1 and §1.2 (the figures), §1.3: rate limits, off unless switched on."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from jupyter_faas.playground import PlaygroundInfo, start, stop
from jupyter_faas.playground.entities.namespaces import add_namespace
from tests.contract.helpers.api import TIMEOUT_S, Api, Target, python
from tests.contract.helpers.web import exported

INVOCATIONS, CONCURRENT, FIRES = 12, 2, 3

# Some request of so many is refused even when a minute of the clock ends among them.
ENOUGH = 2 * INVOCATIONS + 1

WAITS = """
import os, time

def main(args):
    deadline = time.monotonic() + 30
    while not os.path.exists(args["until"]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return {}
"""


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaygroundInfo]:
    data_dir = tmp_path_factory.mktemp("limited")
    with pytest.MonkeyPatch.context() as environ:
        limits = f"{INVOCATIONS},{CONCURRENT},{FIRES}"
        environ.setenv("JUPYTER_FAAS_PLAYGROUND_RATE_LIMITS", limits)
        info = start(data_dir, port=0, wait_s=30)
    yield info
    stop(data_dir)


@pytest.fixture
def enter(limited: PlaygroundInfo) -> Iterator[Callable[[], Api]]:
    """Gives a namespace of its own, in which nothing has been counted yet."""
    entered = []

    def add() -> Api:
        wskprops = add_namespace(limited.wskprops.parent.parent, f"ns_{uuid.uuid4().hex[:12]}")
        lines = wskprops.read_text().splitlines()
        (auth,) = (line.removeprefix("AUTH=") for line in lines if line.startswith("AUTH="))
        api = Api(Target(limited.apihost, auth, True))
        entered.append(api)
        return api

    yield add
    for api in entered:
        api.session.close()


@pytest.fixture
def own(enter: Callable[[], Api]) -> Api:
    return enter()


@pytest.fixture
def until(tmp_path: Path) -> Iterator[Path]:
    """A file that ends what waits for it; it is there after the test in any case."""
    path = tmp_path / "until"
    yield path
    path.touch()


def deploy(api: Api, **body: Any) -> str:
    response = api.put("a", python(**body))
    assert response.status_code == 200, response.text
    return "a"


def namespace(api: Api) -> str:
    (name,) = api.session.get(f"{api.target.apihost}/api/v1/namespaces", timeout=TIMEOUT_S).json()
    assert isinstance(name, str)
    return name


def first_refused(send: Callable[[], requests.Response]) -> requests.Response:
    for _ in range(ENOUGH):
        response = send()
        if response.status_code == 429:
            return response
    raise AssertionError("nothing was refused")


def per_minute(allowed: int) -> str:
    return f"Too many requests in the last minute (count: {allowed + 1}, allowed: {allowed})."


def test_invocations_per_minute(own: Api) -> None:
    name = deploy(own)
    refused = first_refused(lambda: own.invoke(name))
    assert refused.json() == {
        "error": per_minute(INVOCATIONS),
        "code": refused.headers["X-Request-ID"],
    }


def test_invocation_of_what_is_not_there_counts(own: Api) -> None:
    refused = first_refused(lambda: own.invoke("missing"))
    assert refused.json()["error"] == per_minute(INVOCATIONS)


def test_web_actions_count_for_their_owner(own: Api) -> None:
    name = deploy(own, **exported())
    url = f"{own.target.apihost}/api/v1/web/{namespace(own)}/default/{name}.json"
    refused = first_refused(lambda: requests.get(url, timeout=TIMEOUT_S))
    assert refused.json()["error"] == per_minute(INVOCATIONS)
    # It counts together with what the owner invokes itself.
    assert first_refused(lambda: own.invoke(name)).status_code == 429


def test_other_requests_do_not_count(own: Api) -> None:
    name = deploy(own)
    for _ in range(ENOUGH):
        assert own.get(name).status_code == 200
    assert own.invoke(name).status_code == 200


def test_namespaces_count_apart(enter: Callable[[], Api]) -> None:
    own, other = enter(), enter()
    first_refused(lambda: own.invoke("missing"))
    assert other.invoke("missing").status_code == 404


def test_fires_per_minute(own: Api) -> None:
    assert own.request("PUT", "triggers/t", json={}).status_code == 200
    refused = first_refused(lambda: own.request("POST", "triggers/t", json={}))
    assert refused.json()["error"] == per_minute(FIRES)


def test_action_of_a_rule_is_refused_in_the_log_of_the_trigger(own: Api) -> None:
    name, ns = deploy(own), namespace(own)
    assert own.request("PUT", "triggers/t", json={}).status_code == 200
    rule = {"trigger": f"/{ns}/t", "action": f"/{ns}/{name}"}
    assert own.request("PUT", "rules/r", json=rule).status_code == 200

    def line() -> dict[str, Any]:
        for _ in range(ENOUGH):
            own.invoke("missing")
        fired = own.request("POST", "triggers/t", json={})
        assert fired.status_code == 202, fired.text
        (text,) = own.record(fired.json()["activationId"])["logs"]
        found: dict[str, Any] = json.loads(text)
        return found

    found = line()
    if found["success"]:  # A minute of the clock had just ended.
        found = line()
    assert found.pop("error").startswith("Too many requests in the last minute (count: ")
    assert found == {
        "rule": f"{ns}/r",
        "action": f"{ns}/{name}",
        "statusCode": 1,
        "success": False,
    }


def test_concurrent_invocations(own: Api, until: Path) -> None:
    name = deploy(own, code=WAITS)
    for _ in range(CONCURRENT):
        assert own.invoke(name, {"until": str(until)}, blocking=False).status_code == 202
    refused = own.invoke(name, {"until": str(until)}, blocking=False)
    assert refused.status_code == 429
    assert refused.json()["error"] == (
        f"Too many concurrent requests in flight (count: {CONCURRENT}, allowed: {CONCURRENT})."
    )
    until.touch()
    deadline = time.monotonic() + 30
    while own.activations(count=True).json()["activations"] < CONCURRENT:
        assert time.monotonic() < deadline, "they do not end"
        time.sleep(0.05)
    assert own.invoke(name, {"until": str(until)}).status_code == 200


def test_concurrent_invocations_that_come_at_once(own: Api, until: Path) -> None:
    name = deploy(own, code=WAITS)

    def send(_: int) -> int:
        api = Api(replace(own.target))
        try:
            return api.invoke(name, {"until": str(until)}, blocking=False).status_code
        finally:
            api.session.close()

    with ThreadPoolExecutor(6) as threads:
        statuses = sorted(threads.map(send, range(6)))
    assert statuses == [202] * CONCURRENT + [429] * (6 - CONCURRENT)


def test_components_of_a_sequence_do_not_count(own: Api) -> None:
    name, ns = deploy(own), namespace(own)
    components = [f"/{ns}/{name}"] * INVOCATIONS
    sequence = {"exec": {"kind": "sequence", "components": components}}
    assert own.put("s", sequence).status_code == 200
    for _ in range(2):
        assert own.invoke("s").status_code == 200


def test_what_a_sequence_runs_is_in_flight(own: Api, until: Path) -> None:
    name, ns = deploy(own, code=WAITS), namespace(own)
    sequence = {"exec": {"kind": "sequence", "components": [f"/{ns}/{name}"]}}
    assert own.put("s", sequence).status_code == 200
    for _ in range(CONCURRENT):
        assert own.invoke("s", {"until": str(until)}, blocking=False).status_code == 202
    deadline = time.monotonic() + 30
    while (refused := own.invoke("missing")).status_code == 404:
        assert time.monotonic() < deadline, "nothing is in flight"
        time.sleep(0.05)
    assert refused.json()["error"] == (
        f"Too many concurrent requests in flight (count: {CONCURRENT}, allowed: {CONCURRENT})."
    )


def test_figures(limited: PlaygroundInfo, own: Api) -> None:
    shown = requests.get(limited.apihost, timeout=TIMEOUT_S).json()["limits"]
    assert shown["actions_per_minute"] == INVOCATIONS
    assert shown["concurrent_actions"] == CONCURRENT
    assert shown["triggers_per_minute"] == FIRES
    limits = own.request("GET", "limits").json()
    assert limits["invocationsPerMinute"] == INVOCATIONS
    assert limits["concurrentInvocations"] == CONCURRENT
    assert limits["firesPerMinute"] == FIRES


def test_openwhisks_usual_limits(tmp_path: Path) -> None:
    info = start(tmp_path, port=0, rate_limits=True, wait_s=30)
    try:
        lines = info.wskprops.read_text().splitlines()
        (auth,) = (line.removeprefix("AUTH=") for line in lines if line.startswith("AUTH="))
        own = Api(Target(info.apihost, auth, True))
        limits = own.request("GET", "limits").json()
        shown = ("invocationsPerMinute", "concurrentInvocations", "firesPerMinute")
        assert [limits[each] for each in shown] == [60, 30, 60]
        refused = [own.invoke("missing") for _ in range(2 * 60 + 1)]
        first = next(each for each in refused if each.status_code == 429)
        assert first.json()["error"] == per_minute(60)
        own.session.close()
    finally:
        stop(tmp_path)


def test_off_unless_switched_on(api: Api, name: str, ours: None) -> None:
    assert api.put(name, python()).status_code == 200
    statuses = {api.invoke(name).status_code for _ in range(100)}
    assert statuses == {200}
    assert api.request("GET", "limits").json()["invocationsPerMinute"] == 1_000_000
