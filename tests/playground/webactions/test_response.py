from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.errors import ActionNotFound, InputError
from jupyter_faas.playground.webactions.response import EXTENSIONS, WebResponse, web_response
from jupyter_faas.whisk import ActivationResponse


def http(result: Any) -> WebResponse:
    return web_response(ActivationResponse(0, result), ".http")


@pytest.mark.parametrize("status", [2, 3])
@pytest.mark.parametrize("extension", EXTENSIONS)
def test_failure_is_the_same_for_every_extension(status: int, extension: str) -> None:
    with pytest.raises(InputError, match="There was an error processing your request"):
        web_response(ActivationResponse(status, {"error": "a detail"}), extension)


def test_application_error_without_one() -> None:
    with pytest.raises(ActionNotFound, match="does not include requested property"):
        web_response(ActivationResponse(1, {}), ".json")


@pytest.mark.parametrize(("given", "status"), [(200.0, 200), ("+201", 201), (599, 599), (449, 449)])
def test_status(given: Any, status: int) -> None:
    assert http({"statusCode": given, "body": "x"}).status == status


@pytest.mark.parametrize("given", ["", " 200", "2e2", 100, "100", 1_000, -200, [200], float("inf")])
def test_status_that_is_none(given: Any) -> None:
    with pytest.raises(InputError, match="Response is not valid 'message/http'"):
        http({"statusCode": given})


def test_lists_of_header_values_may_nest() -> None:
    answer = http({"headers": {"X": ["a", [1, False]], "Y": []}, "body": "x"})
    assert answer.headers == (("X", "a"), ("X", "1"), ("X", "false"))


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\x00b"])
def test_header_value_that_would_begin_another(value: str) -> None:
    with pytest.raises(InputError, match="message/http"):
        http({"headers": {"X": value}})


def test_content_type_is_checked_before_the_body_is_dropped() -> None:
    with pytest.raises(InputError, match="known content-type"):
        http({"statusCode": 304, "headers": {"content-type": "?"}, "body": "x"})
    assert http({"statusCode": 304, "body": "x"}) == WebResponse(304)


@pytest.mark.parametrize("body", ["AP8=", "AP8"])
def test_padding_may_be_missing(body: str) -> None:
    answer = http({"headers": {"content-type": "image/png"}, "body": body})
    assert (answer.body, answer.content_type) == (b"\x00\xff", "image/png")


@pytest.mark.parametrize("body", ["A", "AP8==", "A P8", "AP_8"])
def test_body_that_is_no_base64(body: str) -> None:
    with pytest.raises(InputError, match="did not match generated content type"):
        http({"headers": {"content-type": "image/png"}, "body": body})
