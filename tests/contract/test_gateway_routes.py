"""The routes of APIs: what they lead to, and what the web action sees of a request."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from jupyter_faas.playground import start, stop
from tests.contract.helpers.api import TIMEOUT_S, Api, Target, python
from tests.contract.helpers.apis import Apis
from tests.contract.helpers.web import ECHO, answering, exported, raw

Deploy = Callable[..., str]


@pytest.fixture
def apis(api: Api, ours: None) -> Iterator[Apis]:
    apis = Apis(api)
    yield apis
    apis.close()


@pytest.fixture
def base() -> str:
    return f"/api_{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def echo(api: Api) -> Iterator[str]:
    """A web action that gives back its arguments."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    assert api.put(name, python(ECHO, **exported())).status_code == 200
    yield name
    api.delete(name)


def call(method: str, url: str, **options: Any) -> requests.Response:
    return requests.request(method, url, timeout=TIMEOUT_S, **options)


def seen(response: requests.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    answer = response.json()
    found: dict[str, Any] = answer.get("body", answer)
    return found


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_method_reaches_the_action(apis: Apis, base: str, echo: str, method: str) -> None:
    url = apis.route(base, "/x", method, echo)
    assert seen(call(method, f"{url}/x"))["__ow_method"] == method.lower()


def test_query_body_and_headers_reach_the_action(apis: Apis, base: str, echo: str) -> None:
    url = apis.route(base, "/x", "POST", echo)
    response = call("POST", f"{url}/x?a=1", json={"b": [2]}, headers={"X-Mine": "3"})
    found = seen(response)
    assert (found["a"], found["b"]) == ("1", [2])
    assert found["__ow_headers"]["x-mine"] == "3"
    assert found["__ow_path"] == ""
    assert len(response.headers["x-openwhisk-activation-id"]) == 32


def test_path_with_parameters_reaches_an_action_that_answers_http(
    apis: Apis, base: str, echo: str
) -> None:
    url = apis.route(base, "/books/{isbn}/pages/{page}", "GET", echo, "http")
    found = seen(call("GET", f"{url}/books/978%201/pages/2?x=y"))
    assert found["__ow_path"] == f"{base}/books/978%201/pages/2"
    assert found["x"] == "y"


@pytest.mark.parametrize(
    ("extension", "content_type", "text"),
    [
        ("json", "application/json", '{\n  "body": "<p>hi</p>"\n}'),
        ("html", "text/html; charset=UTF-8", "<p>hi</p>"),
        ("text", "text/plain; charset=UTF-8", "<p>hi</p>"),
        ("svg", "image/svg+xml", "<p>hi</p>"),
        ("http", "text/html; charset=UTF-8", "<p>hi</p>"),
    ],
)
def test_form_of_the_answer(
    apis: Apis, base: str, deploy: Deploy, extension: str, content_type: str, text: str
) -> None:
    name = deploy(**answering({"body": "<p>hi</p>"}))
    url = apis.route(base, "/x", "GET", name, extension)
    response = call("GET", f"{url}/x")
    assert response.text == text
    assert response.headers["Content-Type"].startswith(content_type.partition(";")[0])


def test_status_headers_and_bytes_of_an_answer(apis: Apis, base: str, deploy: Deploy) -> None:
    answer = {
        "statusCode": 201,
        "headers": {"Content-Type": "image/png", "X-Mine": ["a", "b"]},
        "body": "iVBORw0KGgo=",
    }
    url = apis.route(base, "/x", "GET", deploy(**answering(answer)), "http")
    response = call("GET", f"{url}/x")
    assert response.status_code == 201
    assert response.content == b"\x89PNG\r\n\x1a\n"
    assert response.headers["X-Mine"] == "a, b"


def test_action_in_a_package(apis: Apis, base: str, api: Api, package: str) -> None:
    assert api.put_package(package).status_code == 200
    body = python(ECHO, **exported())
    assert api.request("PUT", f"actions/{package}/a b", json=body).status_code == 200
    url = apis.route(base, "/x", "GET", f"{package}/a b")
    assert seen(call("GET", f"{url}/x"))["__ow_method"] == "get"


def test_change_of_an_action_shows_at_once(apis: Apis, base: str, api: Api, name: str) -> None:
    url = apis.route(base, "/x", "GET", name)
    assert call("GET", f"{url}/x").status_code == 404
    for number in (1, 2):
        body = python(f"def main(args):\n    return {{'n': {number}}}\n", **exported())
        assert api.put(name, body, overwrite=True).status_code == 200
        assert call("GET", f"{url}/x").json() == {"n": number}


def test_action_that_is_not_for_the_web(apis: Apis, base: str, api: Api, name: str) -> None:
    assert api.put(name, python(ECHO)).status_code == 200
    url = apis.route(base, "/x", "GET", name)
    assert call("GET", f"{url}/x").status_code == 404


def test_secret_of_an_action_is_added(apis: Apis, base: str, deploy: Deploy) -> None:
    name = deploy(ECHO, **exported(require_whisk_auth="word"))
    open_url = apis.route(base, "/open", "GET", name, secureKey="word")
    shut_url = apis.route(base, "/shut", "GET", name)
    assert call("GET", f"{open_url}/open").status_code == 200
    wrong = {"X-Require-Whisk-Auth": "other"}
    assert call("GET", f"{open_url}/open", headers=wrong).status_code == 200
    assert call("GET", f"{shut_url}/shut").status_code == 401


def test_document_says_which_method_and_headers(apis: Apis, base: str, echo: str) -> None:
    url = f"https://localhost/api/v1/web/guest/default/{echo}.json"
    header = {"set": "message.headers.X-Added", "value": "yes"}
    case = {
        "operations": ["x"],
        "execute": [
            {"set-variable": {"actions": [header]}},
            {"invoke": {"target-url": url, "verb": "POST"}},
        ],
    }
    swagger = {
        "swagger": "2.0",
        "basePath": base,
        "info": {"title": "x", "version": "1"},
        "paths": {"/x": {"get": {"operationId": "x"}}},
        "x-ibm-configuration": {"assembly": {"execute": [{"operation-switch": {"case": [case]}}]}},
    }
    made = apis.url(apis.create({"apidoc": {"namespace": "_", "swagger": swagger}}))
    found = seen(call("GET", f"{made}/x"))
    assert found["__ow_method"] == "post"
    assert found["__ow_headers"]["x-added"] == "yes"


def test_route_that_is_not_there(apis: Apis, base: str, echo: str, target: Target) -> None:
    url = apis.route(base, "/x", "GET", echo)
    for missing in (f"{url}/y", f"{url}/x/y", url, f"{target.apihost}/api/gw/nobody/x"):
        response = call("GET", missing)
        assert response.status_code == 404
        assert response.json()["error"] == "The API does not have this path."
        assert response.json()["code"] == response.headers["X-Request-ID"]
    response = call("POST", f"{url}/x")
    assert response.status_code == 404
    assert (
        response.json()["error"] == "This path of the API does not have this method. It has: GET."
    )


def test_route_is_gone_when_it_is_deleted(apis: Apis, base: str, echo: str) -> None:
    url = apis.route(base, "/x", "GET", echo)
    apis.delete(basepath=base)
    assert call("GET", f"{url}/x").status_code == 404


def test_browsers_are_answered(apis: Apis, base: str, echo: str) -> None:
    url = apis.route(base, "/x", "GET", echo)
    asked = {"Access-Control-Request-Headers": "X-Mine", "Origin": "http://localhost:8888"}
    response = call("OPTIONS", f"{url}/x", headers=asked)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Headers"] == "X-Mine"
    assert "x-openwhisk-activation-id" not in response.headers
    assert call("GET", f"{url}/x").headers["Access-Control-Allow-Origin"] == "*"


def test_page_of_another_site_is_refused(apis: Apis, base: str, echo: str) -> None:
    """As at the address of the web action itself."""
    url = apis.route(base, "/x", "GET", echo)
    refused = call("GET", f"{url}/x", headers={"Origin": "http://example.com"})
    assert refused.status_code == 403
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_action_that_answers_browsers_itself(apis: Apis, base: str, deploy: Deploy) -> None:
    answer = {"headers": {"Access-Control-Allow-Origin": "http://mine"}, "body": "x"}
    name = deploy(**answering(answer, web_custom_options=True))
    url = apis.route(base, "/x", "GET", name, "http")
    assert call("GET", f"{url}/x").headers["Access-Control-Allow-Origin"] == "http://mine"
    silent = deploy(**answering({"body": "x"}, web_custom_options=True))
    apis.route(base, "/y", "GET", silent, "http")
    assert call("GET", f"{url}/y").headers["Access-Control-Allow-Origin"] == "*"


def test_namespace_and_paths_may_be_encoded(
    apis: Apis, base: str, echo: str, target: Target
) -> None:
    apis.route(base, "/a b", "GET", echo)
    line = f"GET /api/gw/%67uest{base}/a%20b HTTP/1.1\r\n"
    assert raw(target, line).startswith(b"HTTP/1.1 200 ")


def test_only_this_machine_may_be_named(apis: Apis, base: str, echo: str, target: Target) -> None:
    apis.route(base, "/x", "GET", echo)
    line = f"GET /api/gw/guest{base}/x HTTP/1.1\r\nHost: example.com\r\n"
    assert raw(target, line).startswith(b"HTTP/1.1 403 ")


def test_routes_survive_a_crash(tmp_path: Path) -> None:
    info = start(tmp_path, port=0, wait_s=30)
    try:
        lines = info.wskprops.read_text().splitlines()
        (auth,) = (line.removeprefix("AUTH=") for line in lines if line.startswith("AUTH="))
        api = Api(Target(info.apihost, auth, True))
        assert api.put("echo", python(ECHO, **exported())).status_code == 200
        Apis(api).route("/club", "/x", "GET", "echo")
        api.session.close()
        stop(tmp_path, wait_s=0)
        # At another port: the document still has the old one in its addresses.
        again = start(tmp_path, port=0, wait_s=30)
        assert seen(call("GET", f"{again.apihost}/api/gw/guest/club/x"))["__ow_method"] == "get"
    finally:
        stop(tmp_path)
