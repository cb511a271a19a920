from __future__ import annotations

import dataclasses
import enum
import math
from collections import OrderedDict, namedtuple
from typing import Any

import numpy
import pytest

from tests.shipped.helpers.entry_point import MAIN


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Text(str):
    __slots__ = ()


@dataclasses.dataclass
class Box:
    width: int
    labels: tuple[str, ...]


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (2.5, 2.5),
        ("é\n", "é\n"),
        ((1, (2,)), [1, [2]]),
        (Point(1, 2), [1, 2]),
        ({"a": {"b": [1]}}, {"a": {"b": [1]}}),
        ({1: "a", numpy.int64(2): "b"}, {"1": "a", "2": "b"}),
        ({numpy.str_("x"): 1, Text("y"): 2, Colour.RED: 3}, {"x": 1, "y": 2, "red": 3}),
        (OrderedDict(a=1), {"a": 1}),
        (Colour.RED, "red"),
        (Level.LOW, 1),
        (Text("x"), "x"),
        (Box(1, ("a",)), {"width": 1, "labels": ["a"]}),
        (numpy.float64(0.5), 0.5),
        (numpy.float32(0.5), 0.5),
        (numpy.float16(0.5), 0.5),
        (numpy.longdouble(0.5), 0.5),
        (numpy.int8(-3), -3),
        (numpy.uint64(2**64 - 1), 2**64 - 1),
        (numpy.bool_(True), True),
        (numpy.str_("x"), "x"),
        (numpy.arange(3), [0, 1, 2]),
        (numpy.arange(4.0).reshape(2, 2), [[0.0, 1.0], [2.0, 3.0]]),
        (numpy.array(["a", "b"]), ["a", "b"]),
        (numpy.array(3.0), 3.0),
        (numpy.array([], dtype=float), []),
        (numpy.array([{"a": numpy.int64(1)}, None], dtype=object), [{"a": 1}, None]),
        (numpy.array([0.5], numpy.longdouble), [0.5]),
    ],
    ids=repr,
)
def test_value_becomes_json(value: Any, expected: Any) -> None:
    found = MAIN.to_json(value)
    assert found == expected
    assert _plain(found)


def _plain(value: Any) -> bool:
    if type(value) is dict:
        return all(type(key) is str and _plain(item) for key, item in value.items())
    if type(value) is list:
        return all(map(_plain, value))
    return type(value) in (str, int, float, bool, type(None))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            {"scores": [1.0, 2.0, 3.0, math.nan]},
            "result.scores[3] is NaN, which JSON does not support",
        ),
        ({"scores": numpy.array([1.0, math.inf])}, "result.scores[1] is infinity, which JSON does"),
        (
            {"m": numpy.array([[0, 1], [2, -math.inf]])},
            "result.m[1][1] is -infinity, which JSON do",
        ),
        ({"a b": numpy.float32("nan")}, "result['a b'] is NaN"),
        ({"x": [b"y"]}, "result.x[0] is a bytes, which JSON does not support: write base64"),
        ({"x": 1j}, "result.x is a complex, which JSON does not support"),
        ({"x": numpy.array([1j])}, "result.x[0] is a complex, which JSON does not support"),
        (
            {"x": (n for n in [1])},
            "result.x is a generator, which JSON does not support: write list",
        ),
        ({"x": object()}, "result.x is an object, which JSON does not support"),
        ({"x": {math.nan: 1}}, "result.x has a key that is a float: JSON keys must be strings"),
        ({"x": {None: 1}}, "result.x has a key that is a NoneType"),
        ({"x": {1: 1, "1": 2}}, "result.x has several keys that become '1' in JSON"),
        ({"x": "\ud800"}, "result.x contains half of a surrogate pair"),
        ({"\ud800": 1}, "result contains half of a surrogate pair"),
        ({"p": Box(1, (b"x",))}, "result.p.labels[0] is a bytes"),  # type: ignore[arg-type]
        (math.nan, "result is NaN, which JSON does not support: return None or a finite number"),
        ([1.0, math.inf], "result[1] is infinity, which JSON does not support"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_result_that_json_does_not_have_is_refused_by_key(value: Any, words: str) -> None:
    with pytest.raises(MAIN.ResultRejected) as caught:
        MAIN.answer(value, "iris")
    assert str(caught.value).startswith(words)
    assert isinstance(caught.value, TypeError)


def test_result_that_contains_itself_is_refused() -> None:
    value: dict[str, Any] = {}
    value["self"] = [value]
    with pytest.raises(MAIN.ResultRejected, match="nested too deeply, or contains itself"):
        MAIN.answer(value, "iris")


def test_error_in_a_result_passes_through() -> None:
    assert MAIN.answer({"error": "no such flower"}, "iris") == {"error": "no such flower"}
