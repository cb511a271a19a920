"""Whole numbers keep their digits, however many: OpenWhisk's own are of any length."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import Api, python
from tests.contract.helpers.private import private
from tests.contract.helpers.sequences import ECHO, Sequences
from tests.workspace.helpers.samples import sample

NUMBERS: dict[str, Any] = json.loads(sample("exact")["message"])


def bound(entity: dict[str, Any]) -> Any:
    (value,) = (each["value"] for each in entity["parameters"] if each["key"] == "ids")
    return value


def test_answer_and_record(api: Api, deploy: Deploy) -> None:
    answer = api.invoke(deploy(ECHO), NUMBERS).json()
    assert answer["response"]["result"] == NUMBERS
    activation_id = answer["activationId"]
    assert api.record(activation_id)["response"]["result"] == NUMBERS
    assert api.activation(activation_id, "/result").json()["result"] == NUMBERS


def test_result_that_an_action_computes(api: Api, deploy: Deploy) -> None:
    name = deploy("def main(args):\n    return {'power': 2 ** args['of'], 'less': -(2 ** 63) - 1}")
    result = api.invoke(name, {"of": 70}, result=True).json()
    assert result == {"power": 2**70, "less": -(2**63) - 1}


def test_sequence(api: Api, sequences: Sequences) -> None:
    name = sequences.sequence(sequences.action(), sequences.action())
    assert api.invoke(name, NUMBERS, result=True).json() == NUMBERS


def test_number_that_no_float_is_near(api: Api, deploy: Deploy) -> None:
    response = api.invoke(deploy(ECHO), {"id": 10**400})
    assert response.json()["response"]["result"] == {"id": 10**400}
    activation_id = response.json()["activationId"]
    assert api.record(activation_id)["response"]["result"] == {"id": 10**400}
    assert api.activation(activation_id, "/result").json()["result"] == {"id": 10**400}


@pytest.mark.usefixtures("ours")
def test_parameters_and_kept_inputs_outlive_a_restart(tmp_path: Path) -> None:
    parameters = [{"key": "ids", "value": NUMBERS}]
    kept = [{"key": "faas-keep-inputs", "value": {"last": 20, "redact": []}}]
    with private(tmp_path) as playground:
        api = playground.api
        assert api.put("echo", python(ECHO, parameters=parameters, annotations=kept)).ok
        assert api.put_package("box", {"parameters": parameters}).ok
        assert api.request("PUT", "triggers/bell", json={"parameters": parameters}).ok
        activation_id = api.invoke("echo", NUMBERS).json()["activationId"]
    with private(tmp_path) as playground:
        api = playground.api
        assert bound(api.get("echo").json()) == NUMBERS
        assert bound(api.get_package("box").json()) == NUMBERS
        assert bound(api.request("GET", "triggers/bell").json()) == NUMBERS
        assert api.invoke("echo", result=True).json() == {"ids": NUMBERS}
        url = f"{api.target.apihost}/faas/inputs/{activation_id}"
        assert api.session.get(url).json()["params"] == NUMBERS
