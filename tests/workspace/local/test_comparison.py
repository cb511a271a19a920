from __future__ import annotations

from typing import Any

import pytest

from jupyter_faas.workspace.local.comparison import ABSENT, Closeness, difference, varying_paths

CLOSE = Closeness(relative=1e-6, absolute=1e-9)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"a": 1, "b": [1.0, "x", None, True]}, {"b": [1.0, "x", None, True], "a": 1}),
        ({"a": 1.0}, {"a": 1.0 + 1e-7}),
        ({"a": 0.0}, {"a": 1e-10}),
        ({"a": 2}, {"a": 2.0}),
    ],
    ids=["order of keys", "share", "near nothing", "whole as float"],
)
def test_the_same(wanted: Any, found: Any) -> None:
    assert difference(wanted, found, CLOSE) is None


@pytest.mark.parametrize(
    ("wanted", "found", "path", "values"),
    [
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "a.b[1]", (2, 3)),
        ({"a": 1.0}, {"a": 1.001}, "a", (1.0, 1.001)),
        ({"a": 1}, {"a": True}, "a", (1, True)),
        ({"a": 1}, {"a": "1"}, "a", (1, "1")),
        ({"a": 1}, {}, "a", (1, ABSENT)),
        ({}, {"two words": 1}, "['two words']", (ABSENT, 1)),
        ({"a": [1]}, {"a": [1, 2]}, "a", ([1], [1, 2])),
        ({"a": None}, {"a": 0}, "a", (None, 0)),
    ],
    ids=["nested", "float", "truth", "text", "missing", "more", "length", "null"],
)
def test_the_first_difference_is_told(
    wanted: Any, found: Any, path: str, values: tuple[Any, Any]
) -> None:
    one = difference(wanted, found, CLOSE)
    assert one is not None
    assert (one.path, (one.wanted, one.found)) == (path, values)


def test_partly_more_keys_are_welcome_at_every_depth() -> None:
    wanted = {"a": {"b": 1}}
    assert difference(wanted, {"a": {"b": 1, "c": 2}, "d": 3}, CLOSE, partly=True) is None
    assert difference(wanted, {"a": {"c": 2}}, CLOSE, partly=True) is not None


def test_the_order_of_a_set_varies_as_a_whole() -> None:
    assert set(varying_paths({"a": ["x", "y", "z"]}, {"a": ["y", "x", "z"]})) == {"a"}


def test_of_what_varies_only_the_type_counts() -> None:
    one, other = {"at": 1.5, "ids": [1, 2], "k": "x"}, {"at": 2.5, "ids": [3], "k": "x"}
    varying = frozenset(varying_paths(one, other))
    assert varying == {"at", "ids"}
    assert difference(one, {"at": 9, "ids": [], "k": "x"}, CLOSE, varying=varying) is None
    assert difference(one, {"at": "9", "ids": [], "k": "x"}, CLOSE, varying=varying) is not None
    assert difference(one, {"at": 9, "ids": [], "k": "y"}, CLOSE, varying=varying) is not None
