"""Contract §3.2, §3.5: what a sequence gives its caller, and how it comes to its end."""

from __future__ import annotations

import pytest

from tests.contract.helpers.api import Api, annotated, node, python
from tests.contract.helpers.sequences import ECHO, FAIL, STEP, Sequences, failure, result, sequence
from tests.contract.helpers.triggers import Triggers
from tests.contract.helpers.web import Web, exported

SLOW = "import time\ndef main(args):\n    time.sleep(0.7)\n    return {'slow': True}\n"


def test_result_of_one_is_the_payload_of_the_next(sequences: Sequences, api: Api) -> None:
    name = sequences.sequence(*(sequences.step(each) for each in "abc"))
    response = api.invoke(name, {"trace": "_", "beside": 1})
    assert response.status_code == 200
    # What stood beside the trace is gone after the first step; each has its own parameter.
    assert response.json()["response"]["result"] == {
        "trace": "_abc",
        "seen": ["mark", "seen", "trace"],
    }


def test_result_only(sequences: Sequences, api: Api) -> None:
    name = sequences.sequence(sequences.step("a"))
    response = api.invoke(name, result=True)
    assert (response.status_code, response.json()) == (200, {"trace": "a", "seen": ["mark"]})
    assert "x-openwhisk-activation-id" in response.headers


def test_python_and_node_in_one_sequence(sequences: Sequences) -> None:
    first = sequences.put(node("function main(args) { return { n: args.n + 1 } }"))
    second = sequences.action("def main(args):\n    return {'n': args['n'] * 2}\n")
    assert result(sequences.run(sequences.sequence(first, second), {"n": 1})) == {"n": 4}


def test_own_parameters_of_a_sequence_reach_no_component(
    sequences: Sequences, api: Api, package: str
) -> None:
    api.put_package(package, {"parameters": [{"key": "of_the_package", "value": 1}]})
    path = f"actions/{package}/chain"
    api.request("PUT", path, json=sequence(sequences.action(ECHO)))
    response = api.request("POST", path, json={"given": 1}, params={"blocking": "true"})
    assert response.json()["response"]["result"] == {"given": 1}


def test_list_takes_the_place_of_all_arguments(sequences: Sequences, api: Api) -> None:
    parameters = [{"key": "mine", "value": 1}]
    first = sequences.action("def main(args):\n    return [1, {'a': 2}]\n")
    second = sequences.action("def main(args):\n    return {'got': args}\n", parameters=parameters)
    assert result(sequences.run(sequences.sequence(first, second))) == {"got": [1, {"a": 2}]}
    script = "function main(args) { return { got: args } }"
    third = sequences.put(node(script, parameters=parameters))
    assert result(sequences.run(sequences.sequence(first, third))) == {"got": [1, {"a": 2}]}


def test_result_that_is_a_list(sequences: Sequences, api: Api) -> None:
    name = sequences.sequence(sequences.action("def main(args):\n    return [1, 2]\n"))
    response = api.invoke(name)
    assert (response.status_code, response.json()) == (200, [1, 2])


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        (FAIL, "application error", "went wrong"),
        (
            "def main(args):\n    return 7\n",
            "action developer error",
            "The action did not return a dictionary or array.",
        ),
    ],
    ids=["application error", "developer error"],
)
def test_error_ends_it(sequences: Sequences, api: Api, code: str, status: str, error: str) -> None:
    name = sequences.sequence(sequences.step("a"), sequences.action(code), sequences.step("c"))
    response = api.invoke(name)
    assert response.status_code == 502
    record = response.json()
    assert "error" not in record
    assert failure(record, status) == error
    assert len(record["logs"]) == 2
    parts = sequences.parts(record)
    assert [each["response"]["status"] for each in parts] == ["success", status]


def test_error_of_the_first_payload_ends_nothing(sequences: Sequences) -> None:
    name = sequences.sequence(sequences.step("a"), sequences.step("b"))
    assert result(sequences.run(name, {"error": "of before"}))["trace"] == "ab"


