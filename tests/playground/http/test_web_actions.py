from __future__ import annotations

import pytest
from starlette.exceptions import HTTPException
from starlette.responses import Response

from jupyter_faas.playground.http.web_actions import WebActionAddress, with_headers


def parsed(path: str) -> tuple[str, str, str]:
    address = WebActionAddress.parse(f"/api/v1/web/{path}".encode())
    return address.name.path, address.extension, address.rest


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("guest/default/a", ("guest/a", ".http", "")),
        ("guest/default/a.json", ("guest/a", ".json", "")),
        ("guest/pkg/a.svg/", ("guest/pkg/a", ".svg", "/")),
        ("guest/pkg/a.png/b.html/c", ("guest/pkg/a.png", ".http", "/b.html/c")),
        ("guest/pkg/a.http.text", ("guest/pkg/a.http", ".text", "")),
        ("g%20t/p%26q/a%2Ehtml/%2F", ("g t/p&q/a", ".html", "/%2F")),
    ],
)
def test_address(path: str, address: tuple[str, str, str]) -> None:
    assert parsed(path) == address


@pytest.mark.parametrize(
    "path",
    ["", "guest", "guest/default", "guest//a", "guest/default/.json", "a%2Fb/c/d", "%FF/p/a"],
)
def test_path_without_one(path: str) -> None:
    with pytest.raises(HTTPException, match="404"):
        parsed(path)


def test_header_names_keep_their_case_and_may_repeat() -> None:
    response = with_headers(Response(), [("Set-Cookie", "a"), ("Set-Cookie", "b")])
    # The server asks for the name in lower case.
    assert [name.lower() for name, _ in response.raw_headers[-2:]] == [b"Set-Cookie"] * 2
