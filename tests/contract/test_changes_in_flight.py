"""What is in flight while its action is updated or deleted, and who comes first."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.helpers.api import Api, Target, python
from tests.contract.helpers.sequences import sequence
from tests.playground.helpers.loop import wait_until
from tests.playground.helpers.processes import lives

IN_FLIGHT = 20


def version(number: int, seconds: float = 0.1) -> str:
    """Code that tells its version and its process."""
    return f"""
import os, time
def main(args):
    time.sleep({seconds})
    return {{'version': {number}, 'pid': os.getpid()}}
"""


def results(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    assert {each["response"]["status"] for each in records} == {"success"}
    return [each["response"]["result"] for each in records]


def update(api: Api, name: str) -> None:
    assert api.put(name, python(version(2, 0)), overwrite=True).status_code == 200


def delete(api: Api, name: str) -> None:
    assert api.delete(name).status_code == 200


@pytest.mark.parametrize("change", [update, delete])
def test_accepted_invocations(
    api: Api, name: str, ours: None, change: Callable[[Api, str], None]
) -> None:
    api.put(name, python(version(1)))
    accepted = [api.invoke(name, blocking=False).json()["activationId"] for _ in range(IN_FLIGHT)]
    change(api, name)
    found = results([api.record(each) for each in accepted])
    assert {each["version"] for each in found} <= {1, 2}
    if change is update:
        after = results([api.invoke(name).json() for _ in range(IN_FLIGHT)])
        assert {each["version"] for each in after} == {2}
    else:
        assert api.invoke(name).status_code == 404
    old = {each["pid"] for each in found if each["version"] == 1}
    wait_until(lambda: not any(map(lives, old)))


@pytest.mark.parametrize("change", [update, delete])
def test_invocations_that_somebody_waits_for(
    target: Target, api: Api, name: str, ours: None, change: Callable[[Api, str], None]
) -> None:
    def invoke(_: int) -> tuple[int, Any]:
        # A connection of its own, as twenty clients have.
        client = Api(target)
        with client.session:
            response = client.invoke(name, result=True)
            return response.status_code, response.json()

    api.put(name, python(version(1)))
    assert api.invoke(name, result=True).json()["version"] == 1
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        answers = [pool.submit(invoke, each) for each in range(IN_FLIGHT)]
        # Some have their answer, some are at it, some wait for their turn.
        deadline = time.monotonic() + 30
        while not any(each.done() for each in answers):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        change(api, name)
        found = [each.result() for each in answers]
    allowed = {(200, 1), (200, 2)} if change is update else {(200, 1), (404, None)}
    assert {(status, body.get("version")) for status, body in found} <= allowed
    old = {body["pid"] for _, body in found if body.get("version") == 1}
    wait_until(lambda: not any(map(lives, old)))


def test_updates_while_it_is_invoked_all_the_time(target: Target, api: Api, name: str) -> None:
    api.put(name, python(version(0, 0)))

    def invoke(_: int) -> list[int]:
        client = Api(target)
        with client.session:
            return [client.invoke(name, result=True).json()["version"] for _ in range(15)]

    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(invoke, each) for each in range(4)]
        for number in range(1, 6):
            api.put(name, python(version(number, 0)), overwrite=True)
        for each in answers:
            # Nobody gets to see an older version after a newer one.
            assert each.result() == sorted(each.result())
    assert api.invoke(name, result=True).json()["version"] == 5


def test_action_that_becomes_a_sequence(api: Api, name: str, deploy: Callable[..., str]) -> None:
    new = deploy(version(2, 0))
    api.put(name, python(version(1)))
    accepted = [api.invoke(name, blocking=False).json()["activationId"] for _ in range(IN_FLIGHT)]
    assert api.put(name, sequence(new), overwrite=True).status_code == 200
    found = results([api.record(each) for each in accepted])
    assert {each["version"] for each in found} <= {1, 2}
    assert api.invoke(name, result=True).json()["version"] == 2


@pytest.mark.parametrize("body", [python(version(1)), python(version(2))], ids=["one", "other"])
def test_two_clients_that_create_the_same(
    target: Target, api: Api, name: str, body: dict[str, Any]
) -> None:
    clients = [Api(target), Api(target)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda client: client.put(name, body), clients))
    for client in clients:
        client.session.close()
    assert sorted(each.status_code for each in answers) == [200, 409]
    (refused,) = (each for each in answers if each.status_code == 409)
    assert refused.json()["error"] == "resource already exists"
    assert api.get(name).json()["version"] == "0.0.1"


def test_two_clients_that_create_the_same_sequence(
    target: Target, name: str, deploy: Callable[..., str]
) -> None:
    body = sequence(deploy(version(1)))
    clients = [Api(target), Api(target)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda client: client.put(name, body), clients))
    for client in clients:
        client.session.close()
    assert sorted(each.status_code for each in answers) == [200, 409]
