"""What clients expect to find in ``/whisk.system`` (contract §6)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.contract.helpers.api import Api, annotated


def invoke(api: Api, action: str, payload: dict[str, Any]) -> Any:
    response = api.elsewhere(
        "POST", "whisk.system", f"actions/utils/{action}?blocking=true&result=true", json=payload
    )
    assert response.status_code == 200, response.text
    return response.json()


def test_utils_is_published(api: Api, ours: None) -> None:
    found = api.elsewhere("GET", "whisk.system", "packages").json()
    assert "utils" in [each["name"] for each in found]
    package = api.elsewhere("GET", "whisk.system", "packages/utils").json()
    assert package["publish"] is True
    names = {each["name"] for each in package["actions"]}
    assert names >= {"cat", "date", "echo", "head", "sort", "split"}
    assert all("description" in annotated(each) for each in package["actions"])


@pytest.mark.parametrize(
    ("action", "payload", "result"),
    [
        ("echo", {"a": [1]}, {"a": [1]}),
        ("sort", {"lines": ["b", "a", "B"]}, {"lines": ["B", "a", "b"], "length": 3}),
        ("split", {"payload": "a\r\nb\nc"}, {"lines": ["a", "b", "c"], "payload": "a\r\nb\nc"}),
        ("split", {"payload": "a b", "separator": " "}, {"lines": ["a", "b"], "payload": "a b"}),
        ("cat", {"lines": ["a", "b"]}, {"lines": ["a", "b"], "payload": "a\nb"}),
        ("head", {"lines": ["a", "b", "c"], "num": 2}, {"lines": ["a", "b"], "num": 2}),
    ],
)
def test_utils(api: Api, action: str, payload: dict[str, Any], result: dict[str, Any]) -> None:
    assert invoke(api, action, payload) == result


def test_date(api: Api) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", invoke(api, "date", {})["date"])


def test_utils_behind_a_binding(api: Api, binding: str) -> None:
    body = {"binding": {"namespace": "whisk.system", "name": "utils"}}
    assert api.put_package(binding, body).status_code == 200
    assert api.invoke(f"{binding}/echo", {"a": 1}, result=True).json() == {"a": 1}


def test_utils_may_not_be_changed(api: Api) -> None:
    response = api.elsewhere("DELETE", "whisk.system", "actions/utils/echo")
    assert response.status_code == 403
