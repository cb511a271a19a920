from __future__ import annotations

import pytest

from jupyter_faas.playground.webactions.request import MediaType


def parsed(text: str) -> MediaType:
    found = MediaType.parse(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "content_type"),
    [
        ("text/html", "text/html; charset=UTF-8"),
        (" Text/HTML ; charset=latin-1 ", "text/html; charset=UTF-8"),
        ('text/csv;header=present; a="b;c"', 'text/csv; header=present; a="b;c"; charset=UTF-8'),
        ("text/plain;", "text/plain; charset=UTF-8"),
        ("application/json; charset=utf-8", "application/json"),
        ("application/ld+json", "application/ld+json"),
        ("image/png", "image/png"),
        ("application/x-mine", "application/x-mine"),
        ("application/x-mine; charset=utf-8", "application/x-mine; charset=UTF-8"),
        ("application/javascript", "application/javascript; charset=UTF-8"),
    ],
)
def test_content_type_of_a_response(text: str, content_type: str) -> None:
    assert parsed(text).content_type == content_type


@pytest.mark.parametrize(
    "text", ["", "text", "text/", "/html", "text/html html", "a b/c", "text/html; =x", "t/h; a=b c"]
)
def test_what_is_none(text: str) -> None:
    assert MediaType.parse(text) is None


@pytest.mark.parametrize(
    ("text", "binary"),
    [
        ("text/plain", False),
        ("text/csv; charset=iso-8859-1", False),
        ("text/x-script.python", False),
        ("text/anything", True),
        ("text/javascript", True),
        ("multipart/form-data; boundary=x", True),
        ("application/javascript", False),
        ("application/vnd.api+json", False),
        ("application/ld+json", True),
        ("application/xml", False),
        ("application/json", False),
        ("application/octet-stream", True),
        ("image/svg+xml", True),
        ("application/x-mine", True),
        ("application/x-mine; charset=utf-8", True),
    ],
)
def test_binary_or_not(text: str, binary: bool) -> None:
    assert parsed(text).is_binary is binary
