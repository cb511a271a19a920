from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.whisk import Activation
from jupyter_faas.workspace.sessions.conductor import SpawnedRun, log_lines, read_conductor_run

A, B = "a" * 32, "b" * 32


def activation(result: dict[str, Any], *texts: str) -> Activation:
    lines = [
        f"2026-11-24T22:36:23.18936412{number}Z stdout: {each}" for number, each in enumerate(texts)
    ]
    record = {"activationId": "c" * 32, "response": {"result": result}, "logs": lines}
    return Activation.from_json(record)


def state(**kept: Any) -> dict[str, Any]:
    return {"action": "/_/a", "params": {}, "state": {"$composer": kept}}


def test_nodes_that_it_came_to_and_what_is_next() -> None:
    stack = [{"catch": 7}]
    found = read_conductor_run(
        activation(
            state(state=4, stack=stack),
            "Entering composition",
            "hello Entering composition[9]",
            "Entering composition[0].body[1]",
        )
    )
    assert found.visited == ("", "[0].body[1]")
    assert (found.calls, found.state, found.stack) == (True, 4, ({"catch": 7},))
    assert not found.waits


def test_last_round() -> None:
    found = read_conductor_run(activation({"params": {"n": 1}}, "Entering final state"))
    assert (found.visited, found.calls, found.state) == ((), False, None)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((f"branch 2 of [0]: activation {A}",), SpawnedRun(A, "branch", "[0]", 2)),
        ((f"branch 0 of : activation {A}",), SpawnedRun(A, "branch", "", 0)),
        ((f"branch 1 of root[3]: activation {A}",), SpawnedRun(A, "branch", "[3]", 1)),
        ((f"async [1].body: activation {A}",), SpawnedRun(A, "async", "[1].body")),
        (
            (
                "Entering composition[4]",
                f"barrierId: x-y, spawned position: 3 with activationId: {A}",
            ),
            SpawnedRun(A, "branch", "[4]", 3),
        ),
    ],
    ids=["branch", "root", "named root", "async", "npm"],
)
def test_what_it_started_as_the_logs_tell(lines: tuple[str, ...], expected: SpawnedRun) -> None:
    assert read_conductor_run(activation({}, *lines)).spawned == (expected,)


def test_what_it_started_as_the_state_tells() -> None:
    found = read_conductor_run(
        activation(state(branches={"[0]": [A, None]}, spawned={"[1]": [B]}, fork={"at": 1}))
    )
    assert found.spawned == (SpawnedRun(A, "branch", "[0]", 0), SpawnedRun(B, "async", "[1]"))
    assert found.waits


def test_what_is_told_twice_is_started_once() -> None:
    told = state(branches={"[0]": [None, A]})
    found = read_conductor_run(activation(told, f"branch 1 of [0]: activation {A}"))
    assert found.spawned == (SpawnedRun(A, "branch", "[0]", 1),)


def test_what_npm_started_asynchronously_is_in_its_result() -> None:
    started = {"method": "async", "activationId": A, "sessionId": B}
    # A function that follows may have put it somewhere.
    for params in (started, {"n": 1, "kept": {"started": started}}):
        found = read_conductor_run(activation({"action": "/_/a", "params": params}))
        assert found.spawned == (SpawnedRun(A, "async", None),)


def test_what_ours_started_asynchronously_has_its_node_from_the_logs() -> None:
    told = {"params": {"method": "async", "activationId": A, "sessionId": B}}
    found = read_conductor_run(activation(told, f"async [2]: activation {A}"))
    assert found.spawned == (SpawnedRun(A, "async", "[2]"),)


def test_npm_waits_for_a_barrier() -> None:
    assert read_conductor_run(activation(state(collect="x"))).waits


@pytest.mark.parametrize(
    "result",
    [
        {"error": "Function combinator threw an exception at AST node root[1].body (see log)"},
        {"action": "x", "params": {"error": "Incorrect use at AST node root[1].body"}},
    ],
    ids=["result", "handed on"],
)
def test_nodes_that_an_error_names(result: dict[str, Any]) -> None:
    assert read_conductor_run(activation(result)).failed_nodes == ("[1].body",)
    told = result.get("error") or result["params"]["error"]
    assert read_conductor_run(activation(result), input_error=told).failed_nodes == ()


@pytest.mark.parametrize(
    "result",
    [
        {"state": None},
        {"state": {"$composer": [1]}},
        state(state="4", stack={}, branches=[A], spawned={"x": A}),
        {"params": {"method": "async", "activationId": 7}},
        {"error": {"deep": 1}},
    ],
)
def test_odd_records_are_read(result: dict[str, Any]) -> None:
    found = read_conductor_run(activation(result))
    assert (found.state, found.stack, found.spawned, found.failed_nodes) == (None, (), (), ())


def test_log_lines() -> None:
    lines = (
        "2026-11-24T22:36:23.189364123Z stdout: hi: there",
        "2026-11-24T22:36:23.2Z         stderr: ",
        "Logs were truncated because the total bytes size exceeds the limit of 10 bytes.",
    )
    assert [*log_lines(lines)] == [
        ("2026-11-24T22:36:23.189364123Z", "stdout", "hi: there"),
        ("2026-11-24T22:36:23.2Z", "stderr", ""),
        ("2026-11-24T22:36:23.2Z", "stderr", lines[2]),
    ]
