"""Contract §1: which responses ``Accept`` and ``Accept-Charset`` exclude."""

from __future__ import annotations

import pytest

from jupyter_faas.playground.webserver.negotiation import accepts

JSON = "application/json"
HTML = "text/html; charset=UTF-8"


@pytest.mark.parametrize(
    "accept",
    [
        *("", "*/*", "*", "application/*", JSON, "APPLICATION/JSON", f"text/html, {JSON};q=0.1"),
        *(f"{JSON};q=0.001", f"{JSON}; charset=utf-8", "text/html,*/*;q=0.8", f"{JSON};v=1;q=1"),
        # What cannot be read does not count.
        *("nonsense", "text/html;q=2", "text/html;", "text/html text/plain", f"{JSON};q=x"),
    ],
)
def test_accepted(accept: str) -> None:
    assert accepts((accept,), (), JSON)


@pytest.mark.parametrize(
    "accept",
    [
        *("text/html", "image/*", f"{JSON};q=0", "*/*;q=0", f"*/*, {JSON};q=0.0"),
        *(f"application/*, {JSON};q=0", "application/xml, text/*", 'text/html;a="b,c"'),
    ],
)
def test_not_accepted(accept: str) -> None:
    assert not accepts((accept,), (), JSON)


def test_ranges_of_all_headers_count() -> None:
    assert accepts(("text/html", JSON), (), JSON)


@pytest.mark.parametrize("content_type", [JSON, HTML])
def test_charset_that_is_not_accepted(content_type: str) -> None:
    assert not accepts((), ("iso-8859-1",), content_type)
    assert not accepts((), ("utf-8;q=0",), content_type)


@pytest.mark.parametrize("charsets", ["utf-8", "*", "iso-8859-1, UTF-8;q=0.1", ""])
def test_charset_that_is_accepted(charsets: str) -> None:
    assert accepts((), (charsets,), JSON)


@pytest.mark.parametrize("content_type", ["text/plain", "image/png"])
def test_types_without_a_fixed_charset(content_type: str) -> None:
    assert accepts((), ("iso-8859-1",), content_type)
