"""Contract §2.1: sequences as entities."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.helpers.api import HELLO, Api, annotated, python
from tests.contract.helpers.sequences import STEP, Sequences, sequence

CYCLE = "Sequence may not refer to itself."


def refused(response: Any, error: str) -> None:
    assert response.status_code == 400, response.text
    assert response.json()["error"] == error


def test_create(sequences: Sequences, api: Api, name: str) -> None:
    ns = sequences.namespace
    first, second = sequences.action(), sequences.action()
    response = api.put(name, sequence(first, f"/{ns}/{second}", publish=True))
    assert response.status_code == 200
    entity = response.json()
    components = [f"/{ns}/{first}", f"/{ns}/{second}"]
    assert entity["exec"] == {"kind": "sequence", "components": components}
    assert entity["parameters"] == [{"key": "_actions", "value": components}]
    assert annotated(entity)["exec"] == "sequence"
    assert entity["version"] == "0.0.1"
    assert entity["limits"]["timeout"] == 60000
    for query in ({}, {"code": "true"}, {"code": "false"}):
        assert api.get(name, **query).json() == entity


def test_component_by_path_and_name(sequences: Sequences, api: Api, name: str) -> None:
    first = sequences.action()
    components = [{"path": "_", "name": first}]
    response = api.put(name, {"exec": {"kind": "sequence", "components": components}})
    assert response.json()["exec"]["components"] == [f"/{sequences.namespace}/{first}"]


def test_component_of_a_package(
    sequences: Sequences, api: Api, name: str, package: str, binding: str
) -> None:
    api.put_package(package)
    api.request("PUT", f"actions/{package}/a", json=python(HELLO))
    api.put_package(binding, {"binding": {"namespace": "_", "name": package}})
    ns = sequences.namespace
    for where in (package, binding):
        response = api.put(name, sequence(f"/_/{where}/a"), overwrite=True)
        assert response.json()["exec"]["components"] == [f"/{ns}/{where}/a"]


def test_sequence_in_a_package(sequences: Sequences, api: Api, package: str) -> None:
    api.put_package(package)
    path = f"actions/{package}/chain"
    assert api.request("PUT", path, json=sequence(sequences.action(HELLO))).status_code == 200
    record = api.request("POST", path, json={}, params={"blocking": "true"}).json()
    assert record["response"]["result"] == {"greeting": "Hello stranger"}
    assert annotated(record)["path"] == f"{sequences.namespace}/{package}/chain"


def test_parameters_are_the_components(sequences: Sequences, api: Api, name: str) -> None:
    given = [{"key": "mine", "value": 1}]
    body = sequence(sequences.action(), parameters=given)
    created = api.put(name, body).json()
    assert [each["key"] for each in created["parameters"]] == ["_actions"]
    updated = api.put(name, {"parameters": given}, overwrite=True).json()
    assert updated["parameters"] == created["parameters"]
    assert updated["exec"] == created["exec"]
    assert updated["version"] == "0.0.2"


def test_limits(sequences: Sequences, api: Api) -> None:
    component = sequences.action(HELLO, limits={"timeout": 5000})
    name = sequences.sequence(component, limits={"timeout": 1000, "memory": 512})
    assert api.get(name).json()["limits"]["timeout"] == 1000
    updated = api.put(name, {"limits": {"logs": 5}}, overwrite=True).json()
    assert updated["limits"] == {"timeout": 1000, "memory": 512, "logs": 5, "concurrency": 1}
    # The memory of a run is that of what it has run; the rest is its own.
    limits = annotated(sequences.run(name))["limits"]
    assert limits == {"timeout": 1000, "memory": 256, "logs": 5, "concurrency": 1}
    response = api.put(name, {"limits": {"timeout": 1}}, overwrite=True)
    assert response.status_code == 400


def test_list_entry(sequences: Sequences, api: Api) -> None:
    name = sequences.sequence(sequences.action())
    (entry,) = (
        each
        for each in api.request("GET", "actions", params={"limit": "0"}).json()
        if each["name"] == name
    )
    assert entry["exec"] == {"binary": False}
    assert annotated(entry)["exec"] == "sequence"


def test_delete_gives_the_sequence_and_leaves_its_components(
    sequences: Sequences, api: Api
) -> None:
    component = sequences.action()
    name = sequences.sequence(component)
    deleted = api.delete(name)
    assert deleted.status_code == 200
    assert deleted.json()["exec"]["kind"] == "sequence"
    assert api.get(name).status_code == 404
    assert api.get(component).status_code == 200


def test_deleting_a_component_leaves_the_sequence(sequences: Sequences, api: Api) -> None:
    component = sequences.action()
    name = sequences.sequence(component)
    before = api.get(name).json()
    assert api.delete(component).status_code == 200
    assert api.get(name).json() == before


def test_action_becomes_a_sequence_and_an_action_again(sequences: Sequences, api: Api) -> None:
    component = sequences.step("b")
    name = sequences.step("a")
    assert sequences.run(name)["response"]["result"]["trace"] == "a"
    made = api.put(name, sequence(component), overwrite=True).json()
    assert made["exec"]["kind"] == "sequence"
    assert "code" not in made["exec"]
    assert sequences.run(name)["response"]["result"]["trace"] == "b"
    code = "def main(args):\n    return {'seen': sorted(args)}\n"
    again = api.put(name, python(code), overwrite=True).json()
    assert again["parameters"] == []
    assert again["version"] == "0.0.3"
    assert annotated(again)["exec"].startswith("python:")
    assert sequences.run(name)["response"]["result"] == {"seen": []}


def test_empty(api: Api, name: str) -> None:
    refused(api.put(name, sequence()), "No component specified for the sequence.")


@pytest.mark.parametrize(
    "exec_",
    [
        {"kind": "sequence"},
        {"kind": "sequence", "components": "/_/a"},
        {"kind": "sequence", "components": ["name_alone"]},
        {"kind": "sequence", "components": [None]},
    ],
    ids=["none", "text", "one segment", "null"],
)
def test_malformed(api: Api, name: str, exec_: dict[str, Any]) -> None:
    response = api.put(name, {"exec": exec_})
    assert response.status_code == 400
    assert response.json()["error"].startswith("The request content was malformed:\n")


@pytest.mark.parametrize("component", ["missing_package/a", "a/b/c"])
def test_component_of_a_missing_package(api: Api, name: str, component: str) -> None:
    response = api.put(name, sequence(component))
    assert response.status_code == 404
    assert response.json()["error"] == "The requested resource does not exist."


def test_component_that_is_missing(sequences: Sequences, api: Api, name: str) -> None:
    missing = "Sequence component does not exist."
    refused(api.put(name, sequence(sequences.action(), "nothing_of_this_name")), missing)
    nested = sequences.action()
    outer = sequences.sequence(sequences.sequence(nested))
    api.delete(nested)
    refused(api.put(name, sequence(outer)), missing)


def test_sequence_of_itself(sequences: Sequences, api: Api, name: str) -> None:
    refused(api.put(name, sequence(name)), CYCLE)
    first = sequences.action()
    inner = sequences.sequence(first)
    outer = sequences.sequence(first, inner)
    refused(api.put(inner, sequence(inner), overwrite=True), CYCLE)
    refused(api.put(inner, sequence(outer), overwrite=True), CYCLE)
    # Not even an action that comes to be one.
    refused(api.put(first, sequence(outer), overwrite=True), CYCLE)
    assert api.get(inner).json()["version"] == "0.0.1"


def test_sequence_of_itself_through_a_binding(
    sequences: Sequences, api: Api, package: str, binding: str
) -> None:
    api.put_package(package)
    path = f"actions/{package}/chain"
    api.request("PUT", path, json=sequence(sequences.action()))
    api.put_package(binding, {"binding": {"namespace": "_", "name": package}})
    query = {"overwrite": "true"}
    response = api.request("PUT", path, json=sequence(f"/_/{binding}/chain"), params=query)
    refused(response, CYCLE)


def test_two_updates_at_once_that_would_contain_each_other(sequences: Sequences, api: Api) -> None:
    first = sequences.action()
    names = [sequences.sequence(first) for _ in range(2)]
    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            updates = [
                pool.submit(api.put, one, sequence(other), True)
                for one, other in (names, names[::-1])
            ]
            statuses = sorted(each.result().status_code for each in updates)
        assert statuses == [200, 400]
        for each in names:
            assert api.put(each, sequence(first), overwrite=True).status_code == 200


def test_too_long(sequences: Sequences, api: Api, name: str) -> None:
    too_long = "Too many actions in the sequence."
    first = sequences.action()
    half = sequences.sequence(*[first] * 25)
    assert api.put(name, sequence(half, half)).status_code == 200
    refused(api.put(name, sequence(half, half, first), overwrite=True), too_long)
    refused(api.put(name, sequence(*[first] * 51), overwrite=True), too_long)
    assert api.put(name, sequence(*[first] * 50), overwrite=True).status_code == 200


def test_sequence_that_exists(sequences: Sequences, api: Api) -> None:
    name = sequences.sequence(sequences.action())
    for body in (sequence("nothing_of_this_name"), python(STEP)):
        response = api.put(name, body)
        assert response.status_code == 409
        assert response.json()["error"] == "resource already exists"


def test_component_of_another_namespace(
    api: Api, neighbour: Api, name: str, sequences: Sequences, their_package: str
) -> None:
    neighbour.put_package(their_package, {"publish": True})
    body = python("def main(args):\n    return {'from': 'neighbour'}\n")
    neighbour.put(f"{their_package}/a", body)
    assert api.put(name, sequence(f"/neighbour/{their_package}/a")).status_code == 200
    assert sequences.run(name)["response"]["result"] == {"from": "neighbour"}
    neighbour.put_package(their_package, {"publish": False}, overwrite=True)
    for path, resource in (
        (f"{their_package}/a", their_package),
        ("nothing_of_this_name", "nothing_of_this_name"),
    ):
        response = api.put(name, sequence(f"/neighbour/{path}"), overwrite=True)
        assert response.status_code == 403
        assert f"'neighbour/{resource}'" in response.json()["error"]
