from __future__ import annotations

from typing import Any

from jupyter_faas import composer
from jupyter_faas.composer import asynchronous, compile_fsm, do, lower, parallel, seq, when
from jupyter_faas.workspace.sessions.conductor import StateMachine


def numbered(graph: Any, path: str, kind: str) -> int:
    """The index of a node's state."""
    states = compile_fsm(lower(graph))
    (found,) = (
        at for at, each in enumerate(states) if each.get("path") == path and each["type"] == kind
    )
    return found


def of(graph: Any) -> StateMachine:
    found = StateMachine.of(graph.to_json())
    assert found is not None
    return found


def test_no_states_without_a_graph_that_composer_made() -> None:
    assert StateMachine.of(None) is None
    assert StateMachine.of({"type": "nonsense"}) is None
    assert StateMachine.of({"type": "sequence", "components": 7}) is None


def test_way_to_a_call() -> None:
    graph = seq("a", when("b", "c", "d"), "e")
    states = of(graph)
    after_a = numbered(graph, "[0]", "action") + 1
    after_b = numbered(graph, "[1].test", "action") + 1
    after_c = numbered(graph, "[1].consequent", "action") + 1
    assert states.nodes_between(0, after_a) == ["", "[0]"]
    assert states.nodes_between(after_a, after_b) == ["[1]", "[1].test"]
    assert states.nodes_between(after_b, after_c) == ["[1].consequent"]
    assert states.nodes_between(after_c, numbered(graph, "[2]", "action") + 1) == ["[2]"]


def test_way_to_the_end() -> None:
    graph = seq("a", lambda params: params)
    assert of(graph).nodes_between(numbered(graph, "[0]", "action") + 1, None) == ["[1]"]


def test_call_where_the_begin_is_not_known() -> None:
    graph = seq("a", "b")
    assert of(graph).nodes_between(None, numbered(graph, "[1]", "action") + 1) == ["[1]"]


def test_failure_leads_to_the_handler() -> None:
    graph = do("a", "b")
    states = of(graph)
    after_a, after_b = (numbered(graph, path, "action") + 1 for path in (".body", ".handler"))
    stack = [{"let": {}}, {"catch": numbered(graph, ".handler", "action")}]
    assert states.nodes_between(after_a, after_b, stack=stack, failed=True) == [".handler"]
    # Below a marker are the handlers of whoever started this.
    assert (
        states.nodes_between(after_a, after_b, stack=[{"marker": True}, *stack], failed=True) == []
    )


def test_what_is_no_state_of_it() -> None:
    assert of(seq("a")).nodes_between(0, 99) == []
    assert of(seq("a")).nodes_between(99, 2) == ["[0]"]


def test_where_branches_begin() -> None:
    graph = seq(parallel("a", seq("b", "c")), composer.map("d"), asynchronous("e"))
    states = of(graph)
    at = numbered(graph, "[0][1]", "pass")
    assert states.branch("[0]", 1) == ("[0][1]", at)
    assert states.branch("[1]", 7) == ("[1]", numbered(graph, "[1][0]", "action"))
    assert states.branch("[2]", 0) == ("[2]", numbered(graph, "[2][0]", "action"))
    assert states.branch("[9]", 0) == ("[9]", None)


def test_calls() -> None:
    states = of(seq("a", lambda params: params))
    assert states.is_call("[0]")
    assert not states.is_call("[1]")
