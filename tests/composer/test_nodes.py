"""Nodes: equality, the way through a tree, and its bounds."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from jupyter_faas.composer import (
    Composition,
    NamedComposition,
    composition,
    do,
    let,
    lower,
    parse,
    retry,
    sequence,
    value,
    when,
)
from jupyter_faas.errors import CompositionError


def test_nodes_are_equal_when_they_say_the_same() -> None:
    def made() -> Composition:
        return when("t", let({"n": [1]}, lambda p: p), "b")

    assert made() == made()
    assert hash(made()) == hash(made())
    assert made() != when("t", let({"n": [2]}, lambda p: p), "b")
    assert sequence("a") != sequence("b")
    assert sequence("a") != "a"


def test_walk_goes_as_it_is_written_parents_first() -> None:
    node = sequence("a", when("t", sequence("b", "c")), do("d", "e"))
    assert [(path, each.type) for path, each in node.walk()] == [
        ("", "sequence"),
        ("[0]", "action"),
        ("[1]", "if"),
        ("[1].test", "action"),
        ("[1].consequent", "sequence"),
        ("[1].consequent[0]", "action"),
        ("[1].consequent[1]", "action"),
        ("[1].alternate", "empty"),
        ("[2]", "try"),
        ("[2].body", "action"),
        ("[2].handler", "action"),
    ]


def test_named_composition_is_a_sequence_with_a_name() -> None:
    node = composition("models/both", "a", "b")
    assert isinstance(node, NamedComposition)
    assert node.name == "models/both"
    assert node.to_json() == sequence("a", "b").to_json()
    assert node == composition("models/both", "a", "b")
    assert node != composition("models/other", "a", "b")
    assert node != sequence("a", "b")
    assert sequence("a", "b") != node


def test_named_composition_inside_another_is_a_call() -> None:
    inner = composition("inner", "a", lambda p: p)
    assert sequence(inner, "b") == sequence("inner", "b")


def test_five_thousand_nodes_are_refused() -> None:
    with pytest.raises(CompositionError, match=r"has 5,001 nodes; the maximum is 1,000\."):
        sequence(*["a"] * 5_000)


def test_nodes_are_counted_wherever_they_stand() -> None:
    many = sequence(*["a"] * 400)
    assert sequence(many, many).size == 803
    with pytest.raises(CompositionError, match=r"has 1,204 nodes; the maximum is 1,000\."):
        sequence(many, many, many)


def test_doubling_ends_at_the_bound() -> None:
    def double(node: Composition, times: int) -> Composition:
        return double(sequence(node, node), times - 1) if times else node

    with pytest.raises(CompositionError, match=r"has 1,023 nodes"):
        double(sequence(), 70)


def _nested(depth: int) -> Composition:
    node = sequence()
    for _ in range(depth - 1):
        node = sequence(node)
    return node


def test_a_hundred_deep_is_composed_lowered_and_written() -> None:
    node = _nested(100)
    assert parse(json.loads(json.dumps(node.to_json()))) == node
    assert parse(json.loads(json.dumps(lower(node).to_json()))) == node
    assert len(list(lower(node).walk())) == 100


def test_deepest_tree_is_within_what_writers_take() -> None:
    """Of orjson's 254 levels a notebook that holds the tree in an output takes eight."""
    deep: list[Any] = []
    for _ in range(38):
        deep = [deep]
    node = let({"n": deep}, "a")
    with pytest.raises(CompositionError, match="nested more than 40 levels deep"):
        let({"n": [[deep]]}, "a")
    for _ in range(98):
        node = sequence(node)
    around: Any = node.to_json()
    for _ in range(8):
        around = [around]
    assert json.loads(orjson.dumps(around)) == around
    assert json.loads(json.dumps(lower(node).to_json()))["type"] == "sequence"


def test_deeper_is_refused_without_end() -> None:
    with pytest.raises(CompositionError, match="nested more than 100 levels deep"):
        _nested(5_000)


def test_what_would_be_too_deep_when_lowered_is_refused() -> None:
    node = sequence("a")
    for _ in range(60):
        node = retry(1, node)
    with pytest.raises(CompositionError, match=r"has 1,\d\d\d levels in its expanded form"):
        lower(node)


def test_levels_are_those_of_the_json() -> None:
    def levels(value: Any) -> int:
        if isinstance(value, dict):
            value = list(value.values())
        return 1 + max([levels(item) for item in value], default=0) if type(value) is list else 0

    for node in (
        sequence("a", when("t", value([[1], {"a": {}}]))),
        let({"n": [[[]]]}),
        do(lambda p: p, sequence()),
    ):
        assert node.levels == levels(node.to_json())
        assert lower(node).levels == levels(lower(node).to_json())
