from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.playground.gateway.document import Endpoint
from jupyter_faas.playground.gateway.management import NewRoute, parse_create_request, parse_method
from jupyter_faas.whisk import FullName

URL = "http://127.0.0.1:1/api/v1/web/guest/default/a.json"
ROUTE: dict[str, Any] = {
    "namespace": "_",
    "gatewayBasePath": "/club",
    "gatewayPath": "/books",
    "gatewayMethod": "GET",
    "id": "API:_:/club",
    "action": {"name": "a", "namespace": "_", "backendMethod": "GET", "backendUrl": URL},
}
SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "basePath": "/club",
    "info": {"title": "Club", "version": "1"},
    "paths": {"/books": {"get": {"x-openwhisk": {"url": URL}}, "parameters": []}},
}


def created(doc: object, **more: Any) -> Any:
    return parse_create_request({"apidoc": doc, **more}, "guest")


def test_route() -> None:
    endpoint = Endpoint("/books", "get", FullName("guest", None, "a"))
    assert created(ROUTE) == NewRoute("/club", None, endpoint)
    assert created(json.dumps(ROUTE)) == NewRoute("/club", None, endpoint)


def test_route_with_everything() -> None:
    parameters = [{"name": "isbn", "in": "path"}]
    action = {**ROUTE["action"], "secureKey": "word"}
    route = created(
        {**ROUTE, "apiName": "Club", "pathParameters": parameters, "action": action},
        responsetype="http",
    )
    assert route.name == "Club"
    assert route.endpoint.extension == "http"
    assert route.endpoint.parameters == tuple(parameters)
    assert route.endpoint.secret == "word"


@pytest.mark.parametrize(
    ("name", "namespace", "full"),
    [
        ("a", "_", ("guest", None, "a")),
        ("a", "other", ("other", None, "a")),
        ("p/a", "_", ("guest", "p", "a")),
        ("/other/a", "_", ("other", None, "a")),
        ("/_/p/a", "x", ("guest", "p", "a")),
    ],
)
def test_name_of_the_action(name: str, namespace: str, full: tuple[str, str | None, str]) -> None:
    action = {**ROUTE["action"], "name": name, "namespace": namespace}
    assert created({**ROUTE, "action": action}).endpoint.action == FullName(*full)


@pytest.mark.parametrize("swagger", [SWAGGER, json.dumps(SWAGGER)], ids=["object", "text"])
def test_document(swagger: object) -> None:
    assert created({"namespace": "_", "swagger": swagger}) == SWAGGER


@pytest.mark.parametrize(
    ("doc", "message"),
    [
        (None, "apidoc is required"),
        ("{", "apidoc is not JSON"),
        ([], "apidoc is required"),
        ({**ROUTE, "gatewayBasePath": None}, "must have the key gatewayBasePath"),
        ({**ROUTE, "gatewayBasePath": "club"}, "gatewayBasePath must begin with /"),
        ({**ROUTE, "gatewayBasePath": "/{a}"}, "gatewayBasePath cannot have parameters"),
        ({**ROUTE, "gatewayPath": ""}, "must have the key gatewayPath"),
        ({**ROUTE, "gatewayMethod": "BREW"}, "gatewayMethod must be one of delete, get"),
        ({**ROUTE, "gatewayMethod": 7}, "gatewayMethod must be one of"),
        ({**ROUTE, "action": None}, "action is required"),
        ({**ROUTE, "action": {"namespace": "_"}}, "action must have a name and a namespace"),
        ({**ROUTE, "action": {"name": "a"}}, "action must have a name and a namespace"),
        ({**ROUTE, "action": {"name": "a/b/c", "namespace": "_"}}, "not a valid action name"),
        ({**ROUTE, "action": {"name": "a?", "namespace": "_"}}, "illegal characters"),
        ({**ROUTE, "action": {**ROUTE["action"], "secureKey": []}}, "secureKey"),
        ({**ROUTE, "apiName": 7}, "apiName must be a string"),
        ({**ROUTE, "pathParameters": [1]}, "pathParameters must be a list"),
        ({**ROUTE, "swagger": SWAGGER}, "either swagger or gatewayBasePath"),
        ({"swagger": 7}, "swagger is required"),
        ({"swagger": {**SWAGGER, "basePath": "x"}}, "must have a basePath"),
        ({"swagger": {**SWAGGER, "info": {}}}, "an info object with a title"),
        ({"swagger": {**SWAGGER, "paths": {}}}, "swagger must have paths"),
        ({"swagger": {**SWAGGER, "paths": {"/x": 7}}}, "path '/x' is not an object"),
        ({"swagger": {**SWAGGER, "paths": {"/x": {"get": 7}}}}, "GET /x is not an object"),
        ({"swagger": {**SWAGGER, "paths": {"/x": {"get": {}}}}}, "GET /x: The route refers to no"),
        (
            {"swagger": {**SWAGGER, "security": [{"k": []}]}},
            "not support client keys or OAuth for APIs",
        ),
        (
            {"swagger": {**SWAGGER, "x-ibm-rate-limit": [{"rate": 1}]}},
            "not support rate limits for APIs",
        ),
    ],
)
def test_what_cannot_be_made(doc: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        created(doc)


def test_form_of_answer_that_there_is_not() -> None:
    with pytest.raises(InputError, match="responsetype must be one of json, http"):
        created(ROUTE, responsetype="xml")


def test_method() -> None:
    assert parse_method({}) is None
    assert parse_method({"operation": "POST"}) == "post"
    with pytest.raises(InputError, match="operation must be one of"):
        parse_method({"operation": "x"})
