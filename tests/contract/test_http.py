"""Contract §1: what holds for every request."""

from __future__ import annotations

import re
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.contract.helpers.api import CHALLENGE, TIMEOUT_S, Api, Target, python

HEX = "0123456789abcdef" * 2
NO_ROUTE = "The requested resource could not be found."


def get(url: str, **options: Any) -> requests.Response:
    return requests.get(url, timeout=TIMEOUT_S, **options)


def test_no_key(target: Target) -> None:
    response = get(f"{target.apihost}/api/v1/namespaces/_/actions")
    assert response.status_code == 401
    assert response.json()["error"] == (
        "The resource requires authentication, which was not supplied with the request"
    )
    assert response.headers["WWW-Authenticate"] == CHALLENGE


@pytest.mark.parametrize(
    "auth", [("a", "b"), ("", ""), ("23bc46b1-71f6-4ed5-8c54-816aa4f8c502", "k" * 64)]
)
def test_wrong_key(target: Target, auth: tuple[str, str]) -> None:
    response = get(f"{target.apihost}/api/v1/namespaces/_/actions", auth=auth)
    assert response.status_code == 401
    assert response.json()["error"] == "The supplied authentication is invalid"


def test_error_body_names_the_transaction(api: Api) -> None:
    response = api.get("no_such_action")
    assert response.status_code == 404
    body = response.json()
    assert body == {
        "error": "The requested resource does not exist.",
        "code": response.headers["X-Request-ID"],
    }
    assert re.fullmatch(r"[0-9A-Za-z]{32}", body["code"])


def test_transaction_id_of_the_request_is_kept(api: Api) -> None:
    response = api.request("GET", "actions", headers={"X-Request-ID": "mine"})
    assert response.headers["X-Request-ID"] == "mine"


def test_transaction_id_of_the_system_is_not_taken(api: Api) -> None:
    response = api.request("GET", "actions", headers={"X-Request-ID": "sid_x"})
    assert response.headers["X-Request-ID"] != "sid_x"


@pytest.mark.parametrize("path", ["nothing", "actions/a/b/c", f"activations/{HEX}/other"])
def test_no_route(api: Api, path: str) -> None:
    response = api.request("GET", path)
    assert response.status_code == 404
    assert response.json()["error"] == NO_ROUTE


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "actions/a"),
        ("POST", "actions"),
        ("DELETE", f"activations/{HEX}"),
        ("POST", "limits"),
        ("PUT", "limits"),
        ("DELETE", "limits"),
    ],
)
def test_method_that_is_not_allowed(api: Api, method: str, path: str) -> None:
    response = api.request(method, path)
    assert response.status_code == 404
    assert response.json()["error"] == NO_ROUTE
    assert "Allow" not in response.headers


@pytest.mark.parametrize(
    ("method", "path", "supported"),
    [
        ("POST", "/ping", "GET, OPTIONS"),
        ("DELETE", "/invokers", "GET, OPTIONS"),
        ("PUT", "/", "GET, OPTIONS"),
        ("GET", "/nothing", "OPTIONS"),
        ("POST", "/nothing", "OPTIONS"),
    ],
)
def test_method_that_is_not_allowed_outside_the_api(
    target: Target, method: str, path: str, supported: str
) -> None:
    response = requests.request(method, f"{target.apihost}{path}", timeout=TIMEOUT_S)
    assert response.status_code == 405
    assert response.json()["error"] == f"HTTP method not allowed, supported methods: {supported}"
    assert response.headers["Allow"] == supported


def test_body_that_is_no_json(api: Api, name: str) -> None:
    response = api.request(
        "PUT",
        f"actions/{name}",
        data=b"{",
        headers={"Content-Type": "application/json; charset=utf-8"},
    )
    assert response.status_code == 400
    assert response.json()["error"].startswith("The request content was malformed:\n")


def test_body_of_another_type(api: Api, name: str) -> None:
    response = api.request("PUT", f"actions/{name}", data={"a": "1"})
    assert response.status_code == 415


