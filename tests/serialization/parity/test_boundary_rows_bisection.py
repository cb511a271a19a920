from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jupyter_faas.serialization.input_schema import Column, InputSchema
from jupyter_faas.serialization.parity.boundary_rows import (
    PAIRS,
    VISITED,
    decision_boundary_rows,
    jump_rows,
)

Array = np.ndarray[Any, Any]
FORM = InputSchema("tensor", (Column(None, "number"), Column(None, "number")))
SAMPLE = np.random.default_rng(1).uniform(0, 10, (200, 2))
# No float32 lies between the two sides of this step.
STEP = 3.3000000000000003


def step(rows: Array) -> Array:
    above: Array = (rows[:, :1] > STEP).astype(float)
    return above


def more() -> bool:
    return True


def test_jump_is_found_down_to_adjacent_doubles() -> None:
    found = jump_rows(FORM, SAMPLE, np.random.default_rng(0), step, more)
    values = found.rows[np.array(found.marks) == 0, 0]
    assert {STEP, float(np.nextafter(STEP, 10))} <= set(values)
    assert float(np.float32(STEP)) in set(values)
    assert set(found.marks[VISITED * PAIRS :]) == {0}
    assert not found.stops


def test_smooth_score_has_no_jumps() -> None:
    found = jump_rows(FORM, SAMPLE, np.random.default_rng(0), lambda rows: np.sin(rows), more)
    assert len(found.rows) == VISITED * PAIRS


def test_rows_of_the_first_steps_are_between_the_values_of_the_sample() -> None:
    found = jump_rows(FORM, SAMPLE, np.random.default_rng(0), lambda rows: np.sin(rows), more)
    known = set(SAMPLE.ravel())
    for row, mark in zip(found.rows, found.marks, strict=True):
        assert row[mark] not in known
        assert row[1 - mark] in known


def test_border_is_found_down_to_one_step_of_the_way() -> None:
    def label(rows: Array) -> Array:
        named: Array = np.where(rows.sum(axis=1) > 10, "above", "below")
        return named

    found = decision_boundary_rows(FORM, SAMPLE, np.random.default_rng(0), label, more)
    half = len(found.rows) // (VISITED + 2)
    near, far = found.rows[-2 * half : -half], found.rows[-half:]
    assert half > 50
    assert (label(near) != label(far)).all()
    np.testing.assert_allclose(near, far, rtol=1e-14, atol=1e-14)


def test_one_label_has_no_border() -> None:
    found = decision_boundary_rows(
        FORM, SAMPLE, np.random.default_rng(0), lambda rows: np.zeros(len(rows)), more
    )
    assert len(found.rows) == 0


def test_columns_of_text_alone_cannot_be_bisected() -> None:
    schema = InputSchema("columns", (Column("port", "string"),))
    rows = np.array([["a"], ["b"]], dtype=object)
    rng = np.random.default_rng(0)
    assert len(jump_rows(schema, rows, rng, step, more).rows) == 0
    assert len(decision_boundary_rows(schema, rows, rng, step, more).rows) == 0


def test_bisection_stops_when_time_is_up() -> None:
    asked = []

    def ask(rows: Array) -> Array:
        asked.append(len(rows))
        return step(rows)

    jump_rows(FORM, SAMPLE, np.random.default_rng(0), ask, lambda: False)
    assert len(asked) == 2


@pytest.mark.parametrize("search", [jump_rows, decision_boundary_rows])
def test_rows_of_the_same_float32_are_not_asked_again(search: Any) -> None:
    asked: list[int] = []

    def ask(rows: Array) -> Array:
        asked.append(len(rows))
        scores = step(rows.astype(np.float32))
        return scores if search is jump_rows else scores[:, 0]

    found, shorter = (
        (search(FORM, SAMPLE, np.random.default_rng(0), ask, more, rounds=rounds), sum(asked))
        for rounds in (False, True)
    )
    np.testing.assert_array_equal(found[0].rows, shorter[0].rows)
    assert shorter[1] - found[1] < 0.6 * found[1]


def test_wide_rows_are_fewer() -> None:
    width = 40_000
    schema = InputSchema("tensor", (Column(None, "number"),) * width)
    rows = np.zeros((20, width))
    rows[:, 0] = np.arange(20)
    asked = []

    def label(rows: Array) -> Array:
        asked.append(len(rows))
        above: Array = rows[:, 0] > STEP
        return above

    found = decision_boundary_rows(schema, rows, np.random.default_rng(0), label, more)
    assert max(asked) == 128
    assert len(found.rows)
