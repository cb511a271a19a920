"""Contract §3.6: conductor actions, and what they conduct."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.helpers.api import Api, annotated, node, python
from tests.contract.helpers.conductors import given, scripted
from tests.contract.helpers.sequences import ECHO, FAIL, Sequences, failure, result


def test_no_action_is_the_end(sequences: Sequences) -> None:
    record = sequences.run(sequences.conductor("def main(args):\n    return {'n': 1}\n"))
    assert result(record) == {"n": 1}
    assert len(record["logs"]) == 1


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ({"params": {"n": 1}, "state": {"s": 1}}, {"n": 1}),
        ({"params": 7}, {"value": 7}),
        ({"params": [1]}, {"value": [1]}),
        ({"params": None}, {"value": None}),
        ({"state": {"s": 1}, "beside": 2}, {"state": {"s": 1}, "beside": 2}),
    ],
    ids=["params", "number", "list", "null", "no params"],
)
def test_final_result(sequences: Sequences, returned: dict[str, Any], expected: object) -> None:
    code = f"def main(args):\n    return {returned!r}\n"
    assert result(sequences.run(sequences.conductor(code))) == expected


def test_one_component(sequences: Sequences, api: Api) -> None:
    step = sequences.step("a")
    name = scripted(sequences, {"action": step, "params": {"trace": "_"}})
    response = api.invoke(name)
    assert response.status_code == 200
    assert response.json()["response"]["result"] == {
        "given": {"trace": "_a", "seen": ["mark", "trace"]}
    }


def test_conductor_in_node(sequences: Sequences) -> None:
    step = sequences.step("a")
    script = f"""
function main(args) {{
  if (args.$done) return {{ params: {{ trace: args.trace, done: args.$done }} }}
  return {{ action: {json.dumps(step)}, params: args, state: {{ $done: true }} }}
}}
"""
    annotations = [{"key": "conductor", "value": {"composition": {"type": "action"}}}]
    name = sequences.put(node(script, annotations=annotations))
    assert result(sequences.run(name, {"trace": "_"})) == {"trace": "_a", "done": True}


def test_params_that_are_absent_are_none(sequences: Sequences) -> None:
    name = scripted(sequences, {"action": sequences.action(ECHO)})
    assert given(sequences.run(name, {"of": "the request"})) == {}


@pytest.mark.parametrize("params", [7, "text", [1, 2], None], ids=repr)
def test_params_are_boxed(sequences: Sequences, params: object) -> None:
    name = scripted(sequences, {"action": sequences.action(ECHO), "params": params})
    assert given(sequences.run(name)) == {"value": params}


@pytest.mark.parametrize("state", [7, "text", [1, 2]], ids=repr)
def test_state_is_boxed(sequences: Sequences, state: object) -> None:
    echo = sequences.action(ECHO)
    code = f"""
def main(args):
    if 'state' in args:
        return {{'params': args}}
    return {{'action': {echo!r}, 'params': {{'p': 1}}, 'state': {state!r}}}
"""
    assert result(sequences.run(sequences.conductor(code))) == {"p": 1, "state": state}


def test_state_goes_over_the_result(sequences: Sequences) -> None:
    echo = sequences.action(ECHO)
    code = f"""
def main(args):
    if 'kept' in args:
        return {{'params': args}}
    return {{'action': {echo!r}, 'params': {{'kept': 'no', 'p': 1}}, 'state': {{'kept': 'yes'}}}}
"""
    assert result(sequences.run(sequences.conductor(code))) == {"kept": "yes", "p": 1}


def test_state_is_forgotten_unless_it_is_given_again(sequences: Sequences) -> None:
    echo = sequences.action(ECHO)
    code = f"""
def main(args):
    n = args.get('n', 0)
    if n == 2:
        return {{'params': args}}
    state = {{'state': {{'kept': 1}}}} if n == 0 else {{}}
    return {{'action': {echo!r}, 'params': {{'n': n + 1, 'kept_before': 'kept' in args}}, **state}}
