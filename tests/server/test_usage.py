"""How a function is used from elsewhere, over HTTP on a real playground."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.workspace import Workspace
from tests.server.conftest import Api, pack
from tests.workspace.helpers.samples import assert_same_shape, sample


@pytest.fixture
def greet(api: Api, data_dir: Path) -> Any:
    workspace = Workspace.open(data_dir, target="playground")
    workspace.deploy(pack(data_dir).record.id)
    answer = api("GET", "faas/api/functions/greet/usage")
    assert answer.status == 200, answer.text
    return answer.json


def test_usage_has_the_agreed_shape(greet: Any) -> None:
    wanted = sample("usage")
    assert_same_shape({**greet, "params": {}}, {**wanted, "params": {}})
    assert greet["name"] == "greet"
    assert [each["id"] for each in greet["snippets"]] == [each["id"] for each in wanted["snippets"]]


def test_key_is_in_no_answer(greet: Any, data_dir: Path) -> None:
    text = (data_dir / "playground" / "wskprops").read_text("utf-8")
    key = text.partition("AUTH=")[2].strip()
    assert not any(part in str(greet) for part in key.split(":"))


def test_unknown_function(api: Api, greet: Any) -> None:
    answer = api("GET", "faas/api/functions/nothing/usage")
    assert answer.status == 404
    assert answer.error["code"] == "action_not_found"


def test_function_of_that_name_in_a_package_can_be_removed(api: Api, data_dir: Path) -> None:
    cell = "%%function usage\ndef usage():\n    return {}\n"
    made = pack(data_dir, cell, "usage", package="models")
    Workspace.open(data_dir, target="playground").deploy(made.record.id)
    assert api("DELETE", "faas/api/functions/models/usage").status == 204
    assert api("GET", "faas/api/functions").json["functions"] == []
