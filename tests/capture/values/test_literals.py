from __future__ import annotations

import math
from collections import Counter, OrderedDict
from typing import Any, NamedTuple

import numpy
import pytest

from jupyter_faas.capture.values.literals import NotLiteral, TooLong, write_literal


class Point(NamedTuple):
    x: int


class Text(str):
    pass


def same(left: Any, right: Any) -> bool:
    """Equal, with equal types at every depth and the same sign of zero."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return (math.isnan(left) and math.isnan(right)) or str(left) == str(right)
    if isinstance(left, dict):
        return list(left) == list(right) and all(
            same(a, b) for pair in zip(left.items(), right.items(), strict=True)
            for a, b in zip(*pair, strict=True)
        )  # fmt: skip
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -17, 10**60, 10**6000, 1.5, -0.0, 1e300, math.inf, -math.inf, math.nan,
        complex(1, -2), complex(-0.0, math.inf), "", "é\n'\"\\\ud800\0", b"\0\xff'", ...,
        [], [1, [2.0, "x"]], (), (1,), (1, (2,)), {}, {"a": {1: (None,)}}, {1, 2}, set(),
        frozenset(), frozenset({"a"}), range(2, 9, 3), {(1, 2): b"x"}, list(range(200)),
        {f"key {n}": n for n in range(50)}, tuple(f"name {n}" for n in range(30)),
        [True, 1, 1.0], [numpy.int64(3), numpy.float32(0.1), numpy.float64(math.nan)],
        [numpy.str_("setosa"), numpy.bool_(True), numpy.uint8(200), numpy.bytes_(b"x")],
    ],
    ids=lambda value: f"{type(value).__name__}",
)  # fmt: skip
def test_literal_reads_back_as_the_same_value(value: object) -> None:
    text = write_literal(value).text
    assert same(eval(text, {"numpy": numpy}), value)


def test_long_containers_have_one_item_per_line() -> None:
    assert write_literal([f"item number {n}" for n in range(9)]).text.splitlines()[:2] == [
        "[",
        "    'item number 0',",
    ]


def test_sets_are_written_in_a_fixed_order() -> None:
    assert write_literal({"b", "a", "c"}).text == "{'a', 'b', 'c'}"


def test_numpy_scalars_inside_ask_for_numpy_by_the_given_name() -> None:
    literal = write_literal({"a": numpy.int64(3)}, "numpy_")
    assert (literal.text, literal.needs_numpy) == ("{'a': numpy_.int64(3)}", True)
    assert not write_literal({"a": 3}).needs_numpy


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (object(), ""),
        ([1, object()], "[1]"),
        ({"a": [0, {"b": object()}]}, "['a'][1]['b']"),
        ((OrderedDict(),), "[0]"),
        ({"n": Counter()}, "['n']"),
        ([Point(1)], "[0]"),
        ([Text("x")], "[0]"),
        ([numpy.zeros(2)], "[0]"),
        ([numpy.datetime64("2020-01-01")], "[0]"),
        ([numpy.longdouble(1)], "[0]"),
        ([lambda: 1], "[0]"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else "value",
)
def test_other_values_are_told_with_their_place(value: object, where: str) -> None:
    with pytest.raises(NotLiteral) as caught:
        write_literal(value)
    assert caught.value.where == where


def test_list_that_contains_itself_is_told() -> None:
    value: list[Any] = [1]
    value.append(value)
    with pytest.raises(NotLiteral):
        write_literal(value)


def test_too_deep_nesting_is_told() -> None:
    value: list[Any] = []
    for _ in range(500):
        value = [value]
    with pytest.raises(NotLiteral):
        write_literal(value)


@pytest.mark.parametrize(
    "value",
    [
        "x" * 1_000_001,
        b"x" * 1_000_001,
        list(range(400_000)),
        1 << 5_000_000,
        {"a": "y" * 2_000_000},
    ],
    ids=["str", "bytes", "list", "int", "dict"],
)
def test_more_than_a_megabyte_is_refused(value: object) -> None:
    with pytest.raises(TooLong):
        write_literal(value)
