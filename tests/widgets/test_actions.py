from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_faas.errors import ActionNotFound
from jupyter_faas.widgets.actions import answer, error_json


def echo(params: Mapping[str, Any]) -> dict[str, Any]:
    return {"event": "activation", "activation": dict(params)}


def refuse(_: Mapping[str, Any]) -> None:
    raise ActionNotFound("There is no action 'iris'.", hint="Deploy it first.")


def test_an_action_gets_its_parameters_and_replies() -> None:
    reply = answer({"invoke": echo}, {"op": "invoke", "params": {"x": 1}})
    assert reply == {"event": "activation", "activation": {"x": 1}}


def test_an_action_needs_no_parameters_and_no_reply() -> None:
    assert answer({"deploy": lambda params: None}, {"op": "deploy"}) is None


def test_an_error_is_a_reply_too() -> None:
    assert answer({"invoke": refuse}, {"op": "invoke"}) == {
        "event": "error",
        "op": "invoke",
        "error": {
            "code": "action_not_found",
            "message": "There is no action 'iris'.",
            "hint": "Deploy it first.",
        },
    }


def test_an_unknown_action_is_refused() -> None:
    reply = answer({}, {"op": "dance"})
    assert reply is not None
    assert reply["error"]["code"] == "bad_input"


def test_an_unexpected_error_tells_its_class_alone() -> None:
    error = error_json(ZeroDivisionError("secret"))
    assert "secret" not in str(error)
    assert "ZeroDivisionError" in error["message"]