def test_timeout_of_a_component(sequences: Sequences) -> None:
    slow = sequences.action(SLOW, limits={"timeout": 200})
    record = sequences.run(sequences.sequence(slow, sequences.step("b")))
    assert failure(record, "action developer error") == (
        "The action exceeded its time limits of 200 milliseconds."
    )
    (part,) = sequences.parts(record)
    assert annotated(part)["timeout"] is True


def test_component_that_is_missing(sequences: Sequences, api: Api) -> None:
    gone = sequences.step("b")
    name = sequences.sequence(sequences.step("a"), gone, sequences.step("c"))
    api.delete(gone)
    response = api.invoke(name)
    assert response.status_code == 502
    record = response.json()
    assert failure(record, "application error") == "Sequence component does not exist."
    (part,) = sequences.parts(record)
    assert part["response"]["result"]["trace"] == "a"


def test_component_whose_package_is_missing(sequences: Sequences, api: Api, package: str) -> None:
    api.put_package(package)
    api.request("PUT", f"actions/{package}/a", json=python(ECHO))
    name = sequences.sequence(f"/_/{package}/a")
    api.delete_package(package, force=True)
    response = api.invoke(name)
    assert (response.status_code, response.json()["error"]) == (
        404,
        "The requested resource does not exist.",
    )
    assert api.activations(name=name).json() == []


def test_component_without_a_runtime(sequences: Sequences, api: Api, ours: None) -> None:
    ruby = sequences.put({"exec": {"kind": "ruby:2.5", "code": "x"}})
    response = api.invoke(sequences.sequence(sequences.step("a"), ruby, sequences.step("c")))
    assert response.status_code == 500
    record = response.json()
    assert failure(record, "whisk internal error").startswith("The kind 'ruby:2.5' cannot run here")
    assert len(record["logs"]) == 2


def test_component_updated_while_it_runs(sequences: Sequences, api: Api) -> None:
    last = sequences.step("old")
    name = sequences.sequence(sequences.action(SLOW), last)
    started = api.invoke(name, blocking=False).json()["activationId"]
    assert api.put(last, python(ECHO), overwrite=True).status_code == 200
    record = api.record(started)
    assert record["response"]["success"] is True
    assert [each["name"] for each in sequences.parts(record)][1] == last


def test_component_deleted_while_it_runs(sequences: Sequences, api: Api) -> None:
    last = sequences.step("b")
    name = sequences.sequence(sequences.action(SLOW), last)
    started = api.invoke(name, blocking=False).json()["activationId"]
    api.delete(last)
    record = api.record(started)
    assert failure(record, "application error") == (
        "Action could not be found or may have been deleted."
    )
    assert len(record["logs"]) == 1


def test_sequence_deleted_while_it_runs(sequences: Sequences, api: Api) -> None:
    name = sequences.sequence(sequences.action(SLOW), sequences.step("b"))
    started = api.invoke(name, blocking=False).json()["activationId"]
    assert api.delete(name).status_code == 200
    record = api.record(started)
    assert record["name"] == name
    assert result(record)["trace"] == "b"


def test_non_blocking(sequences: Sequences, api: Api) -> None:
    name = sequences.sequence(sequences.action(SLOW), sequences.step("b"))
    response = api.invoke(name, blocking=False, result=True)
    assert response.status_code == 202
    activation_id = response.json()["activationId"]
    assert response.json() == {"activationId": activation_id}
    assert response.headers["x-openwhisk-activation-id"] == activation_id
    record = api.record(activation_id)
    assert record["activationId"] == activation_id
    assert result(record)["trace"] == "b"


def test_blocking_longer_than_the_caller_waits(sequences: Sequences, api: Api) -> None:
    name = sequences.sequence(sequences.action(SLOW), sequences.step("b"))
    response = api.invoke(name, timeout=100)
    assert response.status_code == 202
    record = api.record(response.json()["activationId"])
    assert result(record)["trace"] == "b"
    assert len(record["logs"]) == 2


