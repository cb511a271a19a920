"""Contract §2.6, §3.6, §7: the records of compositions and of what they have run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.helpers.api import Api, annotated, node, python
from tests.contract.helpers.conductors import endless, given, scripted
from tests.contract.helpers.sequences import ECHO, Sequences, failure, result

LIMITS = {"timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1}
TOO_MANY = "Too many actions in the composition."

# Twenty steps as Composer's conductors go through them: the state holds the index of the next.
TWENTY = """
const steps = STEPS
function main(params) {
  const at = params.$composer ? params.$composer.state : 0
  delete params.$composer
  if (at === steps.length) return { params }
  return { action: steps[at], params, state: { $composer: { state: at + 1 } } }
}
"""


def test_record(sequences: Sequences, api: Api) -> None:
    large = sequences.action(ECHO, limits={"memory": 512})
    name = scripted(sequences, {"action": large}, {"action": sequences.action(ECHO)})
    answered = api.invoke(name).json()
    record = api.record(answered["activationId"])
    assert record == answered
    parts = sequences.parts(record)
    assert record["duration"] == sum(each["duration"] for each in parts)
    assert record["start"] <= parts[0]["start"]
    assert record["end"] >= parts[-1]["end"]
    found = annotated(record)
    assert isinstance(found.pop("waitTime"), int)
    assert found == {
        "topmost": True,
        "path": f"{sequences.namespace}/{name}",
        "kind": "sequence",
        "conductor": True,
        "limits": {**LIMITS, "memory": 512},
    }
    assert "cause" not in record
    assert record["name"] == name


def test_memory_of_the_conductor_counts(sequences: Sequences) -> None:
    name = scripted(sequences, {"action": sequences.action(ECHO)}, limits={"memory": 512})
    assert annotated(sequences.run(name))["limits"]["memory"] == 512


def test_records_of_the_conductor_and_the_component(sequences: Sequences) -> None:
    component = sequences.action(ECHO)
    name = scripted(sequences, {"action": component, "params": {"n": 1}})
    record = sequences.run(name)
    parts = sequences.parts(record)
    assert [each["name"] for each in parts] == [name, component, name]
    for each in parts:
        assert each["cause"] == record["activationId"]
        found = annotated(each)
        assert found["causedBy"] == "sequence"
        assert found["kind"].startswith("python:")
        assert not {"topmost", "conductor"} & set(found)
    # What a conductor said is in its record: the way back to where it was.
    assert parts[0]["response"]["result"] == {
        "action": component,
        "params": {"n": 1},
        "state": {"round": 1},
    }


def test_twenty_steps_have_41_records_in_order(sequences: Sequences, api: Api) -> None:
    steps = [sequences.step(chr(ord("a") + each)) for each in range(20)]
    code = TWENTY.replace("STEPS", repr(steps))
    annotations = [{"key": "conductor", "value": {"composition": {"type": "sequence"}}}]
    name = sequences.put(node(code, annotations=annotations))
    record = sequences.run(name)
    assert result(record)["trace"] == "abcdefghijklmnopqrst"
    parts = sequences.parts(record)
    assert len(parts) == 41
    expected = [name] + [each for step in steps for each in (step, name)]
    assert [each["name"] for each in parts] == expected
    assert {each["cause"] for each in parts} == {record["activationId"]}
    starts = [each["start"] for each in parts]
    assert starts == sorted(starts)
    assert [
        each["response"]["result"]["state"]["$composer"]["state"] for each in parts[:-1:2]
    ] == list(range(1, 21))
    caused = [
        each["activationId"]
        for each in api.activations(limit=200).json()
        if each.get("cause") == record["activationId"]
    ]
    assert sorted(caused) == sorted(record["logs"])


def test_nested_sequence(sequences: Sequences) -> None:
    inner = sequences.sequence(sequences.step("a"), sequences.step("b"))
    name = scripted(sequences, {"action": inner})
    record = sequences.run(name)
    assert given(record)["trace"] == "ab"
    conductor, nested, _ = sequences.parts(record)
    assert nested["name"] == inner
    assert annotated(nested)["topmost"] is False
    assert annotated(nested)["causedBy"] == "sequence"
    assert "conductor" not in annotated(nested)
    assert nested["cause"] == record["activationId"]
    assert {each["cause"] for each in sequences.parts(nested)} == {nested["activationId"]}
    assert conductor["cause"] == record["activationId"]


def test_nested_composition(sequences: Sequences) -> None:
    inner = scripted(sequences, {"action": sequences.step("a")})
    name = scripted(sequences, {"action": inner})
    record = sequences.run(name)
    assert given(record)["given"]["trace"] == "a"
    _, nested, _ = sequences.parts(record)
    found = annotated(nested)
    assert (found["topmost"], found["conductor"], found["causedBy"]) == (False, True, "sequence")
    assert nested["cause"] == record["activationId"]
    assert len(nested["logs"]) == 3
    assert {each["cause"] for each in sequences.parts(nested)} == {nested["activationId"]}


def test_composition_in_a_sequence(sequences: Sequences) -> None:
    inner = scripted(sequences, {"action": sequences.step("a")})
    last = sequences.action("def main(args):\n    return args['given']\n")
    record = sequences.run(sequences.sequence(inner, last))
    assert result(record)["trace"] == "a"
    nested, end = sequences.parts(record)
    found = annotated(nested)
    assert (found["topmost"], found["conductor"], found["causedBy"]) == (False, True, "sequence")
    assert {nested["cause"], end["cause"]} == {record["activationId"]}
    assert "conductor" not in annotated(record)


def test_composition_in_a_sequence_is_not_given_a_list(sequences: Sequences) -> None:
    lists = sequences.action("def main(args):\n    return [1, 2]\n")
    takes = sequences.conductor("def main(args):\n    return {'params': {'got': args}}\n")
    assert result(sequences.run(sequences.sequence(lists, takes))) == {"got": {}}


def test_reached_through_a_binding(
    sequences: Sequences, api: Api, package: str, binding: str
) -> None:
    api.put_package(package)
    body = python(
        "def main(args):\n    return {'params': args}\n",
        annotations=[{"key": "conductor", "value": True}],
    )
    api.request("PUT", f"actions/{package}/a", json=body)
    parameters = [{"key": "bound", "value": 1}]
    bound = {"binding": {"namespace": "_", "name": package}, "parameters": parameters}
    api.put_package(binding, bound)
    path = f"actions/{binding}/a"
    record = api.request("POST", path, json={}, params={"blocking": "true"}).json()
    assert record["response"]["result"] == {"bound": 1}
    for each in (record, *sequences.parts(record)):
        assert annotated(each)["binding"] == f"{sequences.namespace}/{binding}"
        assert annotated(each)["path"] == f"{sequences.namespace}/{package}/a"


# -- for how long --------------------------------------------------------------------------------


def test_fifty_components_and_no_more(sequences: Sequences) -> None:
    record = sequences.run(endless(sequences, sequences.action(ECHO)))
    # The conductor hears of it, and can end well.
    assert result(record) == {"told": TOO_MANY, "rounds": 51}
    assert len(record["logs"]) == 50 + 51 + 1


def test_conductor_that_never_ends(sequences: Sequences, api: Api) -> None:
    name = sequences.conductor("def main(args):\n    return {'action': 7}\n")
    response = api.invoke(name)
    assert response.status_code == 502
    assert failure(response.json(), "application error") == TOO_MANY
    assert len(response.json()["logs"]) == 101


def test_nested_sequence_counts_once(sequences: Sequences) -> None:
    inner = sequences.sequence(*[sequences.action(ECHO)] * 3)
    record = sequences.run(endless(sequences, inner))
    assert result(record) == {"told": TOO_MANY, "rounds": 51}
    nested = [each for each in sequences.parts(record) if each["name"] == inner]
    assert len(nested) == 50


def test_nested_compositions_share_the_count(sequences: Sequences) -> None:
    echo = sequences.action(ECHO)
    inner = scripted(sequences, *[{"action": echo}] * 30)
    record = sequences.run(scripted(sequences, {"action": inner}, {"action": inner}))
    first, second = (each for each in sequences.parts(record) if each["name"] == inner)
    assert first["response"]["result"] == {"given": {}}
    # 30 components are done, 20 more may be: then its conductor hears of it ten times.
    assert second["response"]["result"] == {"given": {"error": TOO_MANY}}
    count = sum(each["name"] == echo for each in sequences.parts(second))
    assert count == 20


def test_composition_of_itself(sequences: Sequences, api: Api, name: str) -> None:
    code = (
        "def main(args):\n    return args.get('error') and {'params': args} or {'action': NAME}\n"
    )
    annotations = [{"key": "conductor", "value": True}]
    body = python(code.replace("NAME", repr(name)), annotations=annotations)
    assert api.put(name, body).status_code == 200
    response = api.invoke(name)
    assert response.json()["response"]["result"] == {"error": TOO_MANY}


@pytest.mark.usefixtures("ours")
def test_composition_and_sequence_of_each_other(sequences: Sequences, api: Api, name: str) -> None:
    annotations: list[dict[str, Any]] = [{"key": "conductor", "value": True}]
    code = f"""
def main(args):
    return {{'params': args}} if 'error' in args else {{'action': {name!r}}}
"""
    conductor = sequences.action(code, annotations=annotations)
    body = {"exec": {"kind": "sequence", "components": [f"/_/{conductor}"]}}
    assert api.put(name, body).status_code == 200
    response = api.invoke(name)
    assert response.json()["response"]["result"]["error"] in (
        TOO_MANY,
        "Too many actions in the sequence.",
    )
