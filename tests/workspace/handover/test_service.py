"""Documents of what a real playground serves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_spec_validator import OpenAPIV31SpecValidator

from jupyter_faas.errors import ActionNotFound, InputError
from jupyter_faas.workspace import Workspace
from tests.clients.helpers.target import auth_of
from tests.hosts.helpers.provider import started_playground
from tests.workspace.helpers.cells import run_cell
from tests.workspace.helpers.requests import function_request

AREA = '''\
%%function area
def area(width: float, height: float = 2.0, unit: str = "") -> dict[str, float | str]:
    """The area of a rectangle."""
    return {"area": width * height, "unit": unit}
'''


def put(workspace: Workspace, name: str = "area", **options: Any) -> None:
    cell = AREA.replace("%%function area", f"%%function {name}")
    request = function_request(cell, name, **options)
    made = workspace.package(request, run_cell(cell))
    workspace.deploy(made.record.id)


@pytest.fixture(scope="module")
def document(workspace: Workspace) -> Any:
    put(workspace, web=True, parameters={"unit": "secret unit"})
    put(workspace, package="geo", web=True, annotations={"require-whisk-auth": "secret word"})
    put(workspace, "hidden")
    return workspace.handover.openapi()


def test_an_empty_playground_suggests_the_data_folder(tmp_path: Path) -> None:
    with (
        started_playground(tmp_path / "faas") as empty,
        pytest.raises(ActionNotFound, match="Local playground, which has no functions yet") as no,
    ):
        empty.handover.check_name("area")
    assert no.value.hint.endswith(
        "If it was deployed with another data folder, set JUPYTER_FAAS_DATA_DIR to that folder."
    )


def test_web_actions_are_told_and_no_others(document: Any) -> None:
    OpenAPIV31SpecValidator(document).validate()
    assert list(document["paths"]) == ["/default/area.json", "/geo/area.json"]
    assert document["info"]["title"] == "guest"


def test_it_holds_no_value_of_a_parameter_and_no_word(document: Any) -> None:
    assert "secret" not in json.dumps(document)


def test_paths_lead_to_the_functions(document: Any) -> None:
    url = f"{document['servers'][0]['url']}/default/area.json"
    answer = requests.post(url, json={"width": 3}, timeout=60)
    assert answer.json() == {"area": 6.0, "unit": "secret unit"}
    refused = requests.post(url, json={}, timeout=60).json()
    wanted = document["components"]["schemas"]["Refusal"]["properties"]
    assert refused["statusCode"] in wanted["statusCode"]["enum"]
    assert list(refused["body"]) == wanted["body"]["required"]


def test_one_package(workspace: Workspace, document: Any) -> None:
    assert list(workspace.handover.openapi("geo")["paths"]) == ["/geo/area.json"]
    assert list(workspace.handover.openapi("default")["paths"]) == ["/default/area.json"]


def test_parameters_of_the_package_are_not_asked_for(workspace: Workspace, document: Any) -> None:
    info = workspace.playground.start()
    user, _, key = auth_of(info.wskprops).partition(":")
    requests.put(
        f"{info.apihost}/api/v1/namespaces/_/packages/geo?overwrite=true",
        json={"parameters": [{"key": "width", "value": 1}]},
        auth=(user, key),
        timeout=60,
    ).raise_for_status()
    schemas = workspace.handover.openapi("geo")["components"]["schemas"]
    assert list(schemas["GeoAreaParameters"]["properties"]) == ["height", "unit"]


def test_nothing_to_tell_is_an_error(workspace: Workspace, document: Any) -> None:
    with pytest.raises(
        InputError,
        match=r"Package 'nowhere' on Local playground does not contain any web functions",
    ):
        workspace.handover.openapi("nowhere")


def test_verb_prints_or_writes_it(workspace: Workspace, document: Any, tmp_path: Path) -> None:
    from jupyter_faas.commands.table import Call, parse

    path = tmp_path / "api.json"
    printing = parse("magic", ["openapi", "default"])
    writing = parse("cli", ["openapi", "--output", str(path)])
    assert isinstance(printing, Call)
    assert isinstance(writing, Call)
    assert list(json.loads("\n".join(printing.run(workspace).lines))["paths"]) == [
        "/default/area.json"
    ]
    assert writing.run(workspace).lines == (f"Wrote {path}: 2 functions.",)
    assert list(json.loads(path.read_text("utf-8"))["paths"]) == list(document["paths"])