def test_final_parameters_bind_the_request_only(sequences: Sequences, api: Api) -> None:
    final = [{"key": "final", "value": True}]
    last = sequences.step("b", annotations=final)
    marking = sequences.action("def main(args):\n    return {'mark': 'mine'}\n")
    assert api.invoke(last, {"mark": "mine"}).status_code == 400
    name = sequences.sequence(marking, last, annotations=final)
    assert result(sequences.run(name))["trace"] == "mine"
    response = api.invoke(name, {"_actions": []})
    assert response.status_code == 400
    assert response.json()["error"].startswith("Request defines parameters that are not allowed")


def test_environment_parameters_of_a_component(sequences: Sequences) -> None:
    code = "import os\ndef main(args):\n    return {'env': os.environ['secret'], 'args': args}\n"
    parameters = [{"key": "secret", "value": "s", "init": True}]
    name = sequences.sequence(sequences.action(ECHO), sequences.action(code, parameters=parameters))
    assert result(sequences.run(name, {"a": 1})) == {"env": "s", "args": {"a": 1}}


def test_web_action(sequences: Sequences, web: Web) -> None:
    name = sequences.sequence(
        sequences.action("def main(args):\n    return {'body': args['__ow_method']}\n"),
        sequences.action(ECHO),
        **exported(),
    )
    response = web.get(name)
    assert (response.status_code, response.text) == (200, "get")
    record = sequences.api.record(response.headers["x-openwhisk-activation-id"])
    assert annotated(record)["kind"] == "sequence"
    assert web.get(f"{name}.json").json() == {"body": "get"}


def test_web_action_that_fails(sequences: Sequences, web: Web) -> None:
    code = "def main(args):\n    return {'error': {'statusCode': 418, 'body': 'tea'}}\n"
    name = sequences.sequence(sequences.action(code), sequences.action(ECHO), **exported())
    response = web.get(name)
    assert (response.status_code, response.text) == (418, "tea")


def test_rule(sequences: Sequences, triggers: Triggers, api: Api) -> None:
    name = sequences.sequence(sequences.step("a"), sequences.step("b"))
    trigger = triggers.trigger()
    triggers.rule(trigger, name)
    (line,) = triggers.lines(triggers.fire(trigger, {"trace": "_"}))
    record = api.record(line["activationId"])
    assert result(record)["trace"] == "_ab"
    assert "cause" not in record


def test_component_that_is_no_longer_for_all(
    sequences: Sequences, neighbour: Api, api: Api, their_package: str
) -> None:
    neighbour.put_package(their_package, {"publish": True})
    body = python(STEP, parameters=[{"key": "mark", "value": "n"}])
    path = f"{their_package}/a"
    neighbour.put(path, body)
    inner = sequences.sequence(f"/neighbour/{path}")
    outer = sequences.sequence(inner)
    assert result(sequences.run(outer))["trace"] == "n"
    neighbour.put_package(their_package, {"publish": False}, overwrite=True)
    response = api.invoke(inner)
    assert response.status_code == 403
    assert f"'neighbour/{their_package}'" in response.json()["error"]
    assert failure(sequences.run(outer), "whisk internal error") == "Sequence failed."


def test_sequence_of_another_namespace(
    sequences: Sequences, neighbour: Api, api: Api, their_package: str
) -> None:
    neighbour.put_package(their_package, {"publish": True})
    neighbour.put(f"{their_package}/a", python(ECHO))
    path = f"{their_package}/chain"
    neighbour.put(path, sequence(*[f"/_/{their_package}/a"] * 2))
    query = {"blocking": "true"}
    response = api.elsewhere("POST", "neighbour", f"actions/{path}", json={"n": 1}, params=query)
    record = api.record(response.json()["activationId"])
    assert record["response"]["result"] == {"n": 1}
    assert record["namespace"] == sequences.namespace
    assert annotated(record)["path"] == f"neighbour/{path}"
    for part in sequences.parts(record):
        assert part["namespace"] == sequences.namespace
        assert annotated(part)["path"] == f"neighbour/{their_package}/a"
