"""Activation responses for the outcomes of requests to workers.

A response is a success, an application error or a developer error. The rules and messages are those
of OpenWhisk (contract §3.3).
"""

from __future__ import annotations

from typing import Any

import orjson

from jupyter_faas.playground.json_parser import TooDeep
from jupyter_faas.playground.strict_json import read_json
from jupyter_faas.playground.workers.exchange import ANSWERED, Outcome, OutcomeStatus
from jupyter_faas.whisk import ActivationResponse
from jupyter_faas.whisk.activations import (
    APPLICATION_ERROR,
    DEVELOPER_ERROR,
    SUCCESS,
    WHISK_ERROR,
)

EXHAUSTED = "The action exhausted its memory and was aborted."
EXITED = "The action did not produce a valid response and exited unexpectedly."
EXITED_IN_INIT = "The action did not initialize and exited unexpectedly."
# In OpenWhisk, the Python proxy sends this message after the action has exited. Node.js does not
# have such a proxy.
COMMAND_EXITED = "command exited"
CANNOT_START = "Cannot start action. Check logs for details."
INIT_FAILED = "The action failed during initialization: {}"
NOT_JSON = "The action did not produce a valid JSON or JSON Array response: {}"
# The worker adds this prefix to a reply for which OpenWhisk's proxy would respond with a status
# other than 200. The prefix is not JSON, so it cannot be confused with a result.
FAILED = b"!failed "

NOT_AN_OBJECT = "The action did not return a dictionary or array."
TIMED_OUT = "The action exceeded its time limits of {} milliseconds"
TIMED_OUT_IN_INIT = f"{TIMED_OUT} during initialization."
# OpenWhisk cannot end a run before its time limit, so it has no such message.
CANCELLED = "The activation was cancelled."
STOPPED = "The playground was stopped during this run, which may already have had effects."
TOO_LONG = (
    "The action produced a response that exceeded the allowed length: {} > {} bytes. "
    "The truncated response was: {}"
)


def run_response(outcome: Outcome, *, timeout_ms: int, max_result_bytes: int) -> ActivationResponse:
    """Return the activation response for the outcome of a run."""
    if outcome.status is not ANSWERED:
        return _failed_run(outcome, timeout_ms)
    if outcome.reply.startswith(FAILED):
        answer = _parse(outcome.reply.removeprefix(FAILED))
        if isinstance(answer, dict) and "error" in answer:
            return refusal(answer["error"], outcome.proxied)
    # The launcher of OpenWhisk's Python ends its answer with a newline, which counts.
    end = "\n" if outcome.proxied else ""
    size = outcome.size + len(end)
    if size > max_result_bytes:
        # Decoding errors are ignored, because the truncation may split a character.
        text = outcome.reply[:max_result_bytes].decode(errors="ignore")
        message = TOO_LONG.format(size, max_result_bytes, text)
        return ActivationResponse(APPLICATION_ERROR, {"error": message}, size)
    if not outcome.reply.isascii():
        size = _utf16_units(outcome.reply.decode(errors="replace")) + len(end)
    result = _parse(outcome.reply)
    if result is _INVALID and outcome.proxied:
        return refusal(NOT_AN_OBJECT, outcome.proxied)
    if result is _INVALID or result is _TOO_DEEP or result is None:
        text = outcome.reply.decode(errors="replace") + end
        return developer_error(NOT_JSON.format(text), size)
    if not isinstance(result, (dict, list)):
        return refusal(NOT_AN_OBJECT, outcome.proxied)
    if isinstance(result, dict) and "error" in result:
        # If a result has the key ``error``, OpenWhisk drops all other keys.
        return ActivationResponse(APPLICATION_ERROR, {"error": result["error"]}, size)
    return ActivationResponse(SUCCESS, result, size)


def refusal(error: Any, proxied: bool) -> ActivationResponse:
    """Return the developer error that OpenWhisk's runtime answers as ``{"error": …}``.

    ``proxied``: whether a proxy runs this kind; it ends its answer with a newline, which counts.
    """
    answer = orjson.dumps({"error": error}).decode()
    return developer_error(error, _utf16_units(answer) + proxied)


def _utf16_units(text: str) -> int:
    # OpenWhisk counts the units of Java's strings.
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _failed_run(outcome: Outcome, timeout_ms: int) -> ActivationResponse:
    if outcome.status is OutcomeStatus.CANCELLED:
        return developer_error(CANCELLED)
    if outcome.status is OutcomeStatus.TIMED_OUT:
        return developer_error(TIMED_OUT.format(timeout_ms) + ".")
    # OpenWhisk's Python proxy survives when the kernel kills the action for lack of memory.
    if outcome.status is OutcomeStatus.OUT_OF_MEMORY and not outcome.proxied:
        return developer_error(EXHAUSTED)
    return refusal(COMMAND_EXITED, outcome.proxied) if outcome.proxied else developer_error(EXITED)


def start_response(outcome: Outcome, *, timeout_ms: int) -> ActivationResponse | None:
    """Return the error response for a worker that did not start, or None if it started."""
    if outcome.status is OutcomeStatus.TIMED_OUT:
        return developer_error(TIMED_OUT_IN_INIT.format(timeout_ms))
    if outcome.status in (OutcomeStatus.EXITED, OutcomeStatus.OUT_OF_MEMORY):
        if outcome.status is OutcomeStatus.OUT_OF_MEMORY and not outcome.proxied:
            return developer_error(EXHAUSTED)
        if outcome.proxied:
            return refusal(CANNOT_START, outcome.proxied)
        return developer_error(EXITED_IN_INIT)
    answer = _parse(outcome.reply)
    if isinstance(answer, dict) and answer.get("ok") is True:
        return None
    if isinstance(answer, dict) and "error" in answer:
        return refusal(answer["error"], outcome.proxied)
    return developer_error(INIT_FAILED.format(outcome.reply.decode(errors="replace")))


def stopped_response() -> ActivationResponse:
    """Return the response of a run that the stop of the playground ended."""
    return ActivationResponse(WHISK_ERROR, {"error": STOPPED})


def developer_error(error: Any, size: int | None = None) -> ActivationResponse:
    """Return a developer error. ``size`` is that of the runtime's answer, or None without one."""
    return ActivationResponse(DEVELOPER_ERROR, {"error": error}, size)


# Sentinels for parse errors. None cannot be used, because it is the value of JSON's ``null``.
_INVALID = object()
_TOO_DEEP = object()


def _parse(reply: bytes) -> Any:
    try:
        return read_json(reply)
    except TooDeep:
        return _TOO_DEEP
    except ValueError:
        return _INVALID
