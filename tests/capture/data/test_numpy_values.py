"""Arrays that are more than numbers, and random generators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jupyter_faas.capture.data import DataObjects, NotData
from jupyter_faas.capture.data.action_code import read_files


def again(value: Any, objects: DataObjects) -> Any:
    return read_files(objects.encode(value).files)


@pytest.mark.parametrize(
    "value",
    [
        np.array(["a", None, "b"], dtype=object),
        np.array([["a", "b"], ["c", "d"]], dtype=object),
        np.array([1, "a", (2, 3), None], dtype=object),
        np.array([[1, 2], [3, 4]]).view(np.matrix),
        np.array([(1, "a")], dtype=[("x", "i4"), ("y", "U3")]).view(np.recarray),
        np.array([(1, 0.5)], dtype=[("x", "i4"), ("y", "f8")]),
    ],
    ids=["text", "table of text", "objects", "matrix", "records", "fields"],
)
def test_an_array_is_equal_again(value: Any, objects: DataObjects) -> None:
    made = again(value, objects)
    assert type(made) is type(value)
    assert made.dtype == value.dtype
    assert made.tolist() == value.tolist()


def test_missing_text_stays_none_or_nan(objects: DataObjects) -> None:
    made = again(np.array(["a", None, np.nan], dtype=object), objects)
    assert made[1] is None
    assert made[2] != made[2]


@pytest.mark.parametrize("mask", [[0, 1, 0], False], ids=["some", "none"])
def test_a_masked_array_keeps_its_mask_and_fill(mask: Any, objects: DataObjects) -> None:
    value = np.ma.masked_array([1, 2, 3], mask=mask, fill_value=9)
    made = again(value, objects)
    assert made.tolist() == value.tolist()
    assert made.filled().tolist() == value.filled().tolist()
    assert made.data.tolist() == [1, 2, 3]


@pytest.mark.parametrize("bits", [np.random.PCG64, np.random.Philox, np.random.MT19937])
def test_a_generator_draws_the_same_numbers(bits: Any, objects: DataObjects) -> None:
    value = np.random.Generator(bits(3))
    value.random(5)
    made = again(value, objects)
    assert made.random(3).tolist() == value.random(3).tolist()
    assert made.spawn(1)[0].random() == value.spawn(1)[0].random()


def test_an_old_generator_draws_the_same_numbers(objects: DataObjects) -> None:
    value = np.random.RandomState(3)
    value.normal()
    made = again(value, objects)
    assert made.normal(size=3).tolist() == value.normal(size=3).tolist()


def test_the_global_generator_is_the_actions_own(objects: DataObjects) -> None:
    value = np.random.mtrand._rand
    assert again(value, objects) is value


@pytest.mark.parametrize(
    "value", [np.poly1d([1, 2, 3]), np.polynomial.Polynomial([1, 2])], ids=["old", "new"]
)
def test_a_polynomial_computes_the_same(value: Any, objects: DataObjects) -> None:
    made = again(value, objects)
    assert made(1.7) == value(1.7)
    assert made == value


def test_an_object_in_an_array_is_named_by_its_place(objects: DataObjects) -> None:
    with pytest.raises(NotData) as caught:
        objects.encode(np.array([1, object()], dtype=object))
    assert caught.value.where == "[1]"
