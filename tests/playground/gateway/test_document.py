from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.errors import ActionNotFound
from jupyter_faas.playground.gateway.document import (
    Endpoint,
    new_document,
    policies,
    with_endpoint,
    without_endpoint,
)
from jupyter_faas.whisk import FullName

HOST = "http://127.0.0.1:1"
ACTION = FullName("guest", "my models", "iris")


def endpoint(path: str = "/books", method: str = "get", **more: Any) -> Endpoint:
    return Endpoint(path, method, ACTION, **more)


@pytest.mark.parametrize(
    ("path", "operation_id"),
    [
        ("/", "get"),
        ("/books", "getBooks"),
        ("/books/{isbn}/PAGES", "getBooksIsbnPages"),
        ("/a-b_c/d.e", "getA-b_cDE"),
    ],
)
def test_operation_id(path: str, operation_id: str) -> None:
    assert endpoint(path).operation_id == operation_id


def test_name_of_an_api() -> None:
    assert new_document("/club", None)["info"]["title"] == "/club"
    assert new_document("/club", "Book Club")["info"]["title"] == "Book Club"


def test_endpoint_in_a_document() -> None:
    before = new_document("/club", None)
    document = with_endpoint(before, endpoint(), HOST)
    assert before["paths"] == {}
    url = f"{HOST}/api/v1/web/guest/my%20models/iris.json"
    assert document["paths"]["/books"]["get"] == {
        "operationId": "getBooks",
        "x-openwhisk": {
            "url": url,
            "namespace": "guest",
            "package": "my models",
            "action": "iris",
        },
        "responses": {"default": {"description": "Default response"}},
    }
    assert list(policies(document, "getBooks")) == [("invoke", {"target-url": url, "verb": "keep"})]
    assert list(policies(document, "getOther")) == []


def test_action_without_package() -> None:
    alone = Endpoint("/x", "get", FullName("guest", None, "iris"))
    document = with_endpoint(new_document("/", None), alone, HOST)
    described = document["paths"]["/x"]["get"]["x-openwhisk"]
    assert described["package"] == ""
    assert described["url"] == f"{HOST}/api/v1/web/guest/default/iris.json"


def test_path_is_shown_to_an_action_that_answers_http() -> None:
    document = with_endpoint(new_document("/", None), endpoint(extension="http"), HOST)
    ((_, invoke),) = policies(document, "getBooks")
    assert invoke["target-url"].endswith("/iris.http$(request.path)")


def test_secret_of_the_action() -> None:
    document = with_endpoint(new_document("/", None), endpoint(secret=7), HOST)
    _, (policy, settings) = policies(document, "getBooks")
    assert policy == "set-variable"
    assert settings == {"actions": [{"set": "message.headers.X-Require-Whisk-Auth", "value": 7}]}


def test_endpoint_takes_the_place_of_another() -> None:
    first = with_endpoint(new_document("/", None), endpoint(secret="word"), HOST)
    second = with_endpoint(first, endpoint(), HOST)
    assert [policy for policy, _ in policies(second, "getBooks")] == ["invoke"]


def test_endpoint_goes() -> None:
    document = new_document("/", None)
    for each in (endpoint(), endpoint(method="post"), endpoint("/other")):
        document = with_endpoint(document, each, HOST)
    left = without_endpoint(document, "/books", "get")
    assert list(left["paths"]["/books"]) == ["post"]
    assert list(policies(left, "getBooks")) == []
    assert list(policies(left, "postBooks")) != []
    assert list(without_endpoint(left, "/books", "post")["paths"]) == ["/other"]
    assert list(without_endpoint(document, "/books", None)["paths"]) == ["/other"]


@pytest.mark.parametrize(("path", "method"), [("/x", None), ("/x", "get"), ("/books", "put")])
def test_endpoint_that_is_not_there(path: str, method: str | None) -> None:
    document = with_endpoint(new_document("/", None), endpoint(), HOST)
    with pytest.raises(ActionNotFound, match=f"^path '{path}'.* does not exist in the API$"):
        without_endpoint(document, path, method)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"x-ibm-configuration": None},
        {"x-ibm-configuration": {"assembly": 1}},
        {"x-ibm-configuration": {"assembly": {"execute": [1, {"operation-switch": {"case": 1}}]}}},
        {"x-gateway-configuration": {"cors": {"enabled": False}}},
    ],
)
def test_endpoint_in_a_document_of_somebody_else(more: dict[str, Any]) -> None:
    document = {"basePath": "/", "info": {"title": "x"}, "paths": {}, **more}
    assert len(list(policies(with_endpoint(document, endpoint(), HOST), "getBooks"))) == 1
