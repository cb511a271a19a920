"""Contract §2.6, §3.4, §3.5: the records of sequences and of what they have run."""

from __future__ import annotations

import re
from typing import Any

from tests.contract.helpers.api import Api, annotated, python
from tests.contract.helpers.sequences import ECHO, FAIL, Sequences, sequence

LIMITS = {"timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1}


def by_name(records: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in records}


def test_record(sequences: Sequences, api: Api) -> None:
    names = [sequences.step("a"), sequences.step("b", limits={"memory": 512})]
    name = sequences.sequence(*names)
    answer = api.invoke(name)
    answered = answer.json()
    record = api.record(answered["activationId"])
    assert record == answered
    assert answer.headers["x-openwhisk-activation-id"] == record["activationId"]
    parts = sequences.parts(record)
    assert [each["name"] for each in parts] == names
    assert record["duration"] == sum(each["duration"] for each in parts)
    assert record["start"] <= parts[0]["start"]
    assert record["end"] >= parts[-1]["end"]
    found = annotated(record)
    assert isinstance(found.pop("waitTime"), int)
    assert found == {
        "topmost": True,
        "path": f"{sequences.namespace}/{name}",
        "kind": "sequence",
        "limits": {**LIMITS, "memory": 512},
    }
    assert "cause" not in record
    assert record["namespace"] == sequences.namespace
    assert record["version"] == "0.0.1"
    assert record["publish"] is False


def test_records_of_components(sequences: Sequences, api: Api) -> None:
    code = "def main(args):\n    print('heard')\n    return args\n"
    record = sequences.run(sequences.sequence(sequences.action(code)))
    (part,) = sequences.parts(record)
    assert part["cause"] == record["activationId"]
    found = annotated(part)
    assert found["causedBy"] == "sequence"
    assert found["kind"].startswith("python:3.")
    assert found["limits"] == LIMITS
    assert "topmost" not in found
    assert part["logs"][0].endswith("stdout: heard")
    alone = sequences.run(part["name"])
    assert "causedBy" not in annotated(alone)
    assert "cause" not in alone


def test_nested(sequences: Sequences, api: Api) -> None:
    one, two, three = (sequences.step(each) for each in "123")
    inner = sequences.sequence(two, three)
    outer = sequences.sequence(one, inner, one)
    record = sequences.run(outer)
    assert record["response"]["result"]["trace"] == "1231"
    first, nested, last = sequences.parts(record)
    assert [first["name"], nested["name"], last["name"]] == [one, inner, one]
    assert {first["cause"], nested["cause"], last["cause"]} == {record["activationId"]}
    found = annotated(nested)
    assert found["topmost"] is False
    assert found["kind"] == "sequence"
    assert found["causedBy"] == "sequence"
    assert annotated(record)["topmost"] is True
    parts = sequences.parts(nested)
    assert [each["name"] for each in parts] == [two, three]
    assert {each["cause"] for each in parts} == {nested["activationId"]}
    assert nested["duration"] == sum(each["duration"] for each in parts)
    assert record["duration"] == first["duration"] + nested["duration"] + last["duration"]


def test_nested_that_fails(sequences: Sequences) -> None:
    inner = sequences.sequence(sequences.action(FAIL), sequences.step("b"))
    record = sequences.run(sequences.sequence(sequences.step("a"), inner, sequences.step("c")))
    assert record["response"]["status"] == "application error"
    assert record["response"]["result"] == {"error": "went wrong"}
    _, nested = sequences.parts(record)
    assert nested["response"]["result"] == record["response"]["result"]
    assert len(nested["logs"]) == 1


def test_lists_show_its_status_and_kind(sequences: Sequences, api: Api) -> None:
    good = sequences.sequence(sequences.step("a"))
    bad = sequences.sequence(sequences.action(FAIL))
    for name, status in ((good, 0), (bad, 1)):
        record = sequences.run(name)
        (entry,) = api.activations(name=name).json()
        assert entry["activationId"] == record["activationId"]
        assert entry["statusCode"] == status
        assert entry["duration"] == record["duration"]
        assert entry["annotations"] == record["annotations"]
        assert "logs" not in entry
        (whole,) = api.activations(name=name, docs=True).json()
        assert whole == record
        (part,) = (
            each for each in api.activations().json() if each.get("cause") == entry["activationId"]
        )
        assert annotated(part)["causedBy"] == "sequence"


def test_logs_and_result_of_its_record(sequences: Sequences, api: Api) -> None:
    record = sequences.run(sequences.sequence(sequences.step("a"), sequences.step("b")))
    activation_id = record["activationId"]
    assert api.activation(activation_id, "/logs").json() == {"logs": record["logs"]}
    assert api.activation(activation_id, "/result").json() == record["response"]


def test_reached_through_a_binding(
    sequences: Sequences, api: Api, package: str, binding: str
) -> None:
    ns = sequences.namespace
    api.put_package(package)
    api.request("PUT", f"actions/{package}/a", json=python(ECHO))
    api.put_package(
        binding,
        {
            "binding": {"namespace": "_", "name": package},
            "parameters": [{"key": "bound", "value": 1}],
        },
    )
    api.request("PUT", f"actions/{package}/chain", json=sequence(f"/_/{binding}/a"))
    response = api.request(
        "POST", f"actions/{binding}/chain", json={"n": 1}, params={"blocking": "true"}
    )
    record = response.json()
    # The component has its own binding's parameters; those of the sequence's reach nobody.
    assert record["response"]["result"] == {"n": 1, "bound": 1}
    assert annotated(record)["binding"] == f"{ns}/{binding}"
    assert annotated(record)["path"] == f"{ns}/{package}/chain"
    (part,) = sequences.parts(record)
    assert annotated(part)["binding"] == f"{ns}/{binding}"
    assert annotated(part)["path"] == f"{ns}/{package}/a"
    (entry,) = api.activations(name=f"{binding}/chain").json()
    assert entry["activationId"] == record["activationId"]


def test_transaction_of_a_component_is_its_own(sequences: Sequences, api: Api) -> None:
    code = "import os\ndef main(args):\n    return {'id': os.environ['__OW_TRANSACTION_ID']}\n"
    name = sequences.sequence(sequences.action(ECHO), sequences.action(code))
    response = api.request(
        "POST",
        f"actions/{name}",
        json={},
        params={"blocking": "true", "result": "true"},
        headers={"X-Request-ID": "of_the_request"},
    )
    assert re.fullmatch("[0-9a-zA-Z]{32}", response.json()["id"])


def test_activation_id_is_the_components_own(sequences: Sequences) -> None:
    code = "import os\ndef main(args):\n    return {'id': os.environ['__OW_ACTIVATION_ID']}\n"
    record = sequences.run(sequences.sequence(sequences.action(code)))
    assert record["response"]["result"] == {"id": record["logs"][0]}
