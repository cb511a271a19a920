from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.playground.workers.exchange import Outcome, OutcomeStatus
from jupyter_faas.playground.workers.responses import run_response, start_response
from jupyter_faas.whisk import ActivationResponse


def outcome(reply: bytes = b"", ending: OutcomeStatus = OutcomeStatus.ANSWERED) -> Outcome:
    return Outcome(ending, reply[:101], len(reply), 0.1, ())


def ran(reply: bytes = b"", ending: OutcomeStatus = OutcomeStatus.ANSWERED) -> ActivationResponse:
    return run_response(outcome(reply, ending), timeout_ms=1500, max_result_bytes=100)


@pytest.mark.parametrize(
    ("reply", "code", "result"),
    [
        (b'{"a":1}', 0, {"a": 1}),
        (b"{}", 0, {}),
        (b"[1,2]", 0, [1, 2]),
        (b'{"error":"no","beside":1}', 1, {"error": "no"}),
        (b'{"error":null}', 1, {"error": None}),
        (
            b"null",
            2,
            {"error": "The action did not produce a valid JSON or JSON Array response: null"},
        ),
        (b'"text"', 2, {"error": "The action did not return a dictionary or array."}),
        (b"3", 2, {"error": "The action did not return a dictionary or array."}),
        (
            b'{"a": NaN}',
            2,
            {"error": 'The action did not produce a valid JSON or JSON Array response: {"a": NaN}'},
        ),
        (b"", 2, {"error": "The action did not produce a valid JSON or JSON Array response: "}),
    ],
)
def test_answer(reply: bytes, code: int, result: Any) -> None:
    response = ran(reply)
    assert (response.status_code, response.result) == (code, result)


def test_answer_that_is_as_long_as_allowed() -> None:
    assert ran(b'{"a":"' + b"x" * 92 + b'"}').status_code == 0


def test_answer_that_is_too_long() -> None:
    response = ran(b'{"a":"' + b"x" * 93 + b'"}')
    assert response.status_code == 1
    assert response.result["error"] == (
        "The action produced a response that exceeded the allowed length: 101 > 100 bytes. "
        'The truncated response was: {"a":"' + "x" * 93 + '"'
    )


@pytest.mark.parametrize(
    ("ending", "message"),
    [
        (OutcomeStatus.TIMED_OUT, "The action exceeded its time limits of 1500 milliseconds."),
        (OutcomeStatus.OUT_OF_MEMORY, "The action exhausted its memory and was aborted."),
        (
            OutcomeStatus.EXITED,
            "The action did not produce a valid response and exited unexpectedly.",
        ),
    ],
)
def test_run_that_did_not_answer(ending: OutcomeStatus, message: str) -> None:
    response = ran(b"", ending)
    assert (response.status_code, response.result) == (2, {"error": message})


def test_start() -> None:
    assert start_response(outcome(b'{"ok":true}'), timeout_ms=1500) is None


@pytest.mark.parametrize(
    ("reply", "ending", "message"),
    [
        (b'{"error":"Cannot start"}', OutcomeStatus.ANSWERED, "Cannot start"),
        (b"what?", OutcomeStatus.ANSWERED, "The action failed during initialization: what?"),
        (b"", OutcomeStatus.EXITED, "The action did not initialize and exited unexpectedly."),
        (b"", OutcomeStatus.OUT_OF_MEMORY, "The action exhausted its memory and was aborted."),
        (
            b"",
            OutcomeStatus.TIMED_OUT,
            "The action exceeded its time limits of 1500 milliseconds during initialization.",
        ),
    ],
)
def test_start_that_failed(reply: bytes, ending: OutcomeStatus, message: str) -> None:
    response = start_response(outcome(reply, ending), timeout_ms=1500)
    assert response is not None
    assert (response.status_code, response.result) == (2, {"error": message})


def test_answer_that_the_proxy_would_refuse() -> None:
    assert ran(b'!failed {"error":"no"}') == ActivationResponse(2, {"error": "no"}, 14)


@pytest.mark.parametrize(
    ("reply", "size"),
    [
        (b"{}", 2),
        (b'{"error":"no","beside":1}', 25),
        ('{"a":"\u00e4\u20ac\U0001f600"}'.encode(), 12),
        (b"null", 4),
        (b"3", 60),
        (b'{"a":"' + b"x" * 93 + b'"}', 101),
    ],
)
def test_size_is_that_of_the_answer_in_utf16_and_with_pythons_newline(
    reply: bytes, size: int
) -> None:
    assert ran(reply).size == size
    proxied = outcome(reply)._replace(proxied=True)
    assert run_response(proxied, timeout_ms=1500, max_result_bytes=100).size == size + 1


def test_answers_of_python_end_with_a_newline_where_they_are_told() -> None:
    response = run_response(
        outcome(b"null")._replace(proxied=True), timeout_ms=1500, max_result_bytes=100
    )
    assert response.result["error"].endswith("Array response: null\n")


def test_answer_of_python_that_is_no_json() -> None:
    response = run_response(
        outcome(b'{"a": NaN}')._replace(proxied=True), timeout_ms=1500, max_result_bytes=100
    )
    message = "The action did not return a dictionary or array."
    assert response == ActivationResponse(2, {"error": message}, 61)


@pytest.mark.parametrize("ending", [OutcomeStatus.TIMED_OUT, OutcomeStatus.OUT_OF_MEMORY])
def test_run_without_an_answer_has_no_size(ending: OutcomeStatus) -> None:
    assert ran(b"", ending).size is None


@pytest.mark.parametrize("reply", [b"!failed", b"!failed []", b"!failed {}"])
def test_refusal_that_is_none(reply: bytes) -> None:
    message = "The action did not produce a valid JSON or JSON Array response: "
    response = ran(reply)
    assert response == ActivationResponse(2, {"error": message + reply.decode()}, len(reply))


@pytest.mark.parametrize("ending", [OutcomeStatus.EXITED, OutcomeStatus.OUT_OF_MEMORY])
def test_process_that_its_proxy_outlives(ending: OutcomeStatus) -> None:
    """As that of Python does, and that of Node.js does not."""
    gone = outcome(b"", ending)._replace(proxied=True)
    ran = run_response(gone, timeout_ms=1500, max_result_bytes=100)
    assert ran == ActivationResponse(2, {"error": "command exited"}, 27)
    started = start_response(gone, timeout_ms=1500)
    assert started == ActivationResponse(
        2, {"error": "Cannot start action. Check logs for details."}, 57
    )


def test_answer_that_is_too_deep() -> None:
    reply = b"[" * 1001 + b"]" * 1001
    deep = Outcome(OutcomeStatus.ANSWERED, reply, len(reply), 0.1, ())
    response = run_response(deep, timeout_ms=1500, max_result_bytes=10_000)
    message = "The action did not produce a valid JSON or JSON Array response: "
    assert response == ActivationResponse(2, {"error": message + reply.decode()}, 2002)
