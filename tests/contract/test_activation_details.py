"""Contract §2.5: how clients read lists of activations."""

from __future__ import annotations

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import HELLO, Api, annotated


def test_poll_as_wsk_does(api: Api, deploy: Deploy) -> None:
    name = deploy("def main(args):\n    print('hi')\n    return {}\n")
    record = api.record(api.invoke(name).json()["activationId"])
    since = record["start"]
    found = api.activations(docs=True, limit=0, since=since, skip=0).json()
    (entry,) = (each for each in found if each["activationId"] == record["activationId"])
    assert entry == record
    assert [line.partition(": ")[2] for line in entry["logs"]] == ["hi"]


def test_entry_keeps_its_annotations(api: Api, deploy: Deploy) -> None:
    name = deploy(HELLO)
    made = [api.record(api.invoke(name).json()["activationId"]) for _ in range(2)]
    entries = api.activations(name=name).json()
    assert [each["annotations"] for each in entries] == [
        each["annotations"] for each in reversed(made)
    ]
    warm, cold = (annotated(each) for each in entries)
    assert set(cold) - set(warm) == {"initTime"}
    assert set(warm) >= {"kind", "waitTime", "limits", "path", "timeout"}


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_only_get(api: Api, deploy: Deploy, method: str) -> None:
    activation_id = api.invoke(deploy(HELLO)).json()["activationId"]
    one = f"activations/{activation_id}"
    for path in ("activations", one, f"{one}/logs", f"{one}/result"):
        response = api.request(method, path, json={})
        assert response.status_code == 404
        assert response.json()["error"] == "The requested resource could not be found."
    assert api.activation(activation_id).status_code == 200
