"""A cell's function as a web action of a real playground."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from jupyter_faas.workspace import Deployment, Workspace
from tests.workspace.helpers.cells import run_cell
from tests.workspace.helpers.requests import function_request

AREA = """\
%%function area --web --param unit=cm
def area(width: float, height: float = 2.0, unit: str = ""):
    return {"area": width * height, "unit": unit}
"""


def put(workspace: Workspace, *, web: bool) -> Deployment:
    request = function_request(AREA, "area", parameters={"unit": "cm"}, web=web)
    made = workspace.package(request, run_cell(AREA))
    return workspace.deploy(made.record.id)


def call(url: str, **params: object) -> requests.Response:
    """As a page does: without a key."""
    return requests.post(url, json=params, timeout=60)


def test_anybody_may_call_it(workspace: Workspace) -> None:
    url = put(workspace, web=True).web_url
    assert url is not None
    assert url.endswith("/api/v1/web/guest/default/area.json")
    response = call(url, width=1.5, height=3)
    assert (response.status_code, response.json()) == (200, {"area": 4.5, "unit": "cm"})
    assert [one.web_url for one in workspace.functions()] == [url]


def test_its_parameters_are_final(workspace: Workspace) -> None:
    url = put(workspace, web=True).web_url
    assert url is not None
    response = call(url, width=1, unit="m")
    assert response.status_code == 400
    assert "parameters that are not allowed" in response.json()["error"]


def test_a_query_and_a_form_are_read_as_the_types_that_are_meant(workspace: Workspace) -> None:
    url = put(workspace, web=True).web_url
    assert url is not None
    answer = {"area": 4.5, "unit": "cm"}
    assert requests.get(f"{url}?width=1.5&height=3", timeout=60).json() == answer
    form = {"width": "1.5", "height": "3"}
    assert requests.post(url, data=form, timeout=60).json() == answer


@pytest.mark.parametrize(
    ("extension", "status"), [(".json", 200), (".text", 200), (".http", 400), ("", 400)]
)
def test_what_does_not_fit_is_said_to_the_caller(
    workspace: Workspace, extension: str, status: int
) -> None:
    url = put(workspace, web=True).web_url
    assert url is not None
    url = url.replace(".json", extension)
    response = requests.get(f"{url}?width=5.1x", timeout=60)
    assert response.status_code == status
    body = {"error": 'width must be a number, not the string "5.1x"'}
    # OpenWhisk hands out a result as JSON whole, and reads a status in .http alone.
    whole = {"statusCode": 400, "body": body}
    assert response.json() == (whole if extension == ".json" else body)


@pytest.mark.parametrize(
    ("result", "answered"), [("[1, 2]", [1, 2]), ("(1, 2)", [1, 2]), ("None", None)]
)
def test_a_result_that_is_no_object_is_never_bare(
    workspace: Workspace, result: str, answered: object
) -> None:
    """OpenWhisk answers a web action that returns a list with an error 500."""
    cell = f"%%function plain\ndef plain():\n    return {result}\n"
    made = workspace.package(function_request(cell, "plain", web=True), run_cell(cell))
    url = workspace.deploy(made.record.id).web_url
    assert url is not None
    response = call(url)
    workspace.remove("plain")
    assert (response.status_code, response.json()) == (200, {"value": answered})


def test_the_fields_of_an_upload_are_parameters(workspace: Workspace) -> None:
    """OpenWhisk passes a multipart body as base64, not as parameters."""
    url = put(workspace, web=True).web_url
    assert url is not None
    fields: Any = {"width": (None, "1.5"), "height": ("height.txt", b"3", "text/plain")}
    response = requests.post(url, files=fields, timeout=60)
    assert (response.status_code, response.json()) == (200, {"area": 4.5, "unit": "cm"})
    refused = requests.post(url, files={**fields, "unit": (None, "m")}, timeout=60)
    assert "the parameter unit is already set" in refused.text


def test_without_the_option_it_is_no_longer_served(workspace: Workspace) -> None:
    url = put(workspace, web=True).web_url
    assert url is not None
    assert put(workspace, web=False).web_url is None
    assert call(url, width=1).status_code == 404
    assert [one.web_url for one in workspace.functions()] == [None]
