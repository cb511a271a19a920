"""What is told of a function to those who use it, over HTTP on a real playground."""

from __future__ import annotations

from pathlib import Path

from jupyter_faas.workspace import Workspace
from tests.server.conftest import Api, pack
from tests.workspace.helpers.samples import assert_same_shape, sample


def test_page_has_the_agreed_shape(api: Api, data_dir: Path) -> None:
    Workspace.open(data_dir, target="playground").deploy(pack(data_dir).record.id)
    answer = api("GET", "faas/api/functions/greet/page")
    assert answer.status == 200, answer.text
    wanted = sample("function_page")
    assert_same_shape({**answer.json, "schema": None}, {**wanted, "schema": None})
    assert answer.json["name"] == "greet"
    assert answer.json["doc"] == "Greet somebody."


def test_unknown_function(api: Api) -> None:
    assert api("POST", "faas/api/playground", {"action": "start"}).status == 200
    answer = api("GET", "faas/api/functions/nothing/page")
    assert answer.status == 404
    assert answer.error["code"] == "action_not_found"


def test_function_of_that_name_in_a_package_can_be_removed(api: Api, data_dir: Path) -> None:
    cell = "%%function page\ndef page():\n    return {}\n"
    made = pack(data_dir, cell, "page", package="models")
    Workspace.open(data_dir, target="playground").deploy(made.record.id)
    assert api("DELETE", "faas/api/functions/models/page").status == 204
    assert api("GET", "faas/api/functions").json["functions"] == []
