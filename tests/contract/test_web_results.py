"""Contract §4, §8: what the caller of a web action gets for its result."""

from __future__ import annotations

import base64
import struct
import subprocess
import zlib
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from tests.contract.conftest import Deploy
from tests.contract.helpers.web import Web, answering, exported, raw

HTML = "text/html; charset=UTF-8"
NOT_HTTP = "Response is not valid 'message/http'."
OTHER_TYPE = "Response type in header did not match generated content type."


def png() -> bytes:
    """One red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), chunk(b"IDAT", pixel), chunk(b"IEND", b""))
    )


def refused(response: Any, status: int, error: str) -> None:
    assert response.status_code == status
    assert response.json() == {"error": error, "code": response.headers["X-Request-ID"]}
    assert "x-openwhisk-activation-id" in response.headers


@pytest.mark.parametrize(
    ("result", "status", "content_type", "body"),
    [
        ({"body": "<p>ä</p>"}, 200, HTML, "<p>ä</p>".encode()),
        ({"body": "x", "statusCode": 201}, 201, HTML, b"x"),
        ({"body": "x", "statusCode": "404"}, 404, HTML, b"x"),
        ({"body": {"a": [1, 2]}}, 200, "application/json", b'{\n  "a": [1, 2]\n}'),
        ({"body": [1, 2]}, 200, "application/json", b"[1, 2]"),
        ({"body": "x", "statusCode": 299}, 299, HTML, b"x"),
        ({"body": "x", "statusCode": "+520"}, 520, HTML, b"x"),
        ({"body": 3}, 200, "application/json", b"3"),
        ({}, 204, None, b""),
        ({"body": ""}, 204, None, b""),
        ({"body": None, "statusCode": 202}, 202, None, b""),
        ({"statusCode": 200, "headers": {"Content-Type": "text/css"}}, 200, None, b""),
        ({"statusCode": 204, "body": "x"}, 204, None, b""),
        (
            {"headers": {"Content-Type": "text/plain"}, "body": "ä"},
            200,
            "text/plain; charset=UTF-8",
            "ä".encode(),
        ),
        (
            {"headers": {"content-type": "TEXT/CSV; header=present; charset=latin-1"}, "body": "ä"},
            200,
            "text/csv; header=present; charset=UTF-8",
            "ä".encode(),
        ),
        (
            {"headers": {"Content-Type": "application/json"}, "body": '{"a": 1}'},
            200,
            "application/json",
            b'{"a": 1}',
        ),
        (
            {"headers": {"Content-Type": "application/json"}, "body": "eyJhIjogMX0="},
            200,
            "application/json",
            b'{"a": 1}',
        ),
        (
            {"headers": {"Content-Type": "application/vnd.api+json"}, "body": {"a": 1}},
            200,
            "application/vnd.api+json",
            b'{\n  "a": 1\n}',
        ),
        (
            {"headers": {"Content-Type": "application/octet-stream"}, "body": "AP8"},
            200,
            "application/octet-stream",
            b"\x00\xff",
        ),
    ],
)
def test_http(
    web: Web, deploy: Deploy, result: Any, status: int, content_type: str | None, body: bytes
) -> None:
    response = web.get(deploy(**answering(result)))
    assert (response.status_code, response.headers.get("Content-Type"), response.content) == (
        status,
        content_type,
        body,
    )
    assert len(response.headers["x-openwhisk-activation-id"]) == 32


@pytest.mark.parametrize(
    ("result", "error"),
    [
        ("text", NOT_HTTP),
        ({"statusCode": "many"}, NOT_HTTP),
        ({"statusCode": 200.5}, NOT_HTTP),
        ({"statusCode": 99}, NOT_HTTP),
        ({"statusCode": 600}, NOT_HTTP),
        ({"statusCode": " 200"}, NOT_HTTP),
        ({"statusCode": None}, NOT_HTTP),
        ({"statusCode": True}, NOT_HTTP),
        ({"headers": "none", "body": "x"}, NOT_HTTP),
        ({"headers": {"a": None}, "body": "x"}, NOT_HTTP),
        ({"headers": {"a": {"b": 1}}, "body": "x"}, NOT_HTTP),
        ({"headers": {"a": "b\r\nSet-Cookie: c=d"}, "body": "x"}, NOT_HTTP),
        ({"headers": {"a b": "c"}, "body": "x"}, NOT_HTTP),
        ({"headers": {"Content-Type": "image/png"}, "body": "not base64!"}, OTHER_TYPE),
        ({"headers": {"Content-Type": "text/html"}, "body": {"a": 1}}, OTHER_TYPE),
        (
            {"headers": {"Content-Type": "what is this"}, "body": "x"},
            "Response did not specify a known content-type.",
        ),
    ],
)
def test_http_that_is_none(web: Web, deploy: Deploy, result: Any, error: str) -> None:
    # A result that is not an object can only be the value of an error.
    made = result if isinstance(result, dict) else {"error": result}
    refused(web.get(deploy(**answering(made))), 400, error)


@pytest.mark.parametrize(
    ("extension", "result", "content_type", "body"),
    [
        ("json", {"a": 1, "b": {}}, "application/json", b'{\n  "a": 1,\n  "b": {\n\n  }\n}'),
        ("json", {"error": [1, None]}, "application/json", b"[1, null]"),
        ("html", {"html": "<b>", "headers": {"a": None}}, HTML, b"<b>"),
        ("html", {"html": "<b>", "body": "<i>"}, HTML, b"<i>"),
        ("svg", {"svg": "<svg/>"}, "image/svg+xml", b"<svg/>"),
        ("svg", {"body": "<svg/>"}, "image/svg+xml", b"<svg/>"),
        ("text", {"text": "ä"}, "text/plain; charset=UTF-8", "ä".encode()),
        ("text", {"body": 1.5}, "text/plain; charset=UTF-8", b"1.5"),
        ("text", {"body": True}, "text/plain; charset=UTF-8", b"true"),
        ("text", {"text": None}, "text/plain; charset=UTF-8", b"null"),
        ("text", {"text": {"a": 1}}, "text/plain; charset=UTF-8", b'{\n  "a": 1\n}'),
    ],
)
def test_other_extensions(
    web: Web, deploy: Deploy, extension: str, result: Any, content_type: str, body: bytes
) -> None:
    response = web.get(f"{deploy(**answering(result))}.{extension}")
    assert (response.status_code, response.content) == (200, body)
    assert response.headers["Content-Type"] == content_type
    assert "x-openwhisk-activation-id" in response.headers


@pytest.mark.parametrize("extension", ["", ".http", ".json", ".html", ".svg", ".text"])
def test_result_that_is_a_list(web: Web, deploy: Deploy, extension: str) -> None:
    response = web.get(f"{deploy(**answering([1, 'a']))}{extension}")
    assert (response.status_code, response.text) == (500, "There was an internal server error.")
    assert response.headers["Content-Type"].lower() == "text/plain; charset=utf-8"
    assert {"X-Request-ID", "Access-Control-Allow-Origin"}.isdisjoint(response.headers)


@pytest.mark.parametrize(
    ("extension", "accept", "types"),
    [
        (".json", "text/html", "application/json"),
        (".html", "application/json", "text/html; charset=UTF-8"),
        (".text", "text/html", "text/plain"),
        (".svg", "*/*;q=0", "image/svg+xml"),
        (".http", "image/png", "text/html; charset=UTF-8"),
    ],
)
def test_type_that_is_not_accepted(
    web: Web, deploy: Deploy, extension: str, accept: str, types: str
) -> None:
    result = {"body": "x"}
    response = web.get(f"{deploy(**answering(result))}{extension}", headers={"Accept": accept})
    assert (response.status_code, response.json()["error"]) == (
        406,
        f"Resource representation is only available with these types:\n{types}",
    )
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(
    ("extension", "result", "media_type"),
    [
        ("html", {"html": 1}, "text/html"),
        ("html", {"other": "x"}, "text/html"),
        ("html", {"error": [1]}, "text/html"),
        ("svg", {"svg": None}, "image/svg+xml"),
    ],
)
def test_result_of_the_wrong_type(
    web: Web, deploy: Deploy, extension: str, result: Any, media_type: str
) -> None:
    name = deploy(**answering(result))
    refused(web.get(f"{name}.{extension}"), 400, f"Response is not valid '{media_type}'.")


def test_text_without_the_property(web: Web, deploy: Deploy) -> None:
    name = deploy(**answering({"other": 1}))
    refused(web.get(f"{name}.text"), 404, "Response does not include requested property.")


def test_extension_that_is_not_known_belongs_to_the_name(web: Web, deploy: Deploy) -> None:
    response = web.get(f"{deploy(**answering({'body': 'x'}))}.png")
    assert response.status_code == 404


def test_error_takes_the_place_of_the_result(web: Web, deploy: Deploy) -> None:
    error = {"statusCode": 418, "headers": {"X-A": "b"}, "body": "teapot"}
    name = deploy(**answering({"error": error, "body": "not this"}))
    response = web.get(name)
    assert (response.status_code, response.text) == (418, "teapot")
    assert response.headers["X-A"] == "b"
    assert web.get(f"{name}.json").json() == error


@pytest.mark.parametrize(
    ("extension", "status", "text"),
    [("text", 200, "wrong"), ("html", 200, "wrong"), ("http", 400, NOT_HTTP)],
)
def test_error_that_is_a_text(
    web: Web, deploy: Deploy, extension: str, status: int, text: str
) -> None:
    response = web.get(f"{deploy(**answering({'error': 'wrong'}))}.{extension}")
    assert response.status_code == status
    assert text in response.text


@pytest.mark.parametrize("code", ["import sys\ndef main(args):\n    sys.exit(1)\n", "def x("])
def test_failure_of_the_developer(web: Web, deploy: Deploy, code: str) -> None:
    refused(web.get(deploy(code, **exported())), 400, "There was an error processing your request.")


def test_headers_of_every_type(web: Web, deploy: Deploy) -> None:
    headers = {"X-Text": "a", "X-Number": 1.5, "X-Flag": True, "Set-Cookie": ["a=1", "b=2; Path=/"]}
    name = deploy(**answering({"headers": headers, "body": "x"}))
    answer = raw(web.target, f"GET {web.url(name)} HTTP/1.1".replace(web.target.apihost, ""))
    lines = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")
    for line in (b"X-Text: a", b"X-Number: 1.5", b"X-Flag: true"):
        assert line in lines
    cookies = [line for line in lines if line.startswith(b"Set-Cookie")]
    assert cookies == [b"Set-Cookie: a=1", b"Set-Cookie: b=2; Path=/"]


def test_header_that_says_how_to_send_is_not_the_actions(web: Web, deploy: Deploy) -> None:
    headers = {"Content-Length": "1", "Transfer-Encoding": "chunked", "Connection": "close"}
    name = deploy(**answering({"headers": headers, "body": "long enough"}))
    for _ in range(2):
        response = web.get(name)
        assert (response.text, response.headers["Content-Length"]) == ("long enough", "11")


def test_redirection(web: Web, deploy: Deploy) -> None:
    headers = {"Location": "https://example.com/a?b"}
    name = deploy(**answering({"statusCode": 302, "headers": headers}))
    response = web.get(name, allow_redirects=False)
    assert (response.status_code, response.content) == (302, b"")
    assert response.headers["Location"] == "https://example.com/a?b"


def test_picture_byte_for_byte(web: Web, deploy: Deploy) -> None:
    body = base64.b64encode(png()).decode()
    name = deploy(**answering({"headers": {"Content-Type": "image/png"}, "body": body}))
    response = web.get(name)
    assert (response.headers["Content-Type"], response.content) == ("image/png", png())


@pytest.mark.skipif(which("curl") is None, reason="there is no curl")
def test_picture_to_curl(web: Web, deploy: Deploy, tmp_path: Path) -> None:
    body = base64.b64encode(png()).decode()
    name = deploy(**answering({"headers": {"Content-Type": "image/png"}, "body": body}))
    target = tmp_path / "picture.png"
    subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "--fail", "-o", str(target), web.url(name)],
        check=True,
        timeout=60,
    )
    assert target.read_bytes() == png()
