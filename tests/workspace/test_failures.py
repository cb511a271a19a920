from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.cost import load_price_list
from jupyter_faas.whisk import Activation
from jupyter_faas.widgets.activation_render import activation_html, activation_text
from jupyter_faas.workspace.activations import describe
from jupyter_faas.workspace.failures import failure_of
from jupyter_faas.workspace.script import run_failed

STAMP = "2026-11-28T10:00:00.000000001Z"
BEGINNING = f"{STAMP} stderr: Traceback (most recent call last):"
LOST = (
    f"{STAMP} stderr: The action did not initialize or run as expected. Log data might be missing."
)
NO_MODULE = f"{STAMP} stderr: ModuleNotFoundError: No module named 'onnxruntime'"
INIT = (
    "The action exceeded its time limits of 60000 milliseconds during initialization. "
    "Logs might be missing."
)


def record(error: str, *logs: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "iris",
        "status": "action developer error",
        "result": {"error": error},
        "logs": list(logs),
        "memory_mb": 256,
        **more,
    }


@pytest.mark.parametrize(
    "error",
    [
        "Cannot start action. Check logs for details.",
        "The action failed to generate or locate a binary. See logs for details.",
        "command exited",
    ],
)
def test_a_module_that_the_host_lacks_is_named_with_the_cure(error: str) -> None:
    found = failure_of(record(error, BEGINNING, NO_MODULE, LOST))
    assert found.reason == error
    assert found.error == "ModuleNotFoundError: No module named 'onnxruntime'"
    assert found.cure.startswith("The host does not have onnxruntime. Include the requirements")


@pytest.mark.parametrize(
    "logs", [(LOST,), (BEGINNING, f"{STAMP} stderr: MemoryError", LOST)], ids=["killed", "Python"]
)
def test_a_process_that_ended_needs_more_memory(logs: tuple[str, ...]) -> None:
    found = failure_of(record("command exited", *logs))
    assert found.cure.endswith("it needed more than its 256 MB: try --memory 512.")


def test_a_start_that_took_too_long_has_two_causes() -> None:
    found = failure_of(record(INIT, LOST))
    assert "--memory 512" in found.cure
    assert "--vendor" in found.cure


TIMEOUT = "The action exceeded its time limits of {} milliseconds."


@pytest.mark.parametrize(
    ("limit_ms", "most_ms", "cure"),
    [
        (2000, 300_000, "The function needed more time than its limit: try --timeout 10s."),
        (60_000, None, "The function needed more time than its limit: try --timeout 300s."),
        (100_000, 300_000, "The function needed more time than its limit: try --timeout 300s."),
        (150, 300_000, "The function needed more time than its limit: try --timeout 750ms."),
        (
            300_000,
            300_000,
            "The target does not allow a longer time limit: let each call do less.",
        ),
    ],
)
def test_a_run_that_took_too_long_needs_more_time(
    limit_ms: int, most_ms: int | None, cure: str
) -> None:
    found = failure_of(record(TIMEOUT.format(limit_ms), max_timeout_ms=most_ms))
    assert (found.reason, found.lines) == (TIMEOUT.format(limit_ms), (cure,))
    assert cure in run_failed(record(TIMEOUT.format(limit_ms), max_timeout_ms=most_ms)).hint


def test_a_composition_does_not_give_its_own_limit_more_time() -> None:
    assert failure_of(record(TIMEOUT.format(2000), kind="sequence")).cure == ""


def test_an_exception_while_it_starts_is_its_own_cause() -> None:
    lines = (BEGINNING, f"{STAMP} stderr: numpy.exceptions.AxisError: axis 2", LOST)
    found = failure_of(record("Cannot start action. Check logs for details.", *lines))
    assert (found.error, found.cure) == ("numpy.exceptions.AxisError: axis 2", "")


def test_an_error_of_the_function_is_told_as_it_is() -> None:
    found = failure_of(record("n must be positive\nmore", NO_MODULE))
    assert (found.reason, found.error, found.cure) == ("n must be positive", "", "")


def test_a_run_without_an_error_text_is_told_by_its_status() -> None:
    assert failure_of(record("", result=None)).reason == "action developer error"


def test_the_error_has_the_log_line_and_the_cure_before_the_hint() -> None:
    error = run_failed(record("command exited", NO_MODULE), "Its logs are above.")
    assert error.message == (
        "iris failed: command exited\nModuleNotFoundError: No module named 'onnxruntime'"
    )
    assert error.hint.splitlines()[0].startswith("The host does not have onnxruntime")
    assert error.hint.endswith("\nIts logs are above.")


def test_a_record_has_the_cause_for_the_displays() -> None:
    error = {"status": "action developer error", "success": False}
    failed = {
        "activationId": "1" * 32,
        "name": "iris",
        "start": 1,
        "end": 2,
        "response": {**error, "result": {"error": "command exited"}},
        "logs": [NO_MODULE],
    }
    made = describe(Activation.from_json(failed), load_price_list(), "lab").to_json()
    assert (
        made["advice"][0]
        == "The last error in the log: ModuleNotFoundError: No module named 'onnxruntime'"
    )
    for shown in (activation_text(made), activation_html(made)):
        assert "Include the requirements in the package with --vendor" in shown
    fine = {**failed, "response": {"status": "success", "success": True, "result": {}}}
    assert "advice" not in describe(Activation.from_json(fine), load_price_list(), "lab").to_json()
