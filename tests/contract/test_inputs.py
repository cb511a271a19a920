"""Kept inputs: the playground's own; only of actions that ask for it, and never of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from tests.contract.helpers.api import TIMEOUT_S, Api, python
from tests.contract.helpers.conductors import SCRIPTED
from tests.contract.helpers.private import private
from tests.contract.helpers.sequences import Sequences
from tests.contract.helpers.web import Web

pytestmark = pytest.mark.usefixtures("ours")

ROUND = {"action": "/whisk.system/utils/echo", "params": {"m": 1}}
ECHO = "def main(params):\n    return {'got': sorted(params)}"


def ask(api: Api, path: str = "", **query: Any) -> requests.Response:
    url = f"{api.target.apihost}/faas/inputs{path}"
    return api.session.get(url, params=query, timeout=TIMEOUT_S)


def asking(last: int = 20, *redact: str, code: str = ECHO, **more: Any) -> dict[str, Any]:
    """The body of a PUT of an action whose inputs are kept."""
    rule = {"last": last, "redact": list(redact)}
    return python(code, annotations=[{"key": "faas-keep-inputs", "value": rule}], **more)


def put(api: Api, name: str, body: dict[str, Any]) -> None:
    answer = api.put(name, body, overwrite=True)
    assert answer.status_code == 200, answer.text


def kept(api: Api, name: str, **query: Any) -> list[dict[str, Any]]:
    answer = ask(api, name=name, **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def params(api: Api, name: str) -> list[Any]:
    return [each["params"] for each in kept(api, name)]


def test_inputs_are_kept_of_an_action_that_asks(api: Api, name: str) -> None:
    put(api, name, asking())
    ids = [api.invoke(name, {"n": number}).json()["activationId"] for number in (1, 2)]
    found = kept(api, name)
    assert [each["activation"] for each in found] == ids[::-1]
    assert [(each["name"], each["params"]) for each in found] == [
        (name, {"n": 2}),
        (name, {"n": 1}),
    ]
    assert kept(api, name, limit=1) == found[:1]
    assert ask(api, f"/{ids[0]}").json() == found[1]


@pytest.mark.parametrize("value", [False, "all"])
def test_nothing_is_kept_of_actions_that_turn_it_off(api: Api, name: str, value: object) -> None:
    put(api, name, python(ECHO, annotations=[{"key": "faas-keep-inputs", "value": value}]))
    activation = api.invoke(name, {"n": 1}).json()["activationId"]
    assert kept(api, name) == []
    assert ask(api, f"/{activation}").status_code == 404


def test_small_inputs_of_other_actions_are_kept_without_secrets(api: Api, name: str) -> None:
    bound = {"key": "RATE_KEY", "value": "bound", "init": True}
    put(api, name, python(ECHO, parameters=[bound]))
    given = {"n": 1, "password": "s3cret", "inner": {"api_key": "s3cret"}, "RATE_KEY": "s3cret"}
    first = api.invoke(name, given).json()["activationId"]
    api.invoke(name, {"long": "x" * 300_000})
    (only,) = kept(api, name)
    assert only["activation"] == first
    hidden = {"password": "…", "inner": {"api_key": "…"}, "RATE_KEY": "…"}
    assert only["params"] == {"n": 1, **hidden}
    # The record that every client sees is OpenWhisk's.
    assert "params" not in api.record(first)
    assert "s3cret" not in str(api.record(first))
    for number in range(21):
        api.invoke(name, {"n": number})
    assert [each["n"] for each in params(api, name)] == list(range(20, 0, -1))


def test_older_inputs_go(api: Api, name: str) -> None:
    put(api, name, asking(2))
    for number in range(4):
        api.invoke(name, {"n": number})
    assert params(api, name) == [{"n": 3}, {"n": 2}]


def test_inputs_are_bounded_in_bytes(api: Api, name: str) -> None:
    put(api, name, asking(1000))
    for number in range(20):
        api.invoke(name, {"n": number, "text": "x" * 1_000_000})
    assert [each["n"] for each in params(api, name)] == list(range(19, 3, -1))


def test_what_is_redacted_is_not_kept(api: Api, name: str) -> None:
    put(api, name, asking(20, "token"))
    photo = {"uri": "http://host/a.png", "headers": {"X-Key": "s3cret"}}
    api.invoke(name, {"token": "s3cret", "deep": [{"token": ["s3cret"], "b": 1}], "photo": photo})
    (found,) = params(api, name)
    assert found == {
        "token": "…",
        "deep": [{"token": "…", "b": 1}],
        "photo": {"uri": "http://host/a.png", "headers": {"X-Key": "…"}},
    }


def test_of_a_web_request_its_parameters_are_kept(api: Api, web: Web, name: str) -> None:
    body = asking()
    body["annotations"].append({"key": "web-export", "value": True})
    put(api, name, body)
    answer = web.session.get(
        f"{api.target.apihost}/api/v1/web/{web.namespace}/default/{name}.json",
        params={"n": "1"},
        headers={"Cookie": "s3cret"},
        timeout=TIMEOUT_S,
    )
    assert answer.status_code == 200
    assert params(api, name) == [{"n": "1"}]


def test_parameters_of_the_action_are_not_kept(api: Api, name: str) -> None:
    put(api, name, asking(parameters=[{"key": "token", "value": "s3cret"}]))
    assert api.invoke(name, {"n": 1}).json()["response"]["result"] == {"got": ["n", "token"]}
    assert params(api, name) == [{"n": 1}]


def test_inputs_go_with_their_action(api: Api, name: str) -> None:
    put(api, name, asking())
    activation = api.invoke(name, {"n": 1}).json()["activationId"]
    api.delete(name)
    assert ask(api, name=name).status_code == 404
    assert ask(api, f"/{activation}").status_code == 404
    put(api, name, asking())
    assert kept(api, name) == []


def test_inputs_go_with_their_package(api: Api, package: str) -> None:
    assert api.put_package(package).status_code == 200
    put(api, f"{package}/echo", asking())
    activation = api.invoke(f"{package}/echo", {"n": 1}).json()["activationId"]
    assert params(api, f"{package}/echo") == [{"n": 1}]
    assert api.delete_package(package, force=True).status_code == 200
    assert ask(api, f"/{activation}").status_code == 404


def test_an_update_that_does_not_ask_forgets(api: Api, name: str) -> None:
    put(api, name, asking())
    api.invoke(name, {"n": 1})
    off = [{"key": "faas-keep-inputs", "value": False}]
    put(api, name, python(ECHO, annotations=off))
    assert kept(api, name) == []


def test_an_update_redacts_what_is_kept(api: Api, name: str) -> None:
    put(api, name, asking())
    for number in (1, 2):
        api.invoke(name, {"n": number, "token": "s3cret"})
    put(api, name, asking(1, "token"))
    assert params(api, name) == [{"n": 2, "token": "…"}]


def test_inputs_of_what_a_sequence_ran_are_kept(api: Api, name: str, sequences: Sequences) -> None:
    put(api, name, asking())
    sequence = sequences.sequence(name, name)
    api.invoke(sequence, {"n": 1})
    assert params(api, name) == [{"got": ["n"]}, {"n": 1}]


def test_of_a_composition_its_own_input_is_kept(api: Api, name: str, sequences: Sequences) -> None:
    rule = {"key": "faas-keep-inputs", "value": {"last": 20}}
    conductor = {**asking(code=SCRIPTED), "parameters": [{"key": "script", "value": [ROUND] * 3}]}
    conductor["annotations"] = [rule, {"key": "conductor", "value": True}]
    put(api, name, conductor)
    api.invoke(name, {"n": 1})
    # A branch of it, which it starts itself.
    branch = {"state": 0, "stack": [{"marker": True}]}
    api.invoke(name, {"n": 2, "$composer": branch})
    assert params(api, name) == [{"n": 1}]


def test_inputs_outlive_a_restart_and_reach_no_log(tmp_path: Path) -> None:
    with private(tmp_path) as playground:
        put(playground.api, "echo", asking())
        activation = playground.api.invoke("echo", {"n": "s3cret"}).json()["activationId"]
    with private(tmp_path) as playground:
        assert ask(playground.api, f"/{activation}").json()["params"] == {"n": "s3cret"}
        assert "s3cret" not in playground.log


@pytest.mark.parametrize("path", ["", "/0123456789abcdef0123456789abcdef"])
def test_inputs_ask_for_the_key(api: Api, path: str) -> None:
    answer = requests.get(f"{api.target.apihost}/faas/inputs{path}", timeout=TIMEOUT_S)
    assert answer.status_code == 401


def test_inputs_of_another_namespace_are_not_seen(api: Api, neighbour: Api, name: str) -> None:
    put(api, name, asking())
    activation = api.invoke(name, {"n": 1}).json()["activationId"]
    assert ask(neighbour, name=name).status_code == 404
    assert ask(neighbour, f"/{activation}").status_code == 404


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "x", "9" * 30])
def test_a_limit_that_is_none_is_refused(api: Api, name: str, limit: str) -> None:
    put(api, name, asking())
    assert ask(api, name=name, limit=limit).status_code == 400


CONDUCTOR = """\
def main(params):
    step = params.pop("$step", 0)
    if step == 2:
        return {"params": params}
    return {"action": "ECHO", "params": params, "state": {"$step": step + 1}}
"""


def test_of_a_composition_what_it_was_given_is_kept_and_not_where_it_goes_on(
    api: Api, name: str
) -> None:
    put(api, f"{name}-echo", python(ECHO))
    body = asking(code=CONDUCTOR.replace("ECHO", f"{name}-echo"))
    body["annotations"].append({"key": "conductor", "value": True})
    put(api, name, body)
    ended = api.invoke(name, {"n": 1}).json()
    assert ended["response"]["result"] == {"got": ["got"]}
    assert [(one["activation"], one["params"]) for one in kept(api, name)] == [
        (ended["activationId"], {"n": 1})
    ]


def test_branches_of_a_composition_are_no_inputs(api: Api, name: str) -> None:
    body = asking(code="def main(params): return {'params': {}}")
    body["annotations"].append({"key": "conductor", "value": True})
    put(api, name, body)
    branch = {"state": 3, "stack": [{"marker": True}]}
    api.invoke(name, {"n": 1, "$composer": branch})
    assert kept(api, name) == []
