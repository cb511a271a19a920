from __future__ import annotations

from typing import Any

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from jupyter_faas.serialization.input_schema import Column, InputSchema
from jupyter_faas.serialization.sklearn.parity_check import single_rows
from tests.serialization.conftest import Convert
from tests.serialization.helpers import data

TENSOR = InputSchema("tensor", tuple(Column(None, "number") for _ in range(4)))


@pytest.mark.parametrize(
    ("model", "count"),
    [
        (LogisticRegression(max_iter=1000), 256),
        (RandomForestClassifier(100, max_depth=1), 49),
        (RandomForestClassifier(300, max_depth=1), 32),
    ],
    ids=["cheap", "forest", "large forest"],
)
def test_fewer_single_rows_of_models_that_take_long(model: Any, count: int) -> None:
    assert single_rows(model.fit(*data.iris()), TENSOR) == count


def test_sets_of_a_forest(convert_model: Convert) -> None:
    rows, labels = data.iris()
    model = RandomForestClassifier(5, random_state=0).fit(rows, labels)
    parity = convert_model(model, rows).parity
    covered = parity.covered
    assert [entry.set for entry in covered] == [
        "sample",
        "unusual inputs",
        "distinct values",
        "thresholds",
        "score jumps",
        "label boundaries",
        "one row at a time",
    ]
    assert all(entry.rows == entry.of > 0 for entry in covered)
    assert [entry.extra for entry in covered] == ["", "", "", "", "boundary", "boundary", "again"]
    assert sum(entry.rows for entry in covered if not entry.extra) == parity.labels_total