"""
    assert result(sequences.run(sequences.conductor(code))) == {"n": 2, "kept_before": True}


def test_list_of_a_component_is_an_error(sequences: Sequences) -> None:
    lists = sequences.action("def main(args):\n    return [1, 2]\n")
    record = sequences.run(scripted(sequences, {"action": lists}))
    assert given(record) == {
        "error": f"Failed to resolve action with name '{sequences.namespace}/{lists}' during "
        "composition."
    }
    assert len(record["logs"]) == 3


def test_own_parameters_of_a_conductor_are_there_each_time(sequences: Sequences) -> None:
    echo = sequences.action(ECHO)
    code = f"""
def main(args):
    if 'mine' in args and 'twice' in args:
        return {{'params': args}}
    return {{'action': {echo!r}, 'params': {{'had': args['mine']}}, 'state': {{'twice': True}}}}
"""
    name = sequences.conductor(code, parameters=[{"key": "mine", "value": 1}])
    assert result(sequences.run(name)) == {"mine": 1, "had": 1, "twice": True}


@pytest.mark.parametrize(
    "form", ["{a}", "/_/{a}", "/{ns}/{a}", "{p}/{b}", "/{ns}/{p}/{b}", "_/{p}/{b}", "{ns}/{p}/{b}"]
)
def test_name_of_a_component(sequences: Sequences, api: Api, package: str, form: str) -> None:
    api.put_package(package)
    api.request("PUT", f"actions/{package}/b", json=python(ECHO))
    a = sequences.action(ECHO)
    action = form.format(a=a, b="b", p=package, ns=sequences.namespace)
    name = scripted(sequences, {"action": action, "params": {"n": 1}})
    assert given(sequences.run(name)) == {"n": 1}


@pytest.mark.parametrize(
    "action",
    ["/alone", "/a/b/c/d", "a/b/c/d", "", "a?b", 7, None, True, ["a"], {"name": "a"}],
    ids=repr,
)
def test_name_that_is_none(sequences: Sequences, action: object) -> None:
    name = scripted(sequences, {"action": action, "params": {"n": 1}})
    text = json.dumps(action, separators=(",", ":"))
    assert given(sequences.run(name)) == {
        "error": f"Failed to parse action name from json value {text} during composition."
    }


def test_component_that_is_missing(sequences: Sequences, api: Api, package: str) -> None:
    api.put_package(package)
    ns = sequences.namespace
    for action, path in (
        ("nothing_of_this_name", f"{ns}/nothing_of_this_name"),
        (f"{package}/nothing", f"{ns}/{package}/nothing"),
    ):
        record = sequences.run(scripted(sequences, {"action": action}))
        assert given(record) == {
            "error": f"Failed to resolve action with name '{path}' during composition."
        }
        assert len(record["logs"]) == 2


def test_component_of_another_namespace(
    sequences: Sequences, neighbour: Api, their_package: str
) -> None:
    neighbour.put_package(their_package, {"publish": True})
    neighbour.put(f"{their_package}/a", python(ECHO))
    action = f"/neighbour/{their_package}/a"
    name = scripted(sequences, {"action": action, "params": {"n": 1}})
    assert given(sequences.run(name)) == {"n": 1}
    neighbour.put_package(their_package, {"publish": False}, overwrite=True)
    for path in (f"neighbour/{their_package}/a", "neighbour/nothing_of_this_name"):
        record = sequences.run(scripted(sequences, {"action": f"/{path}"}))
        assert given(record) == {
            "error": f"Failed entitlement check for action with name '{path}' during composition."
        }


def test_error_of_a_component_is_for_the_conductor(sequences: Sequences, api: Api) -> None:
    failing = sequences.action(FAIL)
    broken = sequences.action("def main(args):\n    return 7\n")
    slow = sequences.action(
        "import time\ndef main(args):\n    time.sleep(9)\n", limits={"timeout": 200}
    )
    for component, error in (
        (failing, "went wrong"),
        (broken, "The action did not return a dictionary or array."),
        (slow, "The action exceeded its time limits of 200 milliseconds."),
    ):
        record = sequences.run(scripted(sequences, {"action": component}))
        assert given(record) == {"error": error}


def test_component_without_a_runtime(sequences: Sequences, ours: None) -> None:
    ruby = sequences.put({"exec": {"kind": "ruby:2.5", "code": "x"}})
    found = given(sequences.run(scripted(sequences, {"action": ruby})))
    assert found["error"].startswith("The kind 'ruby:2.5' cannot run here")


def test_error_of_the_conductor_ends_it(sequences: Sequences, api: Api) -> None:
    for code, status, error in (
        (FAIL, "application error", "went wrong"),
        ("def main(args):\n    raise ValueError('broke')\n", "application error", "broke"),
        (
            "def main(args):\n    return 7\n",
            "action developer error",
            "The action did not return a dictionary or array.",
        ),
    ):
        response = api.invoke(sequences.conductor(code))
        assert response.status_code == 502
        assert failure(response.json(), status) == error


def test_conductor_that_returns_a_list_ends_it(sequences: Sequences, api: Api) -> None:
    name = sequences.conductor("def main(args):\n    return [1, 2]\n")
    response = api.invoke(name)
    assert response.status_code == 500
    assert response.json()["error"] == "There was an internal server error."
    assert [each["cause"] for each in api.activations(name=name).json()] != [None]


def test_error_beside_an_action_ends_it(sequences: Sequences) -> None:
    code = "def main(args):\n    return {'error': 'enough', 'action': 'x', 'params': {'n': 1}}\n"
    record = sequences.run(sequences.conductor(code))
    assert failure(record, "application error") == "enough"
    assert len(record["logs"]) == 1


def test_payload_of_the_request(sequences: Sequences, api: Api) -> None:
    name = sequences.conductor("def main(args):\n    return {'params': args}\n")
    assert result(sequences.run(name, {"action": "x", "n": 1})) == {"action": "x", "n": 1}


@pytest.mark.parametrize("value", [False, 0, "", None], ids=repr)
def test_action_that_conducts_nothing(sequences: Sequences, value: object) -> None:
    annotations = [{"key": "conductor", "value": value}]
    code = "def main(args):\n    return {'action': 'x', 'params': 7}\n"
    record = sequences.run(sequences.action(code, annotations=annotations))
    assert result(record) == {"action": "x", "params": 7}
    assert annotated(record)["kind"].startswith("python:")


@pytest.mark.parametrize("value", [True, 1, "yes", {"type": "empty"}, [], {}], ids=repr)
def test_action_that_conducts(sequences: Sequences, value: object) -> None:
    annotations = [{"key": "conductor", "value": value}]
    code = "def main(args):\n    return {'params': 7}\n"
    record = sequences.run(sequences.action(code, annotations=annotations))
    assert result(record) == {"value": 7}


def test_annotation_means_nothing_to_a_sequence(sequences: Sequences) -> None:
    says = sequences.action("def main(args):\n    return {'action': 'x', 'params': 7}\n")
    name = sequences.sequence(says, annotations=[{"key": "conductor", "value": True}])
    record = sequences.run(name)
    assert result(record) == {"action": "x", "params": 7}
    assert "conductor" not in annotated(record)


def test_conductor_without_a_runtime(sequences: Sequences, api: Api, ours: None) -> None:
    annotations = [{"key": "conductor", "value": True}]
    name = sequences.put({"exec": {"kind": "ruby:2.5", "code": "x"}, "annotations": annotations})
    response = api.invoke(name)
    assert response.status_code == 400
    assert response.json()["error"].startswith("The kind 'ruby:2.5' cannot run here")
