"""What the combinators take and refuse, and where they say it was."""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import FrozenInstanceError, dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import pytest

from jupyter_faas.composer import (
    action,
    composition,
    do,
    doloop,
    ensure,
    function,
    inline_functions,
    let,
    literal,
    loop,
    map,  # noqa: A004 (the combinator)
    parallel,
    repeat,
    retry,
    sequence,
    task,
    value,
    when,
)
from jupyter_faas.errors import CompositionError
from tests.composer.helpers.cells import run_cell


@dataclass(frozen=True)
class _Handle:
    __faas_action__: str

    def __call__(self, p: object, q: object) -> object:
        return p, q


async def _awaited(p: object) -> object:
    return p


async def _yielded_later(p: object) -> AsyncIterator[object]:
    yield p


def _yielded(p: object) -> Iterator[object]:
    yield p


# What is composed, and how the refusal begins.
REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "component": (
        lambda: sequence("a", 3),  # type: ignore[arg-type]
        "root[1], component 1 of sequence: 3 is an int, but must be a task.",
    ),
    "component_set": (
        lambda: parallel({"a"}),  # type: ignore[arg-type]
        "root[0], component 0 of parallel: {'a'} is a set, but must be a task.",
    ),
    "test": (
        lambda: when(1.5, "a"),  # type: ignore[arg-type]
        "root.test, test of when: 1.5 is a float, but must be a task.",
    ),
    "consequent": (
        lambda: when("t", {"a": 1}),  # type: ignore[arg-type]
        "root.consequent, consequent of when: {'a': 1} is a dict, but must be a task.",
    ),
    "body": (
        lambda: loop("t", True),  # type: ignore[arg-type]
        "root.body, body of loop: True is a bool, but must be a task.",
    ),
    "doloop": (
        lambda: doloop(b"a", "t"),  # type: ignore[arg-type]
        "root.body, body of doloop: b'a' is a bytes, but must be a task.",
    ),
    "handler": (
        lambda: do("a", 0),  # type: ignore[arg-type]
        "root.handler, handler of do: 0 is an int, but must be a task.",
    ),
    "finalizer": (
        lambda: ensure("a", "/a"),
        "root.finalizer, finalizer of ensure: '/a' is not a valid action name.",
    ),
    "task": (
        lambda: task(set()),  # type: ignore[arg-type]
        "root, task: set() is a set, but must be a task.",
    ),
    "empty_name": (
        lambda: sequence(""),
        "root[0], component 0 of sequence: '': The name of the entity contains illegal characters.",
    ),
    "illegal_name": (
        lambda: sequence("a/b!"),
        "root[0], component 0 of sequence: "
        "'a/b!': The name of the entity contains illegal characters.",
    ),
    "reserved_package": (
        lambda: action("default/a"),
        "root.name, name of action: 'default/a': Package name 'default' is reserved.",
    ),
    "name": (
        lambda: action(7),  # type: ignore[arg-type]
        "root.name, name of action: 7 is an int, but must be the name of an action.",
    ),
    "count": (
        lambda: repeat("3", "a"),  # type: ignore[arg-type]
        "root.count, count of repeat: '3' is a str, but must be a whole number.",
    ),
    "count_true": (
        lambda: retry(True, "a"),
        "root.count, count of retry: True is a bool, but must be a whole number.",
    ),
    "count_below_0": (lambda: retry(-1, "a"), "root.count, count of retry: -1 is less than 0."),
    "declarations": (
        lambda: let("n", "a"),  # type: ignore[arg-type]
        "root.declarations, declarations of let: 'n' is a str, but must be a dictionary.",
    ),
    "variable": (
        lambda: let({"n-1": 0}, "a"),
        "root.declarations, declarations of let: 'n-1' is not a valid variable name.",
    ),
    "keyword": (
        lambda: let({"class": 0}, "a"),
        "root.declarations, declarations of let: 'class' is not a valid variable name.",
    ),
    "dunder": (
        lambda: let({"__name__": 0}, "a"),
        "root.declarations, declarations of let: __name__ is not a valid variable name.",
    ),
    "declared_bytes": (
        lambda: let({"n": b"a"}, "a"),
        "root.declarations, declarations of let: the part ['n'] is a bytes, which cannot be "
        "written as JSON.",
    ),
    "value_function": (
        lambda: value({"f": [len]}),
        "root.value, value of value: the part ['f'][0] is a builtin_function_or_method, which "
        "cannot be written as JSON.",
    ),
    "value_nan": (
        lambda: literal(float("nan")),
        "root.value, value of literal: the value is nan, which cannot be written as JSON.",
    ),
    "value_key": (
        lambda: value({1: 2}),
        "root.value, value of value: the value has the key 1, an int, but keys must be strings.",
    ),
    "value_surrogate": (
        lambda: value(["\ud800"]),
        "root.value, value of value: the part [0] contains half of a surrogate pair, which "
        "cannot be encoded as UTF-8.",
    ),
    "two_parameters": (
        lambda: sequence("a", lambda p, q: p),
        "root[1], component 1 of sequence: the lambda has 2 parameters (p, q), but an "
        "inline function takes the whole dictionary in one parameter, or nothing.",
    ),
    "many_parameters": (
        lambda: function(lambda *p: p),
        "root.function, function of function: the lambda takes *p, but an inline function takes "
        "the whole dictionary in one parameter, or nothing.",
    ),
    "keyword_parameter": (
        lambda: function(lambda *, p: p),
        "root.function, function of function: the lambda takes p only by keyword, but an inline "
        "function takes the whole dictionary as a positional argument.",
    ),
    "async_generator": (
        lambda: map(_yielded_later),
        "root[0], component 0 of map: _yielded_later() is a generator, but an inline function "
        "returns a single result.",
    ),
    "generator": (
        lambda: map(_yielded),
        "root[0], component 0 of map: _yielded() is a generator, but an inline function returns a "
        "single result.",
    ),
    "builtin": (
        lambda: sequence(print),
        "root[0], component 0 of sequence: <built-in function print> is a "
        "builtin_function_or_method, but must be a function written in Python.",
    ),
    "class": (
        lambda: sequence(dict),
        "root[0], component 0 of sequence: <class 'dict'> is a type, but must be a function "
        "written in Python.",
    ),
    "partial": (
        lambda: sequence(functools.partial(_yielded, 1)),
        "root[0], component 0 of sequence: functools.partial(",
    ),
    "code": (
        lambda: function({"source": "p => p"}),
        "root.function, function of function: {'source': 'p => p'} does not have the "
        "form {'kind': …, 'code': …}.",
    ),
    "nothing_named": (
        lambda: composition("a"),
        "root, composition: a composition needs at least one task.",
    ),
    "named_elsewhere": (
        lambda: composition("/guest/a", "b"),
        "root.name, name of composition: '/guest/a' contains a namespace, but a composition is "
        "always deployed to your own namespace.",
    ),
    "part_of_named": (
        lambda: composition("a", "b", 3),  # type: ignore[arg-type]
        "root[1], component 1 of composition: 3 is an int, but must be a task.",
    ),
}


