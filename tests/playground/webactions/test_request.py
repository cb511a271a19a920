from __future__ import annotations

import pytest

from jupyter_faas.errors import InputError
from jupyter_faas.playground.errors import Malformed
from jupyter_faas.playground.webactions.request import WebRequest


def request(
    body: bytes = b"", content_type: str = "text/plain", query: str = "", user: str | None = None
) -> WebRequest:
    headers = (("x-a", "1"), ("x-a", "2"), ("content-type", content_type), ("content-length", "9"))
    return WebRequest("POST", headers, "/p", query, body, user)


def test_header_that_is_repeated() -> None:
    assert request().header("x-a") == "2"
    arguments = request().arguments(raw=False, immutable=frozenset())
    assert arguments["__ow_headers"] == {"x-a": "2", "content-type": "text/plain"}


def test_text_that_is_not_utf8() -> None:
    arguments = request(b"a\xff").arguments(raw=False, immutable=frozenset())
    assert arguments["__ow_body"] == "a\ufffd"


def test_content_type_that_is_none_is_taken_for_binary() -> None:
    arguments = request(b"a", "?").arguments(raw=False, immutable=frozenset())
    assert arguments["__ow_body"] == "YQ=="


def test_immutable_in_the_body_alone() -> None:
    asked = request(b'{"a": 1}', "application/json")
    with pytest.raises(InputError, match="not allowed"):
        asked.arguments(raw=False, immutable=frozenset({"a"}))


def test_json_that_is_none() -> None:
    with pytest.raises(Malformed, match="malformed"):
        request(b"{", "application/json").arguments(raw=False, immutable=frozenset())


def test_raw_takes_everything() -> None:
    asked = request(b"{", "application/json", "__ow_user=x", "guest")
    arguments = asked.arguments(raw=True, immutable=frozenset({"__ow_query"}))
    assert arguments == {
        "__ow_method": "post",
        "__ow_headers": {"x-a": "2", "content-type": "application/json"},
        "__ow_path": "/p",
        "__ow_user": "guest",
        "__ow_query": "__ow_user=x",
        "__ow_body": "ew==",
    }