def test_body_null_on_delete(api: Api, name: str) -> None:
    api.put(name, python())
    response = api.request("DELETE", f"actions/{name}", json=None, data=b"null")
    assert response.status_code == 200


@pytest.mark.parametrize("word", ["true", "True", "yes", "1", "on"])
def test_booleans_have_many_spellings(api: Api, name: str, word: str) -> None:
    api.put(name, python())
    assert api.put(name, python(), overwrite=word).status_code == 200


def test_boolean_that_is_none(api: Api, name: str) -> None:
    response = api.put(name, python(), overwrite="maybe")
    assert response.status_code == 400
    assert response.json()["error"].startswith("The query parameter 'overwrite' was malformed:\n")


def test_names_are_percent_encoded(api: Api) -> None:
    name = "my action@1.0 & more"
    try:
        assert api.put(name, python(), overwrite=True).json()["name"] == name
        assert api.invoke(name, result=True).json() == {"greeting": "Hello stranger"}
    finally:
        assert api.delete(name).status_code == 200


def test_cross_origin(api: Api) -> None:
    headers = api.request("GET", "actions").headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Access-Control-Allow-Methods"] == "GET, DELETE, POST, PUT, HEAD"
    assert headers["Access-Control-Allow-Headers"] == (
        "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent"
    )


def test_options_needs_no_key(target: Target) -> None:
    response = requests.options(f"{target.apihost}/api/v1/namespaces/_/actions", timeout=TIMEOUT_S)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_other_namespace_is_forbidden(api: Api) -> None:
    url = f"{api.target.apihost}/api/v1/namespaces/somebody_else"
    for path, resource in (("actions", ""), ("actions/x", "/x"), ("limits", "")):
        response = api.session.get(f"{url}/{path}", timeout=TIMEOUT_S)
        assert response.status_code == 403
        assert response.json()["error"] == (
            f"The supplied authentication is not authorized to access 'somebody_else{resource}'."
        )


def test_namespace_with_illegal_characters(api: Api) -> None:
    url = f"{api.target.apihost}/api/v1/namespaces/$$/actions"
    response = api.session.get(url, timeout=TIMEOUT_S)
    assert response.status_code == 400
    assert response.json()["error"] == "The namespace contains illegal characters."


def test_missing_package(api: Api, ours: None) -> None:
    for response in (
        api.put("package/x", python()),
        api.get("package/x"),
        api.request("GET", "actions/package/"),
    ):
        assert response.status_code == 404
        assert response.json()["error"] == "The requested resource does not exist."
    named = api.get_package("package")
    assert named.json()["error"] == "The requested resource 'guest/package' does not exist."


def raw(target: Target, request: str) -> bytes:
    """The answer to a request that no client library would send."""
    where = urlsplit(target.apihost)
    address = (where.hostname, where.port or 80)
    with socket.create_connection(address, timeout=TIMEOUT_S) as connection:
        connection.sendall(request.replace("\n", "\r\n").encode())
        data = b""
        while chunk := connection.recv(65536):
            data += chunk
        return data


def test_target_in_absolute_form(target: Target, ours: None) -> None:
    answer = raw(
        target,
        f"GET {target.apihost}/ping HTTP/1.1\nHost: 127.0.0.1\nConnection: close\n\n",
    )
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"pong")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:3233", "10.0.0.1"])
def test_host_of_someone_else(target: Target, ours: None, host: str) -> None:
    answer = raw(target, f"GET / HTTP/1.1\nHost: {host}\nConnection: close\n\n")
    assert answer.startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize("host", ["localhost:1234", "127.0.0.1", "[::1]:3233", "LOCALHOST"])
def test_host_of_this_machine(target: Target, ours: None, host: str) -> None:
    answer = raw(target, f"GET /ping HTTP/1.1\nHost: {host}\nConnection: close\n\n")
    assert answer.startswith(b"HTTP/1.1 200")
