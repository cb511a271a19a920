"""Compositions from JSON, and where it is wrong."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from jupyter_faas.composer import (
    action,
    called_actions,
    embedded_actions,
    inline_functions,
    javascript_functions,
    let,
    parse,
    retry,
    sequence,
    text_functions,
    value,
    when,
)
from jupyter_faas.errors import CompositionError

_JAVASCRIPT = {"type": "function", "function": {"exec": {"kind": "nodejs:default", "code": "p=>p"}}}


def _a(name: str = "a") -> dict[str, Any]:
    return {"type": "action", "name": name}


REFUSED: dict[str, tuple[object, str]] = {
    "list": (
        [_a()],
        "root, composition: [{'type': 'action', 'name': 'a'}] is a list that does not contain",
    ),
    "nothing": ({}, "root, composition: {} is a dict that does not contain a composition."),
    "other": (
        {"ast": "a"},
        "root, composition: {'ast': 'a'} is a dict that does not contain a composition.",
    ),
    "type": (
        {"type": "sequence", "components": [_a(), {"type": "mine.own"}]},
        "root[1], composition: 'mine.own' is not a combinator.",
    ),
    "no_node": (
        {"type": "try", "body": _a(), "handler": {"type": "seq", "components": ["a"]}},
        "root.handler[0], composition: 'a' is a str, but must be a node.",
    ),
    "missing": (
        {"ast": {"type": "while", "test": _a()}},
        "root.body, composition: None is a NoneType, but must be a node.",
    ),
    "components": (
        {"type": "mask", "components": {"type": "map"}},
        "root, mask: components is a dict, but must be a list.",
    ),
    "name": (
        {"type": "par", "components": [_a("/a")]},
        "root[0].name, name of action: '/a' is not a valid action name.",
    ),
    "name_of_five": (
        _a("/a/b/c/d"),
        "root.name, name of action: '/a/b/c/d' is not a valid action name.",
    ),
    "name_of_none": (_a("a//b"), "root.name, name of action: 'a//b' is not a valid action name."),
    "count": (
        {"type": "retry", "count": "3", "components": []},
        "root.count, count of retry: '3' is a str, but must be a number.",
    ),
    "declarations": (
        {"type": "seq", "components": [{"type": "let", "components": []}]},
        "root[0].declarations, declarations of let: None is a NoneType, but must be a dictionary.",
    ),
    "value": ({"type": "literal"}, "root.value, value of literal: the value is missing."),
    "function": (
        {"type": "function", "function": {"exec": "p=>p"}},
        "root.function, function of function: 'p=>p' must be a dictionary with the key kind.",
    ),
    "code": (
        {"type": "function", "function": {"exec": {"kind": "nodejs:20", "code": 1}}},
        "root.function, function of function: its code must be a string.",
    ),
    "carried": (
        {**_a(), "action": {"limits": {}}},
        "root.action, action of action: None must be a dictionary with the key kind.",
    ),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=list(REFUSED))
def test_refusal_names_the_place(data: object, words: str) -> None:
    with pytest.raises(CompositionError, match=f"^{re.escape(words)}"):
        parse(data)


def test_tree_is_read_as_it_was_written() -> None:
    node = sequence(
        retry(2, "a", lambda p: p),
        when(lambda p: True, "pkg/b"),
        let({"n": [1]}, value({"v": None})),
        action("both", sequence=["a", "b"], limits={"memory": 256}),
    )
    read = parse(json.loads(json.dumps(node.to_json())))
    assert read == node
    assert embedded_actions(read) == embedded_actions(node)


def test_functions_that_are_read_are_text() -> None:
    data = {"type": "seq", "components": [sequence(lambda p: p).to_json(), _JAVASCRIPT]}
    read = parse(data)
    assert inline_functions(read) == []
    assert text_functions(read) == ["[0][0]"]
    assert javascript_functions(read) == ["[1]"]


def test_names_of_others_are_taken_as_composer_takes_them() -> None:
    names = ["a!", "pkg/a", "ns/pkg/a", "/ns/a", "/ns/pkg/a", " a "]
    read = parse({"type": "seq", "components": [_a(name) for name in names]})
    assert list(called_actions(read)) == ["/_/a!", "/_/pkg/a", "/ns/pkg/a", "/ns/a", "/_/a"]


def test_counts_of_others_are_taken_as_they_are() -> None:
    data = {"type": "repeat", "count": -1.5, "components": []}
    assert parse(data).to_json() == data


def test_missing_alternate_is_empty() -> None:
    for given in ({}, {"alternate": None}):
        read = parse({"type": "if", "test": _a("t"), "consequent": _a(), **given})
        assert read == when("t", "a")


def test_lowered_composition_alone_is_read() -> None:
    data = {"composition": {"type": "mask", "components": [{**_a(), "path": "[0]"}], "path": ""}}
    assert parse(data).to_json() == {"type": "mask", "components": [_a("/_/a")]}


def test_too_many_nodes_are_refused() -> None:
    data = {"type": "seq", "components": [_a()] * 5_000}
    with pytest.raises(CompositionError, match="has 5,001 nodes; the maximum is 1,000"):
        parse(data)


def test_endless_depth_is_refused() -> None:
    data: dict[str, Any] = _a()
    for _ in range(100_000):
        data = {"type": "seq", "components": [data]}
    with pytest.raises(CompositionError, match=r"^root(\[0\]){100}, .* more than 100 levels deep"):
        parse(data)
