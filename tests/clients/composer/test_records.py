"""What runs of compositions leave behind, and how they end (contract §3.6, §7)."""

from __future__ import annotations

import pytest

from tests.clients.composer.helpers.workbench import Composer
from tests.contract.helpers.api import annotated

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]

TOO_MANY = "Too many actions in the composition."


def test_twenty_steps_have_forty_one_records_in_order(composer: Composer) -> None:
    steps = [f"step-{index}" for index in range(20)]
    action = composer.deployed("twenty")
    record = composer.run(action, {"seen": []})
    assert record["response"]["result"] == {"seen": list(range(20))}
    assert record == {**composer.api.record(record["activationId"]), "logs": record["logs"]}
    whole = annotated(record)
    assert (whole["topmost"], whole["conductor"], whole["kind"]) == (True, True, "sequence")

    parts = composer.parts(record)
    assert len(parts) == len(set(record["logs"])) == 41
    assert [part["name"] for part in parts[::2]] == [action] * 21
    assert [part["name"] for part in parts[1::2]] == steps
    assert {part["cause"] for part in parts} == {record["activationId"]}
    assert {annotated(part)["causedBy"] for part in parts} == {"sequence"}
    assert {part["response"]["status"] for part in parts} == {"success"}
    starts = [part["start"] for part in parts]
    assert starts == sorted(starts)
    assert record["start"] <= starts[0]
    assert parts[-1]["end"] <= record["end"]
    assert record["duration"] == sum(part["duration"] for part in parts)


def test_conductor_s_records_tell_where_it_was(composer: Composer) -> None:
    record = composer.run(composer.deployed("twenty"), {"seen": []})
    conducted = composer.parts(record)[::2]
    results = [part["response"]["result"] for part in conducted]
    assert [result["action"] for result in results[:-1]] == [f"/_/step-{i}" for i in range(20)]
    states = [result["state"]["$composer"] for result in results[:-1]]
    places = [state["state"] for state in states]
    assert places == sorted(set(places))
    assert {state["session"] for state in states} == {record["logs"][0]}
    assert results[7]["params"] == {"seen": list(range(7))}
    assert results[-1] == {"params": {"seen": list(range(20))}}
    entered = [line for line in conducted[3]["logs"] if "Entering composition[3]" in line]
    assert len(entered) == 1, conducted[3]["logs"]


def test_step_that_fails_ends_it(composer: Composer) -> None:
    record = composer.run(composer.deployed("seq_fails"), {"n": 1}, "application error")
    assert record["response"]["result"] == {"error": "no luck"}
    answered = composer.api.invoke("seq_fails", {"n": 1})
    assert answered.status_code == 502
    parts = composer.parts(record)
    assert [part["name"] for part in parts] == [
        *("seq_fails", "increment", "seq_fails", "fail", "seq_fails")
    ]
    assert [part["response"]["success"] for part in parts] == [True, True, True, False, False]


def test_action_that_is_not_there_is_an_error(composer: Composer) -> None:
    name = f"{composer.namespace}/no-such-action"
    message = f"Failed to resolve action with name '{name}' during composition."
    record = composer.run(composer.deployed("missing"), {"n": 1}, "application error")
    assert record["response"]["result"] == {"error": message}
    assert [part["name"] for part in composer.parts(record)] == [
        *("missing", "increment", "missing", "missing")
    ]
    caught = composer.run(composer.deployed("missing_caught"))
    assert caught["response"]["result"] == {"caught": message}


def test_more_than_fifty_steps_are_too_many(composer: Composer) -> None:
    record = composer.run(composer.deployed("sixty"), {"n": 0}, "application error")
    assert record["response"]["result"] == {"error": TOO_MANY}
    names = [part["name"] for part in composer.parts(record)]
    assert names.count("increment") == 50
    caught = composer.run(composer.deployed("sixty_caught"), {"n": 0})
    assert caught["response"]["result"] == {"caught": TOO_MANY}


def test_waiting_ends_before_the_composition_does(composer: Composer) -> None:
    answer = composer.api.invoke(composer.deployed("slow"), {"n": 5}, timeout=300)
    assert answer.status_code == 202
    started = answer.json()
    assert list(started) == ["activationId"]
    record = composer.api.record(started["activationId"])
    assert record["response"]["result"] == {"n": 5}
    names = [part["name"] for part in composer.parts(record)]
    assert names == ["slow", "nap", "slow", "nap", "slow", "nap", "slow"]


def test_rule_fires_a_composition(composer: Composer) -> None:
    action = composer.deployed("sequence")
    api, namespace = composer.api, composer.namespace
    api.request("PUT", "triggers/numbers", json={})
    rule = {"trigger": f"/{namespace}/numbers", "action": f"/{namespace}/{action}"}
    assert api.request("PUT", "rules/counted", json=rule).status_code == 200
    fired = api.request("POST", "triggers/numbers", json={"n": 4}).json()
    assert api.record(fired["activationId"])["response"]["result"] == {"n": 4}
    listed = api.activations(name=action, docs=True, limit=200).json()
    assert fired["activationId"] not in [each["activationId"] for each in listed]
