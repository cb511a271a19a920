"""Plain values, containers and references inside a data object."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import functools
import logging
import math
import operator
import re
import types
import uuid
import zoneinfo
from typing import Any

import numpy as np
import pytest

from jupyter_faas.capture.data import DataTooLarge, NotData, encoder
from jupyter_faas.capture.data.action_code import read_files
from jupyter_faas.capture.data.encoder import Encoder


def files_of(value: Any) -> dict[str, bytes]:
    return Encoder(lambda module: module != "__main__").files(value)


def again(value: Any) -> Any:
    return read_files(files_of(value))


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 7, 10**30, -0.5, "tête\ud800", 1 + 2j, b"\x00a", bytearray(b"b"), ...),
        *([1, [2]], (1, (2,)), {"a": 1, 2: "b", (3, 4): None}, {1, "a"}, frozenset({2})),
        *(slice(1, None, 2), range(3), math.inf, collections.OrderedDict(b=1, a=2)),
        collections.Counter("aab"),
        collections.deque([1, 2], maxlen=3),
        collections.defaultdict(list, {"a": [1]}),
        types.SimpleNamespace(a=1, b=[2]),
        datetime.date(2024, 2, 29),
        datetime.datetime(2024, 2, 29, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
        datetime.time(1, 2, 3, 4, tzinfo=datetime.timezone.utc),
        datetime.timedelta(days=-1, microseconds=5),
        datetime.timezone(datetime.timedelta(hours=2), "two"),
        decimal.Decimal("1.10"),
        fractions.Fraction(1, 3),
        uuid.UUID(int=5),
        re.compile("a+", re.IGNORECASE),
        re.compile(b"a"),
        math.sin,
        operator.add,
        logging.getLogger("some.name"),
        np.float32(0.1),
        np.datetime64("2024-01-01", "ms"),
        np.dtype("<f4"),
        np.log1p,
        math,
    ],
    # Not the repr, because the order of a set differs between processes.
    ids=lambda value: type(value).__name__,
)
def test_a_value_is_equal_again(value: Any) -> None:
    made = again([value])[0]
    assert type(made) is type(value)
    assert made == value


def test_nan_and_negative_zero_stay() -> None:
    nan, zero = again([math.nan, -0.0])
    assert math.isnan(nan)
    assert math.copysign(1, zero) == -1


def test_a_partial_calls_the_same_function() -> None:
    made = again(functools.partial(np.round, decimals=2))
    assert (made.func, made.keywords) == (np.round, {"decimals": 2})


def test_one_object_in_two_places_stays_one_object() -> None:
    inner = [1]
    made = again({"a": inner, "b": [inner], "c": [1]})
    assert made["a"] is made["b"][0]
    assert made["a"] is not made["c"]


def test_a_list_can_contain_itself() -> None:
    value: list[Any] = [1]
    value.append(value)
    made = again(value)
    assert made[1] is made


def test_the_order_of_a_dictionary_stays() -> None:
    assert list(again({"b": 1, "a": 2})) == ["b", "a"]


def test_the_order_of_a_set_does_not_change_the_bytes() -> None:
    # The two numbers share a place in the table, so their order is that in which they were added.
    assert list({0, 8}) != list({8, 0})
    assert files_of({0, 8}) == files_of({8, 0})


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ([1, {"a": object()}], "[1]['a']"),
        ({"a": lambda: 1}, "['a']"),
    ],
    ids=["object", "lambda"],
)
def test_what_cannot_be_written_is_named_by_its_place(value: Any, where: str) -> None:
    with pytest.raises(NotData) as caught:
        files_of(value)
    assert caught.value.where == where


def test_arrays_over_the_limit_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "MAX_BYTES", 1000)
    with pytest.raises(DataTooLarge, match="1600"):
        files_of([np.zeros(200)])


def test_text_over_the_limit_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "MAX_BYTES", 1000)
    with pytest.raises(DataTooLarge):
        files_of(["x" * 1001])
