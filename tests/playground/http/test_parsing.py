from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request

from jupyter_faas.errors import InputError
from jupyter_faas.playground.http.parsing import (
    boolean,
    epoch_ms,
    json_payload,
    page,
    required_body,
    wait_ms,
)
from tests.playground.helpers.loop import in_loop


def request(query: str = "", body: bytes = b"", **headers: str) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": query.encode(),
        "headers": [
            (key.replace("_", "-").encode(), value.encode()) for key, value in headers.items()
        ],
    }
    return Request(scope, receive)


@pytest.mark.parametrize("text", ["true", "True", "YES", "on", "1"])
def test_true(text: str) -> None:
    assert boolean(request(f"x={text}"), "x", False)


@pytest.mark.parametrize("text", ["false", "False", "NO", "off", "0"])
def test_false(text: str) -> None:
    assert not boolean(request(f"x={text}"), "x", True)


def test_boolean_default() -> None:
    assert boolean(request(), "x", True)


@pytest.mark.parametrize("text", ["maybe", " ", "2"])
def test_boolean_that_is_none(text: str) -> None:
    with pytest.raises(InputError, match=r"^The query parameter 'x' was malformed:\n"):
        boolean(request(f"x={text}"), "x", True)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (30, 0)),
        ("limit=0", (200, 0)),
        ("limit=200&skip=7", (200, 7)),
    ],
)
def test_page(query: str, expected: tuple[int, int]) -> None:
    assert page(request(query), "actions") == expected


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit=300", "The value '300' is not in the range of 0 to 200 for actions."),
        ("limit=-1", "The value '-1' is not in the range of 0 to 200 for actions."),
        ("limit=x", "The value 'x' is not an integer for actions."),
        ("limit=1_0", "The value '1_0' is not an integer for actions."),
        ("limit=%D9%A3", "The value '٣' is not an integer for actions."),
        ("skip=-1", "The value '-1' is not greater than or equal to 0 for actions."),
        ("skip=1.5", "The value '1.5' is not an integer for actions."),
    ],
)
def test_page_that_is_none(query: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        page(request(query), "actions")
    assert error.value.message.endswith(f"' was malformed:\n{message}")


def test_epoch() -> None:
    assert epoch_ms(request("since=1795565998000"), "since") == 1795565998000
    assert epoch_ms(request(), "since") is None
    with pytest.raises(InputError, match="not a valid value for epoch seconds: yesterday"):
        epoch_ms(request("since=yesterday"), "since")


def test_wait() -> None:
    assert wait_ms(request("timeout=500"), 60_000) == 500
    assert wait_ms(request(), 60_000) == 60_000
    for text in ("0", "60001", "x", "-5"):
        with pytest.raises(
            InputError, match=r"Timeout must be number of milliseconds up to 60000\."
        ):
            wait_ms(request(f"timeout={text}"), 60_000)


@in_loop
async def test_body() -> None:
    json = "application/json; charset=utf-8"
    assert await required_body(request(body=b'{"a": 1}', content_type=json), 100) == {"a": 1}
    assert await json_payload(request(), 100) == {}
    assert await required_body(request(body=b"null", content_type=json), 100) is None


@in_loop
async def test_body_that_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"Content-Type \[application/x-www-form-urlencoded\] is not supported"
    ):
        await required_body(
            request(body=b"a=1", content_type="application/x-www-form-urlencoded"), 100
        )
    with pytest.raises(InputError, match=r"^The request content was malformed:\n"):
        await required_body(request(body=b"{", content_type="application/json"), 100)
    with pytest.raises(InputError, match=r"^Request larger than allowed: 101 > 100 bytes\."):
        await required_body(request(body=b"x" * 101), 100)
    with pytest.raises(InputError, match=r"^Request larger than allowed: 999 > 100 bytes\."):
        await required_body(request(content_length="999"), 100)
