from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_selection import SelectFromModel
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from jupyter_faas.serialization.input_schema import Column, InputSchema
from jupyter_faas.serialization.sklearn.reference_model import (
    find_known_categories,
)
from jupyter_faas.serialization.sklearn.rejections import find_rejected_columns
from jupyter_faas.serialization.sklearn.sample import read_sample
from tests.serialization.helpers import data

TENSOR = InputSchema("tensor", tuple(Column(None, "number") for _ in range(4)))


def test_model_that_takes_no_missing_value_refuses_it_everywhere() -> None:
    rows, labels = data.iris()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, labels)
    assert find_rejected_columns(model, TENSOR, rows[:1], "predict") == {
        "nan": [0, 1, 2, 3],
        "none": [],
        "infinity": [0, 1, 2, 3],
        "large": [],
        "foreign": [],
        "typed": [],
        "integers": [],
        "truths": [],
    }


def test_model_that_takes_missing_values_refuses_nothing() -> None:
    rows, labels = data.iris()
    model = HistGradientBoostingClassifier(max_iter=2).fit(rows, labels)
    assert find_rejected_columns(model, TENSOR, rows[:1], "predict")["nan"] == []


def test_columns_that_a_selector_drops_are_probed_on_their_own() -> None:
    rows, labels = data.iris()
    chooser = SelectFromModel(HistGradientBoostingClassifier(max_iter=2), importance_getter=_first)
    model = make_pipeline(chooser, LogisticRegression()).fit(rows, labels)
    assert find_rejected_columns(model, TENSOR, rows[:1], "predict")["nan"] == [0]


def _first(estimator: HistGradientBoostingClassifier) -> Any:
    return np.array([1.0, 0.0, 0.0, 0.0])


def test_columns_of_a_frame_differ_in_what_they_refuse() -> None:
    frame, labels = data.passengers()
    model = make_pipeline(
        ColumnTransformer(
            [
                ("age", make_pipeline(SimpleImputer(), StandardScaler()), ["age"]),
                ("fare", StandardScaler(), ["fare"]),
                ("names", OneHotEncoder(), ["sex"]),
                ("port", OneHotEncoder(handle_unknown="ignore"), ["port"]),
            ]
        ),
        LogisticRegression(),
    ).fit(frame, labels)
    schema, rows = read_sample("model", model, frame)
    refused = find_rejected_columns(model, schema, rows[:1], "predict")
    assert refused == {
        "nan": [1, 2],
        "none": [2],
        "infinity": [0, 1],
        "large": [],
        "foreign": [2],
        "typed": [2, 3],
        "integers": [],
        "truths": [],
    }
    assert find_known_categories(model, schema) == {"2": ["female", "male"]}
