"""Contract §2.5, §2.6, §3.4: records of runs."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import HELLO, Api, annotated

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z +(stdout|stderr): .*")
PRINTING = """
import sys
print("while it starts")
def main(args):
    print("to stdout")
    print("to stderr", file=sys.stderr)
    print("again")
    return {"ok": True}
"""


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.text
    return [each["activationId"] for each in response.json()]


def test_record(api: Api, deploy: Deploy) -> None:
    name = deploy(PRINTING)
    answer = api.invoke(name).json()
    record = api.record(answer["activationId"])
    assert set(record) >= {
        *("namespace", "name", "version", "subject", "activationId", "start", "end"),
        *("duration", "response", "logs", "annotations", "publish"),
    }
    assert {**record, "logs": []} == answer
    texts = [line.split(": ", 1)[1] for line in record["logs"]]
    assert sorted(texts) == ["again", "to stderr", "to stdout", "while it starts"]
    assert texts[0] == "while it starts"
    for line in record["logs"]:
        assert LINE.fullmatch(line)
        assert line.index(" ") == 30


def test_logs_of_a_warm_run_are_its_own(api: Api, deploy: Deploy) -> None:
    name = deploy(PRINTING)
    api.invoke(name)
    record = api.record(api.invoke(name).json()["activationId"])
    assert len(record["logs"]) == 3


def test_parts_of_a_record(api: Api, deploy: Deploy) -> None:
    activation_id = api.invoke(deploy(PRINTING)).json()["activationId"]
    record = api.record(activation_id)
    assert api.activation(activation_id, "/logs").json() == {"logs": record["logs"]}
    result = api.activation(activation_id, "/result").json()
    assert result["result"] == {"ok": True}
    assert result["success"] is True
    assert result["status"] == "success"


@pytest.mark.parametrize(
    ("activation_id", "status", "message"),
    [
        ("abc", 400, "Activation id length is 3 but must be 32."),
        ("x" * 32, 400, "The activation id is not valid."),
        ("A" * 32, 400, "The activation id is not valid."),
        ("f" * 32, 404, "The requested resource does not exist."),
    ],
)
def test_record_that_is_not_there(api: Api, activation_id: str, status: int, message: str) -> None:
    for part in ("", "/logs", "/result"):
        response = api.activation(activation_id, part)
        assert (response.status_code, response.json()["error"]) == (status, message)


def test_list(api: Api, deploy: Deploy) -> None:
    name = deploy(HELLO)
    made = [api.invoke(name).json()["activationId"] for _ in range(3)]
    response = api.activations(name=name)
    assert ids(response) == made[::-1]
    entry = response.json()[-1]
    assert set(entry) == {
        *("namespace", "name", "version", "publish", "annotations", "activationId"),
        *("start", "end", "duration", "statusCode"),
    }
    assert entry["statusCode"] == 0
    assert "initTime" in annotated(entry)


def test_list_of_failures(api: Api, deploy: Deploy) -> None:
    name = deploy("def main(args):\n    raise ValueError(args.get('x', ''))\n")
    api.invoke(name)
    (entry,) = api.activations(name=name).json()
    assert entry["statusCode"] == 1


def test_list_with_whole_records(api: Api, deploy: Deploy) -> None:
    name = deploy(PRINTING)
    activation_id = api.invoke(name).json()["activationId"]
    (record,) = api.activations(name=name, docs=True).json()
    assert record == api.record(activation_id)


def test_list_in_pages(api: Api, deploy: Deploy) -> None:
    name = deploy(HELLO)
    made = [api.invoke(name).json()["activationId"] for _ in range(4)][::-1]
    assert ids(api.activations(name=name, limit=2)) == made[:2]
    assert ids(api.activations(name=name, limit=2, skip=2)) == made[2:]
    assert ids(api.activations(name=name, limit=0)) == made
    assert api.activations(name=name, count=True).json() == {"activations": 4}
    assert api.activations(name=name, count=True, skip=3).json() == {"activations": 1}
    assert api.activations(name=name, count=True, skip=9).json() == {"activations": 0}


def test_list_of_a_time(api: Api, deploy: Deploy) -> None:
    name = deploy("import time\ndef main(args):\n    time.sleep(0.01)\n    return {}\n")
    made = [api.invoke(name).json() for _ in range(3)]
    first, second, third = (each["activationId"] for each in made)
    start = made[1]["start"]
    assert ids(api.activations(name=name, since=start)) == [third, second]
    assert ids(api.activations(name=name, upto=start)) == [second, first]
    assert ids(api.activations(name=name, since=start, upto=start)) == [second]
    assert ids(api.activations(name=name, since=int(time.time() * 1000) + 60_000)) == []
    count = api.activations(name=name, since=start, count=True).json()
    assert count == {"activations": 2}


def test_list_of_an_action_in_a_package(api: Api, deploy: Deploy) -> None:
    name = deploy(HELLO)
    api.invoke(name)
    assert ids(api.activations(name=f"package/{name}")) == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit=201", "The value '201' is not in the range of 0 to 200 for activations."),
        ("since=yesterday", "Parameter is not a valid value for epoch seconds: yesterday"),
        (
            "name=a/b/c",
            "Parameter may be a 'simple' name or 'package-name/simple' name: a/b/c",
        ),
    ],
)
def test_list_that_is_refused(api: Api, query: str, message: str) -> None:
    response = api.request("GET", f"activations?{query}")
    assert response.status_code == 400
    assert message in response.json()["error"]


def test_list_of_whole_records_cannot_be_counted(api: Api) -> None:
    both = api.activations(docs=True, count=True)
    assert (both.status_code, both.json()["error"]) == (
        400,
        "The parameter 'docs' is not permitted with 'count'.",
    )
