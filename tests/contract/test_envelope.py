"""Contract §1: what is the same around every answer, and how requests may be written."""

from __future__ import annotations

import http.client
import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import CHALLENGE, HELLO, TIMEOUT_S, Api, Target, python
from tests.contract.helpers.triggers import Triggers
from tests.contract.helpers.web import raw

ACTIONS = "/api/v1/namespaces/_/actions"
EMPTY = (
    "The request content was malformed:\nUnexpected end-of-input at input index 0 "
    "(line 1, position 1), expected JSON Value:\n\n^\n"
)


def anonymous(method: str, target: Target, path: str, **options: Any) -> requests.Response:
    return requests.request(method, f"{target.apihost}{path}", timeout=TIMEOUT_S, **options)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/ping", 200),
        ("GET", "/api/v1", 200),
        ("GET", "/nothing", 405),
        ("GET", ACTIONS, 401),
        ("OPTIONS", ACTIONS, 200),
        ("DELETE", "/ping", 405),
        ("GET", "/api/v1/web/nobody/default/nothing", 404),
    ],
)
def test_every_answer_has_a_transaction_id(
    target: Target, method: str, path: str, status: int
) -> None:
    response = anonymous(method, target, path)
    assert response.status_code == status
    assert re.fullmatch(r"[0-9A-Za-z]{32}", response.headers["X-Request-ID"])


@pytest.mark.parametrize(
    ("code", "query", "status"),
    [
        (HELLO, {}, 200),
        (HELLO, {"result": True}, 200),
        (HELLO, {"blocking": False}, 202),
        ("def main(args):\n    return [1]\n", {}, 200),
        ("def main(args):\n    return {'error': 1}\n", {"result": True}, 502),
        ("def main(args):\n    return None\n", {}, 502),
        ("import time\ndef main(args):\n    time.sleep(1)\n    return {}\n", {"timeout": 50}, 202),
    ],
    ids=["record", "result", "not blocking", "list", "error", "failure", "late"],
)
def test_activation_id_is_a_header_of_every_run(
    api: Api, deploy: Deploy, code: str, query: dict[str, Any], status: int
) -> None:
    response = api.invoke(deploy(code), **query)
    assert response.status_code == status
    activation_id = response.headers["x-openwhisk-activation-id"]
    assert api.record(activation_id)["activationId"] == activation_id


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "nothing", {}, 404),
        ("PATCH", "actions", {}, 404),
        ("PUT", "actions/a", {"data": b"a=b"}, 415),
        ("PUT", "actions/a", {"data": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ("GET", "actions?limit=x", {}, 400),
    ],
)
def test_refusals_of_the_router_have_the_same_body(
    api: Api, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    response = api.request(method, path, **options)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert set(body) == {"error", "code"}
    assert body["code"] == response.headers["X-Request-ID"]
    assert not any(each.lower().startswith("access-control-") for each in response.headers)


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "actions/nothing_of_this_name", {}, 404),
        ("PUT", "packages/default", {"json": {}}, 400),
        ("PUT", "actions/without_code", {"json": {}}, 400),
    ],
)
def test_refusals_of_the_api_itself_have_cors_headers(
    api: Api, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    response = api.request(method, path, **options)
    assert response.status_code == status
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_challenge_comes_with_a_wrong_key(target: Target) -> None:
    response = anonymous("GET", target, ACTIONS, auth=("a", "b"))
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == CHALLENGE


def test_namespace_is_no_resource(api: Api) -> None:
    for name in ("_", "guest"):
        response = api.session.get(
            f"{api.target.apihost}/api/v1/namespaces/{name}", timeout=TIMEOUT_S
        )
        assert response.status_code == 404
        assert response.json()["error"] == "The requested resource could not be found."


# -- how requests may be written -----------------------------------------------------------------


def test_empty_body_stands_for_an_empty_payload(
    api: Api, triggers: Triggers, deploy: Deploy
) -> None:
    trigger, action = triggers.trigger(), deploy(HELLO)
    triggers.rule(trigger, action)
    assert api.request("POST", f"triggers/{trigger}").status_code == 202
    assert api.request("POST", f"actions/{action}").status_code == 202


def test_empty_body_is_refused_on_put(
    api: Api, triggers: Triggers, package: str, deploy: Deploy
) -> None:
    trigger, action = triggers.trigger(), deploy(HELLO)
    rule = triggers.rule(trigger, action)
    api.put_package(package)
    for path in (f"packages/{package}", f"triggers/{trigger}", f"actions/{action}"):
        response = api.request("PUT", f"{path}?overwrite=true")
        assert (response.status_code, response.json()["error"]) == (400, EMPTY)
        response = api.request("PUT", f"{path}?overwrite=true", json={})
        assert response.json()["version"] == "0.0.2"
    response = api.request("POST", f"rules/{rule}")
    assert (response.status_code, response.json()["error"]) == (400, EMPTY)


def test_content_type_with_a_charset(api: Api, name: str) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    body = json.dumps(python()).encode()
    assert api.request("PUT", f"actions/{name}", data=body, headers=headers).status_code == 200


def basic(api: Api) -> str:
    prepared = api.session.prepare_request(requests.Request("GET", api.target.apihost))
    return f"Authorization: {prepared.headers['Authorization']}"


def test_query_that_is_empty(api: Api, deploy: Deploy) -> None:
    name = deploy(HELLO)
    for path in (f"{ACTIONS}/{name}?", f"{ACTIONS}?"):
        answer = raw(api.target, f"GET {path} HTTP/1.1\n{basic(api)}")
        assert answer.startswith(b"HTTP/1.1 200")
        assert name.encode() in answer


def test_post_in_absolute_form(api: Api, deploy: Deploy, ours: None) -> None:
    url = f"{api.root}/actions/{deploy(HELLO)}?blocking=True&result=True"
    head = f"POST {url} HTTP/1.1\n{basic(api)}\nContent-Type: application/json"
    answer = raw(api.target, head, b'{"name": "you"}')
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b'{"greeting":"Hello you"}')


@pytest.mark.parametrize(
    "path",
    [
        *("", "/namespaces", "/namespaces/_/limits", "/namespaces/_/actions/a/b"),
        *("/namespaces/_/triggers/x", "/namespaces/_/activations/x/logs", "/no/such/path"),
    ],
)
def test_options_anywhere(target: Target, path: str) -> None:
    response = anonymous("OPTIONS", target, f"/api/v1{path}")
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Methods"] == "GET, DELETE, POST, PUT, HEAD"
    assert response.headers["Access-Control-Allow-Headers"] == (
        "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent"
    )


# -- connections ---------------------------------------------------------------------------------


def connect(target: Target) -> http.client.HTTPConnection:
    where = urlsplit(target.apihost)
    return http.client.HTTPConnection(where.hostname or "", where.port, timeout=TIMEOUT_S)


def test_connection_is_kept(target: Target, ours: None) -> None:
    with closing(connect(target)) as connection:
        connection.connect()
        opened = connection.sock
        for path, status in (("/ping", 200), (ACTIONS, 401), ("/nothing", 405), ("/ping", 200)):
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            assert response.status == status
            assert connection.sock is opened


def test_many_connections_at_once(target: Target, ours: None) -> None:
    """All of them are open before the first one asks."""
    count = 50
    barrier = Barrier(count, timeout=TIMEOUT_S)

    def ask(_: int) -> bytes:
        with closing(connect(target)) as connection:
            connection.connect()
            barrier.wait()
            connection.request("GET", "/ping")
            return connection.getresponse().read()

    with ThreadPoolExecutor(count) as pool:
        assert list(pool.map(ask, range(count))) == [b"pong"] * count
