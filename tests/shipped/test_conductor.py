"""The conductor's rounds: states, handlers, variables."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.shipped.helpers.conductor import (
    State,
    action,
    attempt,
    function,
    let,
    load_conductor,
    within,
)

CONDUCTOR: Any = load_conductor()


@pytest.fixture(autouse=True)
def activation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("__OW_ACTIVATION_ID", "a" * 32)


def play(
    states: list[State],
    params: dict[str, Any],
    code: str = "",
    **actions: Callable[[dict[str, Any]], Any],
) -> dict[str, Any]:
    """What a host would give: it calls ``actions`` as long as the conductor asks it to."""
    space: dict[str, Any] = {}
    exec(compile(code, "captured.py", "exec", dont_inherit=True), space)
    conductor = CONDUCTOR.Conductor(states, space)
    payload = params
    while True:
        answer: dict[str, Any] = json.loads(json.dumps(conductor.answer(payload)))
        if "action" not in answer:
            return answer
        payload = {**actions[answer["action"][3:]](answer["params"]), **answer["state"]}


def increment(params: dict[str, Any]) -> dict[str, Any]:
    return {"n": params["n"] + 1}


def fail(params: dict[str, Any]) -> dict[str, Any]:
    return {"error": "no luck"}


def test_calls_an_action_and_says_where_it_goes_on() -> None:
    states = within("", action("increment", "[0]"), action("increment", "[1]"))
    answer = CONDUCTOR.Conductor(states, {}).answer({"n": 1})
    assert answer == {
        "method": "action",
        "action": "/_/increment",
        "params": {"n": 1},
        "state": {
            "$composer": {"state": 2, "stack": [], "resuming": True, "session": "a" * 32},
        },
    }
    assert play(states, {"n": 1}, increment=increment) == {"params": {"n": 3}}


def test_session_is_the_first_activation_s(monkeypatch: pytest.MonkeyPatch) -> None:
    conductor = CONDUCTOR.Conductor(within("", *[action("increment", "[0]")] * 2), {})
    first = conductor.answer({"n": 1})
    monkeypatch.setenv("__OW_ACTIVATION_ID", "b" * 32)
    second = conductor.answer({"n": 2, **first["state"]})
    assert second["state"]["$composer"]["session"] == "a" * 32


def test_what_it_does_not_know_stays_in_the_state() -> None:
    conductor = CONDUCTOR.Conductor([action("increment")], {})
    answer = conductor.answer({"$composer": {"redis": {"uri": "redis://there"}}})
    assert answer["state"]["$composer"]["redis"] == {"uri": "redis://there"}


def test_log_tells_the_path(capsys: pytest.CaptureFixture[str]) -> None:
    play(within("", action("increment", "[0]")), {"n": 1}, increment=increment)
    assert capsys.readouterr().out.splitlines() == [
        "Entering composition",
        "Entering composition[0]",
        "Entering final state",
    ]


def test_error_of_an_action_ends_it() -> None:
    states = within("", action("fail", "[0]"), action("increment", "[1]"))
    assert play(states, {"n": 1}, fail=fail) == {"error": "no luck"}


def test_error_drops_what_stands_beside() -> None:
    states = within("", action("fail", "[0]"), {"type": "pass", "parent": ""})
    answer = play(states, {}, fail=lambda _: {"error": {"code": 7}, "beside": 1})
    assert answer == {"error": {"code": 7}}


@pytest.mark.parametrize("error", [None, False, 0, ""])
def test_error_that_is_nothing_is_one_too(error: Any) -> None:
    states = attempt("", [action("fail", ".body")], [function("caught", ".handler")])
    code = "caught = lambda p: {'caught': p['error']}"
    answer = play(states, {}, code, fail=lambda _: {"error": error})
    assert answer == {"params": {"caught": error}}


def test_error_goes_to_the_innermost_handler() -> None:
    inner = attempt(".body", [action("fail", ".body.body")], [function("again", ".body.handler")])
    states = attempt("", inner, [function("caught", ".handler")])
    code = (
        "again = lambda p: {'error': p['error'] + ', again'}\n"
        "caught = lambda p: {'caught': p['error']}\n"
    )
    assert play(states, {}, code, fail=fail) == {"params": {"caught": "no luck, again"}}


def test_error_brought_along_is_handed_to_the_first_step() -> None:
    code = "seen = lambda p: {'seen': sorted(p)}"
    answer = play([function("seen")], {"error": "old", "n": 1}, code)
    assert answer == {"params": {"seen": ["error", "n"]}}


def test_empty_composition_ends_with_the_error_brought_along() -> None:
    states = within("", {"type": "empty", "parent": ""})
    assert play(states, {"error": "old", "n": 1}) == {"error": "old"}


@pytest.mark.parametrize(
    ("value", "way"),
    [(True, "then"), (1, "then"), ([0], "then"), (False, "else"), ([], "else"), ("", "else")],
    ids=json.dumps,
)
def test_choice_is_made_as_python_would(value: Any, way: str) -> None:
    states = [
        {"type": "choice", "parent": "", "then": 1, "else": 3},
        function("then"),
        {"type": "stop", "parent": ""},
        function("other"),
    ]
    code = "then = lambda: {'way': 'then'}\nother = lambda: {'way': 'else'}"
    assert play(states, {"value": value}, code) == {"params": {"way": way}}


def test_dynamic_calls_what_the_parameters_name() -> None:
    states = [{"type": "dynamic", "parent": ""}]
    params = {"type": "action", "name": "/_/increment", "params": {"n": 4}}
    assert play(states, params, increment=increment) == {"params": {"n": 5}}


@pytest.mark.parametrize(
    "params",
    [{}, {"type": "action", "name": "a"}, {"type": "action", "name": 1, "params": {}}],
)
def test_dynamic_without_a_name_or_parameters_is_an_error(params: dict[str, Any]) -> None:
    message = "Incorrect use of the dynamic combinator at AST node root[1]"
    assert play([{"type": "dynamic", "parent": "[1]"}], params) == {"error": message}


@pytest.mark.parametrize(
    ("composer", "message"),
    [
        ({"state": "0"}, "Internal error: state parameter is not a number"),
        ({"stack": {}}, "Internal error: stack parameter is not a list"),
    ],
)
def test_state_that_is_none_is_an_error(composer: dict[str, Any], message: str) -> None:
    conductor = CONDUCTOR.Conductor([], {})
    assert conductor.answer({"$composer": composer}) == {"error": message}


def test_unknown_combinator_is_an_error() -> None:
    answer = play([{"type": "quantum", "parent": ""}], {})
    assert answer == {"error": 'Internal error: unexpected "quantum" combinator'}


# Variables


def test_global_statement_writes_a_variable() -> None:
    states = let("", {"n": 40}, function("add", "[0]"), function("seen", "[1]"))
    code = (
        "def add(params):\n    global n\n    n += params['by']\ndef seen():\n    return {'n': n}\n"
    )
    assert play(states, {"by": 2}, code) == {"params": {"n": 42}}


def test_lambda_writes_a_variable_in_place() -> None:
    states = let("", {"seen": []}, function("note", "[0]"), function("told", "[1]"))
    code = "note = lambda p: seen.append(p['n'])\ntold = lambda: {'seen': seen}"
    assert play(states, {"n": 7}, code) == {"params": {"seen": [7]}}


def test_variable_outlives_actions() -> None:
    states = let("", {"n": 1}, action("increment", "[0]"), function("seen", "[1]"))
    assert play(states, {"n": 10}, "seen = lambda: {'n': n}", increment=increment) == {
        "params": {"n": 1}
    }


def test_inner_variable_hides_the_outer() -> None:
    inner = let("[0]", {"n": "inner"}, function("change", "[0][0]"))
    states = let("", {"n": "outer"}, *inner, function("seen", "[1]"))
    code = (
        "def change():\n    global n\n    n = n + ' changed'\n    return {'inner': n}\n"
        "def seen(params):\n    return {**params, 'outer': n}\n"
    )
    answer = play(states, {}, code)
    assert answer == {"params": {"inner": "inner changed", "outer": "outer"}}


def test_mask_hides_one_let() -> None:
    masked = let("[0]", None, function("seen", "[0][0]"))
    states = let("", {"n": "outer"}, *let("", {"n": "inner"}, *masked))
    assert play(states, {}, "seen = lambda: {'n': n}") == {"params": {"n": "outer"}}


def test_masked_variable_is_none_of_the_function_s(capsys: pytest.CaptureFixture[str]) -> None:
    states = let("", {"n": 1}, *let("[0]", None, function("seen", "[0][0]")))
    answer = play(states, {}, "seen = lambda: {'n': n}")
    place = "AST node root[0][0] (see log for details)"
    assert answer == {"error": f"Function combinator threw an exception at {place}"}
    assert "NameError: name 'n' is not defined" in capsys.readouterr().err


def test_module_s_own_names_come_back() -> None:
    states = [*let("", {"n": "variable"}, function("seen", "[0]")), function("also", "[1]")]
    code = (
        "n = 'module'\nseen = lambda: {'first': n}\n"
        "also = lambda p: {**p, 'second': n, 'left': 'm' in globals()}\n"
    )
    answer = play([*let("", {"m": 0}, *states)][1:-1], {}, code)
    assert answer == {"params": {"first": "variable", "second": "module", "left": False}}


def test_variables_are_written_when_a_function_throws() -> None:
    body = [function("burst", "[0].body")]
    states = let("", {"n": 0}, *attempt("[0]", body, [function("seen", "[0].handler")]))
    code = "def burst():\n    global n\n    n = 5\n    raise ValueError\nseen = lambda: {'n': n}\n"
    assert play(states, {}, code) == {"params": {"n": 5}}


def test_error_drops_the_variables_on_its_way() -> None:
    body = let("[0].body", {"n": "inner"}, action("fail", "[0].body[0]"))
    states = let("", {"n": "outer"}, *attempt("[0]", body, [function("seen", "[0].handler")]))
    assert play(states, {}, "seen = lambda: {'n': n}", fail=fail) == {"params": {"n": "outer"}}


def test_declarations_are_fresh_every_time() -> None:
    states = let("", {"seen": []}, function("note", "[0]"), action("again", "[1]"))
    conductor = CONDUCTOR.Conductor(states, {"note": eval("lambda: seen.append(1) or seen")})
    for _ in range(2):
        assert conductor.answer({})["params"] == {"value": [1]}


def test_deleted_variable_keeps_its_value() -> None:
    states = let("", {"n": 3}, function("drop", "[0]"), function("seen", "[1]"))
    code = "def drop():\n    global n\n    del n\nseen = lambda: {'n': n}\n"
    assert play(states, {}, code) == {"params": {"n": 3}}


# Size


def test_state_too_large_is_an_error_that_names_the_node() -> None:
    states = within("", *let("[0]", {"kept": "x" * 1_100_000}, action("increment", "[0][0]")))
    error = play(states, {"n": 1}, increment=increment)["error"]
    assert error.startswith("The state of the composition at AST node root[0][0] is 1,100,")
    assert (
        "(including 8 bytes of parameters), which exceeds OpenWhisk's limit of 1,048,575 bytes"
        in error
    )


def test_state_too_large_has_a_handler_too() -> None:
    body = let("[0].body", {"kept": "x" * 1_100_000}, action("increment", "[0].body[0]"))
    states = attempt("", body, [action("increment", ".handler")])
    answer = play(states, {"n": 1}, increment=lambda params: {"seen": sorted(params)})
    assert answer == {"params": {"seen": ["error"]}}


def test_result_too_large_is_an_error() -> None:
    error = play([function("big")], {}, "big = lambda: {'x': 'y' * 1_048_576}")["error"]
    assert error.startswith("The result of the composition is 1,048,597 bytes of JSON")
