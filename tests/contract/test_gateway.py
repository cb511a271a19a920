"""Contract §4, last item: /whisk.system/apimgmt, by which APIs are made, shown and deleted."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.contract.helpers.api import TIMEOUT_S, Api
from tests.contract.helpers.apis import Apis


@pytest.fixture
def apis(api: Api, ours: None) -> Iterator[Apis]:
    apis = Apis(api)
    yield apis
    apis.close()


@pytest.fixture
def base() -> str:
    """A base path that no API has."""
    return f"/api_{uuid.uuid4().hex[:12]}"


def paths(response: requests.Response) -> dict[str, Any]:
    """Of the one API that was found."""
    assert response.status_code == 200, response.text
    (api,) = response.json()["apis"]
    found: dict[str, Any] = api["value"]["apidoc"]["paths"]
    return found


def error(response: requests.Response) -> str:
    assert response.status_code == 502
    assert set(response.json()) == {"error"}
    text = response.json()["error"]
    assert isinstance(text, str)
    return text


def test_api_that_is_made(apis: Apis, base: str) -> None:
    parameters = [{"name": "isbn", "in": "path", "required": True, "type": "string"}]
    url = apis.route(
        base, "/books/{isbn}", "GET", "pkg/book", "http", apiName="Club", pathParameters=parameters
    )
    host = apis.api.target.apihost
    assert url == f"{host}/api/gw/guest{base}"
    (found,) = apis.get(basepath=base).json()["apis"]
    assert found["value"]["gwApiUrl"] == url
    assert found["value"]["gwApiActivated"] is True
    document = found["value"]["apidoc"]
    assert document["swagger"] == "2.0"
    assert document["basePath"] == base
    assert document["info"]["title"] == "Club"
    assert document["paths"] == {
        "/books/{isbn}": {
            "get": {
                "operationId": "getBooksIsbn",
                "parameters": parameters,
                "x-openwhisk": {
                    "url": f"{host}/api/v1/web/guest/pkg/book.http",
                    "namespace": "guest",
                    "package": "pkg",
                    "action": "book",
                },
                "responses": {"default": {"description": "Default response"}},
            }
        }
    }


def test_no_key_in_what_is_kept(apis: Apis, base: str) -> None:
    apis.route(base, "/x", "GET", "a")
    assert apis.api.target.auth.partition(":")[2] not in apis.get(basepath=base).text


@pytest.mark.parametrize("extension", ["", ".http"])
def test_calls_with_and_without_extension_and_token(apis: Apis, base: str, extension: str) -> None:
    apis.route(base, "/x", "GET", "a")
    query = {"basepath": base, "accesstoken": "DUMMY TOKEN", "spaceguid": "x"}
    response = apis.call("GET", f"getApi{extension}", params=query)
    assert list(paths(response)) == ["/x"]
    assert response.headers["Content-Type"].startswith("application/json")


def test_routes_are_added_to_an_api(apis: Apis, base: str) -> None:
    apis.route(base, "/x", "GET", "a", apiName=f"name of {base}")
    apis.route(base, "/x", "POST", "b", apiName="not the first name")
    apis.route(base, "/y", "GET", "c")
    by_name = paths(apis.get(basepath=f"name of {base}"))
    assert {path: list(operations) for path, operations in by_name.items()} == {
        "/x": ["get", "post"],
        "/y": ["get"],
    }


def test_all_apis_are_shown_in_pages(apis: Apis, base: str) -> None:
    for number in range(3):
        apis.route(f"{base}_{number}", "/x", "GET", "a")

    def shown(**query: str) -> list[str]:
        found = [each["value"]["apidoc"]["basePath"] for each in apis.get(**query).json()["apis"]]
        return [each for each in found if each.startswith(base)]

    assert shown() == [f"{base}_0", f"{base}_1", f"{base}_2"]
    everything = len(apis.get().json()["apis"])
    assert shown(skip=str(everything - 2)) == [f"{base}_1", f"{base}_2"]
    assert shown(skip=str(everything - 2), limit="1") == [f"{base}_1"]


def test_api_that_is_not_there(apis: Apis, base: str) -> None:
    assert apis.get(basepath=base).json() == {"apis": []}
    assert error(apis.delete(basepath=base)) == (
        f"API deletion failure: API '{base}' does not exist."
    )


def test_route_is_deleted_and_the_api_with_the_last(apis: Apis, base: str) -> None:
    for path, method in (("/x", "GET"), ("/x", "POST"), ("/y", "GET")):
        apis.route(base, path, method, "a")
    assert apis.delete(basepath=base, relpath="/x", operation="GET").json() == {}
    assert list(paths(apis.get(basepath=base))["/x"]) == ["post"]
    assert apis.delete(basepath=base, relpath="/x").json() == {}
    assert list(paths(apis.get(basepath=base))) == ["/y"]
    assert "path '/x' does not exist" in error(apis.delete(basepath=base, relpath="/x"))
    assert apis.delete(basepath=base, relpath="/y").json() == {}
    assert apis.get(basepath=base).json() == {"apis": []}


def test_whole_api_is_deleted_by_its_name(apis: Apis, base: str) -> None:
    for path in ("/x", "/y"):
        apis.route(base, path, "GET", "a", apiName=f"name of {base}")
    assert apis.delete(basepath=f"name of {base}").json() == {}
    assert apis.get(basepath=base).json() == {"apis": []}


@pytest.mark.parametrize("as_text", [False, True], ids=["object", "text"])
def test_document_takes_the_place_of_an_api(apis: Apis, base: str, as_text: bool) -> None:
    apis.route(base, "/x", "GET", "a")
    url = f"{apis.api.target.apihost}/api/v1/web/guest/default/a.json"
    swagger = {
        "swagger": "2.0",
        "basePath": base,
        "info": {"title": "Other", "version": "2"},
        "paths": {"/z": {"get": {"operationId": "z", "x-openwhisk": {"url": url}}}},
    }
    given = json.dumps(swagger) if as_text else swagger
    apis.url(apis.create({"apidoc": {"namespace": "_", "swagger": given}}))
    (found,) = apis.get(basepath=base).json()["apis"]
    assert found["value"]["apidoc"] == swagger


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {},
            "API creation failure: apidoc is required, and must be an object or the JSON of an "
            "object.",
        ),
        ({"apidoc": {"namespace": "_"}}, "API creation failure: apidoc must have the key gateway"),
        ({"apidoc": {"swagger": {}}}, "API creation failure: swagger must have a basePath"),
    ],
)
def test_api_that_cannot_be_made(apis: Apis, body: dict[str, Any], message: str) -> None:
    assert error(apis.create(body)).startswith(message)


def test_document_that_asks_for_more_than_there_is(apis: Apis, base: str) -> None:
    swagger = {
        "basePath": base,
        "info": {"title": "x"},
        "paths": {"/x": {"get": {}}},
        "security": [{"client_id": []}],
    }
    refused = error(apis.create({"apidoc": {"swagger": swagger}}))
    assert "does not support client keys or OAuth for APIs. Remove security" in refused
    assert apis.get(basepath=base).json() == {"apis": []}


@pytest.mark.parametrize("name", ["createApi", "getApi", "deleteApi"])
@pytest.mark.parametrize("auth", [None, ("x", "y")], ids=["none", "wrong"])
def test_key_is_needed(apis: Apis, name: str, auth: tuple[str, str] | None) -> None:
    url = f"{apis.api.target.apihost}/api/v1/web/whisk.system/apimgmt/{name}"
    # A namespace that is only said to be one's own counts for nothing.
    query = {"namespace": "guest", "basepath": "/x"}
    response = requests.get(url, params=query, auth=auth, timeout=TIMEOUT_S)
    assert error(response) == "A valid auth key is required."


def test_user_cannot_be_given(apis: Apis) -> None:
    assert apis.get(__ow_user="neighbour").status_code == 400


def test_apis_of_another_namespace(apis: Apis, base: str, neighbour: Api) -> None:
    apis.route(base, "/x", "GET", "a")
    others = Apis(neighbour)
    assert others.get(basepath=base).json() == {"apis": []}
    assert "does not exist" in error(others.delete(basepath=base))
    url = others.route(base, "/x", "GET", "a")
    assert url == f"{neighbour.target.apihost}/api/gw/neighbour{base}"
    others.close()
    assert list(paths(apis.get(basepath=base))) == ["/x"]


def test_calls_are_for_the_web_only(api: Api, ours: None) -> None:
    response = api.elsewhere("POST", "whisk.system", "actions/apimgmt/getApi?blocking=true")
    assert response.status_code == 403


def test_what_aio_has_no_value_for_is_not_given(apis: Apis, base: str) -> None:
    nothing = {"relpath": "undefined", "operation": "undefined"}
    apis.route(base, "/hello", "get", "hello")
    listed = apis.get(basepath="undefined", skip="undefined", limit="undefined", **nothing)
    assert base in [each["value"]["apidoc"]["basePath"] for each in listed.json()["apis"]]
    assert apis.delete(basepath=base, **nothing).status_code == 200
    assert apis.get(basepath=base).json()["apis"] == []
    assert "basepath is required" in apis.delete(basepath="undefined").json()["error"]
