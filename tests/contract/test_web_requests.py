"""Contract §4: what a web action is given of a request."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.api import Api
from tests.contract.helpers.web import ECHO, Web, exported, raw

NOT_ALLOWED = "Request defines parameters that are not allowed (e.g., reserved properties)."
PNG = b"\x89PNG\r\n\x1a\n\x00\xff\xfe\x80"

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def without_headers(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    args: dict[str, Any] = response.json()
    del args["__ow_headers"]
    return args


@pytest.mark.parametrize("method", METHODS)
def test_any_method(web: Web, deploy: Deploy, method: str) -> None:
    name = deploy(ECHO, **exported())
    args = without_headers(web.request(method, name))
    assert args == {"__ow_method": method.lower(), "__ow_path": ""}


def test_head_runs_the_action_and_has_no_body(web: Web, deploy: Deploy) -> None:
    code = "def main(args):\n    return {'headers': {'X-M': args['__ow_method']}, 'body': 'abc'}\n"
    response = web.request("HEAD", deploy(code, **exported()))
    assert (response.status_code, response.headers["X-M"]) == (200, "head")
    assert (response.content, response.headers["Content-Length"]) == (b"", "3")


def test_method_that_is_none_of_them(web: Web, deploy: Deploy) -> None:
    response = web.request("TRACE", deploy(ECHO, **exported()))
    assert response.status_code == 405
    allowed = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
    assert response.json()["error"] == f"HTTP method not allowed, supported methods: {allowed}"
    assert response.headers["Allow"] == allowed


@pytest.mark.parametrize(
    ("path", "seen"),
    [("", ""), ("/", "/"), ("/a/b", "/a/b"), ("/a%20b/c.json/", "/a%20b/c.json/")],
)
def test_rest_of_the_path(web: Web, deploy: Deploy, path: str, seen: str) -> None:
    name = deploy(ECHO, **exported())
    assert without_headers(web.get(f"{name}.http{path}"))["__ow_path"] == seen


def test_headers_have_lower_case_names(web: Web, deploy: Deploy) -> None:
    headers = {"X-CamelCase": "Value", "Authorization": "Bearer mine"}
    args = web.get(deploy(ECHO, **exported()), headers=headers).json()
    found = args["__ow_headers"]
    assert (found["x-camelcase"], found["authorization"]) == ("Value", "Bearer mine")
    assert found["host"].startswith("127.0.0.1")
    assert not {"content-length", "transfer-encoding"} & set(found)


def test_user_of_a_valid_key(web: Web, deploy: Deploy) -> None:
    args = web.get(deploy(ECHO, **exported()), auth=web.auth()).json()
    assert args["__ow_user"] == web.namespace


def test_user_of_a_wrong_key_is_nobody(web: Web, deploy: Deploy) -> None:
    args = web.get(deploy(ECHO, **exported()), auth=("a", "b")).json()
    assert "__ow_user" not in args


def test_query_values_are_text_and_the_last_wins(web: Web, deploy: Deploy) -> None:
    args = without_headers(web.get(f"{deploy(ECHO, **exported())}?a=1&a=2&b=&c=x+y%26z&d"))
    del args["__ow_method"], args["__ow_path"]
    assert args == {"a": "2", "b": "", "c": "x y&z", "d": ""}


def test_precedence_of_parameters_query_and_body(web: Web, deploy: Deploy) -> None:
    parameters = [{"key": key, "value": "default"} for key in "abc"]
    name = deploy(ECHO, parameters=parameters, **exported())
    args = web.post(f"{name}?b=query&c=query", json={"c": "body", "d": [1, None]}).json()
    assert [args[key] for key in "abcd"] == ["default", "query", "body", [1, None]]
    assert "__ow_body" not in args


def test_form(web: Web, deploy: Deploy) -> None:
    args = web.post(
        f"{deploy(ECHO, **exported())}?a=0&b=1",
        data="a=1&a=2&c=x+y",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    ).json()
    assert (args["a"], args["b"], args["c"]) == ("2", "1", "x y")
    assert "__ow_body" not in args


@pytest.mark.parametrize(
    ("content_type", "body", "seen"),
    [
        ("application/json", b"[1, 2]", [1, 2]),
        ("application/json", b'"text"', "text"),
        ("application/json; charset=utf-8", b"3.5", 3.5),
        ("application/vnd.api+json", b"[true]", [True]),
        ("text/plain", "äöü".encode(), "äöü"),
        ("application/xml", b"<a/>", "<a/>"),
        ("image/png", PNG, base64.b64encode(PNG).decode()),
        ("application/octet-stream", PNG, base64.b64encode(PNG).decode()),
        (None, b"untold", base64.b64encode(b"untold").decode()),
    ],
)
def test_body_that_is_no_object(
    web: Web, deploy: Deploy, content_type: str | None, body: bytes, seen: object
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    args = without_headers(web.post(deploy(ECHO, **exported()), data=body, headers=headers))
    assert args == {"__ow_method": "post", "__ow_path": "", "__ow_body": seen}


def test_object_in_another_json_type_is_merged(web: Web, deploy: Deploy) -> None:
    headers = {"Content-Type": "application/ld+json"}
    args = web.post(deploy(ECHO, **exported()), data=b'{"a": 1}', headers=headers).json()
    assert args["a"] == 1


def test_no_body_gives_no_argument(web: Web, deploy: Deploy) -> None:
    headers = {"Content-Type": "application/json"}
    args = without_headers(web.post(deploy(ECHO, **exported()), headers=headers))
    assert args == {"__ow_method": "post", "__ow_path": ""}


def test_body_that_is_not_the_json_it_says(web: Web, deploy: Deploy) -> None:
    headers = {"Content-Type": "application/json"}
    response = web.post(deploy(ECHO, **exported()), data=b"{", headers=headers)
    assert response.status_code == 400
    assert response.json()["error"].startswith("The request content was malformed:\n")


def test_body_that_is_too_large(web: Web, deploy: Deploy) -> None:
    name = deploy(ECHO, **exported())
    size = 1024 * 1024 + 1
    response = web.post(name, data=b"x" * size, headers={"Content-Type": "text/plain"})
    assert response.status_code == 413
    assert response.json()["error"] == f"Request larger than allowed: {size} > 1048576 bytes."


def test_body_in_pieces(web: Web, deploy: Deploy) -> None:
    name = deploy(ECHO, **exported())
    headers = {"Content-Type": "text/plain"}
    response = web.post(name, data=iter([b"two ", b"pieces"]), headers=headers)
    assert response.json()["__ow_body"] == "two pieces"
    with_too_many = iter([b"x" * 1024 * 1024, b"x"])
    assert web.post(name, data=with_too_many, headers=headers).status_code == 413


RESERVED = ["method", "headers", "path", "user", "query", "body"]


@pytest.mark.parametrize("key", [f"__ow_{each}" for each in RESERVED])
def test_reserved_names_are_refused(web: Web, deploy: Deploy, key: str) -> None:
    name = deploy(ECHO, **exported())
    for response in (
        web.get(f"{name}?{key}=x"),
        web.post(name, json={key: "x"}),
        web.post(name, data={key: "x"}),
    ):
        assert response.status_code == 400
        assert response.json()["error"] == NOT_ALLOWED


def test_final_parameters_are_refused(web: Web, deploy: Deploy) -> None:
    parameters = [{"key": "a", "value": 1}, {"key": "free", "value": None}]
    name = deploy(ECHO, parameters=parameters, **exported(final=True))
    assert web.get(f"{name}?free=2").json()["free"] == "2"
    for response in (web.get(f"{name}?a=2"), web.post(name, json={"a": 2})):
        assert response.status_code == 400
        assert response.json()["error"] == NOT_ALLOWED


def test_parameters_that_are_not_final_are_not(web: Web, deploy: Deploy) -> None:
    name = deploy(ECHO, parameters=[{"key": "a", "value": 1}], **exported())
    assert web.get(f"{name}?a=2").json()["a"] == "2"


@pytest.mark.parametrize(
    ("content_type", "body", "seen"),
    [
        ("application/json", b'{"a": 1}', base64.b64encode(b'{"a": 1}').decode()),
        ("application/vnd.api+json", b'{"a": 1}', '{"a": 1}'),
        ("application/x-www-form-urlencoded", b"a=1&b=2", "a=1&b=2"),
        ("text/plain", "ä".encode(), "ä"),
        ("image/png", PNG, base64.b64encode(PNG).decode()),
        ("text/plain", b"", ""),
    ],
)
def test_raw(web: Web, deploy: Deploy, content_type: str, body: bytes, seen: str) -> None:
    name = deploy(ECHO, parameters=[{"key": "p", "value": 1}], **exported(raw_http=True))
    query = "a=1&a=%20+&__ow_body=x"
    headers = {"Content-Type": content_type}
    args = without_headers(web.post(f"{name}/r?{query}", data=body, headers=headers))
    assert args == {
        "p": 1,
        "__ow_method": "post",
        "__ow_path": "/r",
        "__ow_query": query.replace("%20", "+"),  # parsed, and written again
        "__ow_body": seen,
    }


def test_raw_without_anything(web: Web, deploy: Deploy) -> None:
    args = without_headers(web.get(deploy(ECHO, **exported(raw_http=True))))
    assert (args["__ow_query"], args["__ow_body"]) == ("", "")


def test_raw_does_not_mind_final_parameters(web: Web, deploy: Deploy) -> None:
    parameters = [{"key": "a", "value": 1}]
    name = deploy(ECHO, parameters=parameters, **exported(raw_http=True, final=True))
    args = web.get(f"{name}?a=2").json()
    assert (args["a"], args["__ow_query"]) == (1, "a=2")


def test_request_in_absolute_form(web: Web, deploy: Deploy, ours: None) -> None:
    url = web.url(deploy(ECHO, **exported()))
    answer = raw(web.target, f"GET {url}/x?a=1 HTTP/1.1")
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"__ow_path": "/x"' in answer


def test_key_is_not_in_the_environment(web: Web, api: Api, deploy: Deploy) -> None:
    code = "import os\ndef main(args):\n    return {'body': dict(os.environ)}\n"
    name = deploy(code, **exported())
    found = web.get(name, auth=web.auth()).json()
    assert "__OW_API_KEY" not in found
    assert api.target.auth.partition(":")[2] not in str(found)
    assert found["__OW_NAMESPACE"] == web.namespace
    asking = deploy(code, **exported(provide_api_key=True))
    assert web.get(asking).json()["__OW_API_KEY"] == api.target.auth