@pytest.mark.parametrize(("compose", "words"), REFUSED.values(), ids=list(REFUSED))
def test_refusal_names_combinator_argument_and_place(
    compose: Callable[[], object], words: str
) -> None:
    with pytest.raises(CompositionError, match=f"^{re.escape(words)}"):
        compose()


def test_handle_is_a_call_of_its_action_though_it_could_be_called() -> None:
    node = sequence(_Handle("models/iris"))
    assert node.to_json()["components"] == [{"type": "action", "name": "/_/models/iris"}]


def test_function_keeps_itself_and_its_text() -> None:
    def same(p: object) -> object:
        return p

    node = function(same)
    assert node.live is same
    code = "def same(p: object) -> object:\n    return p"
    assert node.arguments["function"] == {"exec": {"kind": "python:3", "code": code}}


def test_function_of_another_language_is_text() -> None:
    node = function({"kind": "nodejs:default", "code": "p => p"})
    assert node.live is None
    assert node.arguments["function"] == {"exec": {"kind": "nodejs:default", "code": "p => p"}}


def test_code_without_a_kind_is_javascript() -> None:
    """npm's Composer takes such code as a string."""
    node = function({"code": "p => p"})
    assert node.arguments["function"] == {"exec": {"kind": "nodejs:default", "code": "p => p"}}


def test_list_of_tasks_is_a_sequence() -> None:
    assert parallel(["a", "b"], "c") == parallel(sequence("a", "b"), "c")
    assert task(()) == sequence()


def test_value_is_converted_as_a_result() -> None:
    class Size(enum.Enum):
        SMALL = 1

    given = {"days": {date(2024, 1, 2)}, "size": Size.SMALL, "row": MappingProxyType({"a": 1})}
    assert value(given).arguments["value"] == {"days": ["2024-01-02"], "size": 1, "row": {"a": 1}}


def test_function_without_kept_text_is_refused() -> None:
    lost = run_cell("f = lambda p: p", kept=False)["f"]
    with pytest.raises(CompositionError, match="the source code of the lambda is not available"):
        sequence("a", lost)


def test_values_are_copied() -> None:
    start: dict[str, Any] = {"seen": []}
    node = let(start, "a")
    start["seen"].append("later")
    node.to_json()["declarations"]["seen"].append("later")
    assert node.to_json()["declarations"] == {"seen": []}


def test_tuples_are_lists() -> None:
    assert value((1, (2, 3))).arguments["value"] == [1, [2, 3]]


def test_value_in_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(CompositionError, match="nested more than 40 levels deep"):
        value(endless)


def test_nodes_are_frozen() -> None:
    node = sequence("a")
    with pytest.raises(FrozenInstanceError):
        node.type = "seq"  # type: ignore[misc]
    with pytest.raises(TypeError):
        node.arguments["more"] = 1  # type: ignore[index]


def test_async_function_is_inline_code() -> None:
    """The conductor awaits it."""
    assert inline_functions(map(_awaited)) == [("[0]", _awaited)]
