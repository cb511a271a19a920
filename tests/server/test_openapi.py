"""The OpenAPI document of web actions, over HTTP on a real playground."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from jupyter_faas.workspace import Workspace
from tests.server.conftest import Api, pack
from tests.workspace.helpers.samples import assert_same_shape, sample


@pytest.fixture
def greet(data_dir: Path) -> Workspace:
    """``greet``, and ``words/greet``, both web actions."""
    workspace = Workspace.open(data_dir, target="playground")
    for package in (None, "words"):
        workspace.deploy(pack(data_dir, web=True, package=package).record.id)
    return workspace


@pytest.mark.usefixtures("greet")
def test_document_of_the_namespace_and_of_a_package(api: Api) -> None:
    paths = {
        None: ["/default/greet.json", "/words/greet.json"],
        "default": ["/default/greet.json"],
        "words": ["/words/greet.json"],
    }
    for package, wanted in paths.items():
        answer = api("GET", "faas/api/openapi", query={"package": package} if package else None)
        assert answer.status == 200, answer.text
        OpenAPIV31SpecValidator(answer.json).validate()
        assert list(answer.json["paths"]) == wanted


def operation(document: Any) -> Any:
    """The first one, without what its function names."""
    (path, *_) = document["paths"].values()
    return {**path["post"], "summary": "", "description": "", "operationId": ""}


@pytest.mark.usefixtures("greet")
def test_it_has_the_agreed_shape(api: Api) -> None:
    wanted, found = sample("openapi"), api("GET", "faas/api/openapi").json
    OpenAPIV31SpecValidator(wanted).validate()
    assert found.keys() == wanted.keys()
    assert found["info"].keys() == wanted["info"].keys()
    assert found["components"].keys() <= wanted["components"].keys()
    assert_same_shape(operation(found)["requestBody"], operation(wanted)["requestBody"])


def test_nothing_to_tell(api: Api, data_dir: Path) -> None:
    Workspace.open(data_dir, target="playground").deploy(pack(data_dir).record.id)
    answer = api("GET", "faas/api/openapi", query={"package": "words"})
    assert answer.status == 400
    assert "--web" in answer.error["hint"]


def test_it_starts_no_playground(api: Api) -> None:
    assert api("GET", "faas/api/openapi").status == 502
    assert api("GET", "faas/api/status").json["target"]["state"] == "stopped"
