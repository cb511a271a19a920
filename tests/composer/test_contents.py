"""What a composition holds, and the states that it becomes."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_faas.composer import (
    called_actions,
    compile_fsm,
    composition,
    do,
    doloop,
    inline_functions,
    inline_name,
    javascript_functions,
    let,
    live_references,
    lower,
    parse,
    repeat,
    retry,
    sequence,
    when,
)
from tests.composer.helpers.cells import texts


@dataclass(frozen=True)
class _Handle:
    __faas_action__: str


def test_called_actions_have_all_their_places() -> None:
    node = sequence("a", when("pkg/t", "a", repeat(2, "/ns/b")), "a")
    assert called_actions(node) == {
        "/_/a": ["[0]", "[1].consequent", "[2]"],
        "/_/pkg/t": ["[1].test"],
        "/ns/b": ["[1].alternate[0]"],
    }


def test_referred_are_the_objects_that_the_notebook_has() -> None:
    handle, inner = _Handle("models/iris"), composition("inner", "a")
    node = sequence(handle, do(inner, "plain"))
    assert live_references(node) == {"/_/models/iris": handle, "/_/inner": inner}
    assert live_references(node)["/_/inner"] is inner


def test_inline_functions_are_called_in_the_order_of_the_tree() -> None:
    node = sequence(
        lambda: "0",
        when(lambda: "1", "a", lambda: "2"),
        retry(1, doloop(lambda: "3", lambda: "4")),
        let({"n": 1}, lambda: "5"),
    )
    functions = inline_functions(node)
    assert [function() for _, function in functions] == list("012345")
    assert texts(node.walk()) == [f'lambda: "{number}"' for number in range(6)]
    states = [state for state in compile_fsm(lower(node)) if "call" in state]
    assert [state["call"] for state in states] == [inline_name(number) for number in range(6)]
    assert [state["parent"] for state in states] == [path for path, _ in functions]


def test_functions_of_text_are_neither_called_nor_built_in() -> None:
    javascript = parse(
        {"type": "function", "function": {"exec": {"kind": "nodejs:20", "code": "p => p"}}}
    )
    node = sequence(javascript, lambda p: p)
    assert javascript_functions(node) == ["[0]"]
    _, first, second = compile_fsm(lower(node))
    assert first == {
        "type": "function",
        "parent": "[0]",
        "path": "[0]",
        "exec": {"kind": "nodejs:20", "code": "p => p"},
    }
    assert second["call"] == "faas_inline_0"


def test_what_lowering_adds_is_built_in() -> None:
    states = compile_fsm(lower(retry(1, "a")))
    built_in = [state["builtin"] for state in states if state["type"] == "function"]
    assert built_in == [
        *("wrap_params", "save_params", "params", "take_params"),
        *("save_params", "wrap_result", "retain_result", "unwrap_result"),
        *("save_params", "retry", "params", "take_result"),
    ]
    assert {state["exec"]["kind"] for state in states if "builtin" in state} == {"python:3"}


def test_states_of_a_choice_know_their_distances() -> None:
    node = let({"n": 1}, do("a", "h"))
    assert compile_fsm(lower(node)) == [
        {"type": "let", "let": {"n": 1}, "parent": "", "path": ""},
        {"type": "try", "catch": 3, "parent": "[0]", "path": "[0]"},
        {"type": "action", "name": "/_/a", "parent": "[0].body", "path": "[0].body"},
        {"type": "exit", "next": 2, "parent": "[0]"},
        {"type": "action", "name": "/_/h", "parent": "[0].handler", "path": "[0].handler"},
        {"type": "pass", "parent": "[0]"},
        {"type": "exit", "parent": ""},
    ]
