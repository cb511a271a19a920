from __future__ import annotations

import collections
import enum
import re
from typing import Any

import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from jupyter_faas.capture.model_values import named, values_of


class Held(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    def __init__(self, held: Any = None) -> None:
        self.held = held


SERIES = pd.Series([1.0, 2.0])


def found(held: Any) -> list[tuple[Any, Any]]:
    values = values_of(Held(held), lambda _: False)
    return [(one.path, one.value) for one in values]


@pytest.mark.parametrize(
    "value",
    [
        SERIES,
        pd.DataFrame({"a": [1]}),
        pd.Index(["a"]),
        pd.Timestamp("2026-01-01"),
        re.compile("a"),
        {("a", 1): 2},
        {None: 2},
        {float("nan"): 2},
        1j,
        str.lower,
        re.compile("a").findall,
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_that_skops_cannot_hold_are_found(value: Any) -> None:
    ((path, held),) = found(value)
    assert path == (("attribute", "held"),)
    assert held is value


@pytest.mark.parametrize("value", [1, "a", {"a": 1, 2: 3}, [1, (2,)], len, Held(), None])
def test_other_values_stay_in_the_model(value: Any) -> None:
    assert found(value) == []


def test_values_are_found_in_containers_and_steps() -> None:
    model = Pipeline([("one", Held({"x": [0, SERIES]})), ("two", Held())])
    (one,) = values_of(model, lambda _: False)
    steps = [["attribute", "steps"], ["item", 0], ["item", 1], ["attribute", "held"]]
    assert named({"model_held": one}) == [[[*steps, ["item", "x"], ["item", 1]], "model_held"]]


def test_members_of_own_enums_and_own_named_tuples_are_found() -> None:
    Mode = enum.Enum("Mode", ["A"])  # noqa: N806 - a class
    Point = collections.namedtuple("Point", "x y")
    held = [Mode.A, Point(1, 2)]
    values = values_of(Held(held), lambda kind: kind in (Mode, Point))
    assert [one.value for one in values] == held
    assert values_of(Held(held), lambda _: False) == []


def test_a_model_that_refers_to_itself_ends_the_search() -> None:
    model = Held(SERIES)
    model.again = model
    assert len(values_of(model, lambda _: False)) == 1
