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


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("APPLICATION/JSON; charset=utf-8", "application/json"),
        ("text/plain; charset=iso-8859-1", "text/plain; charset=ISO-8859-1"),
        ("application/x-www-form-urlencoded; charset=utf-8", "application/x-www-form-urlencoded"),
        ("multipart/form-data; boundary=x", "multipart/form-data; boundary=x"),
        ("nonsense", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_content_type_is_told_as_the_library_writes_it(content_type: str, expected: str) -> None:
    asked = request(b"{}", content_type).arguments(raw=True, immutable=frozenset())
    assert asked["__ow_headers"]["content-type"] == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        *(("", ""), ("a", "a"), ("&&a=1&", "&&a=1&"), ("a=%20", "a=+"), ("a=+", "a=+")),
        *(("a=b=c", "a=b%3Dc"), ("a=1;b=2", "a=1%3Bb%3D2"), ("%61=1", "a=1")),
        *(("a=%2B", "a=%2B"), ("a=%C3%A4", "a=%C3%A4"), ("a=%E4", "a=%EF%BF%BD")),
        ("a=1?b=2", "a=1?b%3D2"),
    ],
)
def test_raw_query_is_written_again(query: str, expected: str) -> None:
    asked = request(query=query).arguments(raw=True, immutable=frozenset())
    assert asked["__ow_query"] == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [("&", {"": ""}), ("=1", {"": "1"}), ("&&a=1&", {"": "", "a": "1"}), ("a=1&a=2", {"a": "2"})],
)
def test_parts_of_a_query(query: str, expected: dict[str, str]) -> None:
    arguments = request(query=query).arguments(raw=False, immutable=frozenset())
    assert {key: arguments[key] for key in arguments if not key.startswith("__ow_")} == expected


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
