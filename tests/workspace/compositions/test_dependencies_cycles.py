"""Compositions that would call themselves."""

from __future__ import annotations

import pytest

from jupyter_faas.errors import CompositionError
from jupyter_faas.workspace.compositions.dependencies import check_cycle

CALLS = {
    "/_/b": ["/_/c", "/_/leaf"],
    "/guest/c": ["/_/a"],
    "/_/c": ["/_/a"],
    "/_/x": ["/_/y"],
    "/_/y": ["/_/x"],
    "/other/a": ["/_/leaf"],
}


def components(name: str) -> list[str]:
    return CALLS.get(name, [])


@pytest.mark.parametrize(
    ("calls", "chain"),
    [
        (["/_/a"], "a → a"),
        (["/guest/a"], "a → a"),
        (["/_/leaf", "/_/b"], "a → b → c → a"),
        (["/guest/c"], "a → c → a"),
    ],
    ids=["itself", "by its full name", "through others", "through a full name"],
)
def test_the_chain_is_told(calls: list[str], chain: str) -> None:
    with pytest.raises(CompositionError, match=rf"^a would call itself: {chain}\.\n.*repeat"):
        check_cycle("a", calls, components, "guest")


@pytest.mark.parametrize(
    "calls",
    [["/_/leaf", "/_/leaf"], ["/_/x"], ["/other/a"]],
    ids=["twice", "a circle of others", "the same name elsewhere"],
)
def test_what_comes_to_an_end_is_none(calls: list[str]) -> None:
    check_cycle("a", calls, components, "guest")


def test_where_to_cut_is_told() -> None:
    with pytest.raises(CompositionError, match="Leave a out of c"):
        check_cycle("a", ["/_/b"], components, "guest")
