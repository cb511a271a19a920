from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler
from sklearn.svm import SVC

from jupyter_faas.serialization.parity.synthetic_rows import ROWS, synthetic_rows
from jupyter_faas.serialization.sklearn.sample import schema_without_sample
from tests.serialization.helpers import data


def made(model: Any) -> Any:
    return synthetic_rows(model, schema_without_sample("m", model), np.random.default_rng(0))


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(StandardScaler(), LogisticRegression()),
        make_pipeline(MinMaxScaler(), LogisticRegression()),
        make_pipeline(RobustScaler(), LogisticRegression()),
        GaussianNB(),
        SVC(),
        RandomForestClassifier(10, random_state=0),
    ],
    ids=["standard", "bounds", "robust", "bayes", "vectors", "forest"],
)
def test_rows_lie_where_the_model_was_fitted(model: Any) -> None:
    rows, labels = data.wine()
    found = made(model.fit(rows, labels))
    assert found.shape == (ROWS, 13)
    spread = rows.max(axis=0) - rows.min(axis=0)
    middle = np.median(found, axis=0)
    assert (middle > rows.min(axis=0) - spread).all()
    assert (middle < rows.max(axis=0) + spread).all()


def test_model_that_remembers_nothing_gets_noise_of_several_sizes() -> None:
    found = made(LogisticRegression(max_iter=1000).fit(*data.iris()))
    assert np.isfinite(found).all()
    assert np.abs(found).max() > 50 > 1 > np.abs(found).min()


def test_categories_are_chosen_among_the_known() -> None:
    rows = np.array([[1], [3], [7]])
    found = made(OneHotEncoder().fit(rows))
    assert set(found[:, 0]) == {1.0, 3.0, 7.0}
