from __future__ import annotations

from typing import Any

from jupyter_faas.workspace.compositions.dependencies import calls, in_order, needed_by


def flow(*names: str) -> dict[str, Any]:
    return {"composition": {"actions": [{"name": name} for name in names]}}


CARDS = {
    "outer": flow("inner", "elsewhere", "tags"),
    "tags": {},
    "inner": flow("quality", "tags"),
    "quality": {},
    "alone": {},
}


def test_a_function_calls_nothing() -> None:
    assert calls({}) == []
    assert calls({"composition": None}) == []


def test_what_is_called_comes_first_and_else_the_order_stays() -> None:
    assert in_order(CARDS, CARDS) == ["quality", "tags", "inner", "outer", "alone"]


def test_what_one_needs_comes_with_it() -> None:
    assert in_order(["inner"], CARDS) == ["quality", "tags", "inner"]
    assert needed_by("outer", CARDS) == ["quality", "tags", "inner"]
    assert needed_by("alone", CARDS) == []


def test_a_cycle_ends() -> None:
    cards = {"a": flow("b"), "b": flow("a")}
    assert in_order(["a"], cards) == ["b", "a"]


def test_a_long_chain_is_no_recursion() -> None:
    cards = {str(n): flow(str(n + 1)) for n in range(5000)}
    assert len(in_order(["0"], cards)) == 5000
