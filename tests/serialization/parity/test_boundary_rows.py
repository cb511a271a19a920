from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from jupyter_faas.serialization.parity.boundary_rows import (
    splits_of,
    threshold_neighbours,
    threshold_rows,
)
from tests.serialization.helpers import data

STUMP = DecisionTreeClassifier(max_depth=1, random_state=0)


def test_around_a_threshold() -> None:
    t = 0.1
    values = threshold_neighbours(t)
    assert values[0] == t
    assert values[1] < t < values[2]
    assert np.nextafter(values[1], 1) == t == np.nextafter(values[2], 0)
    assert np.float32(values[3]) == np.float32(t) == values[3]
    assert np.float32(values[4]) < np.float32(t) < np.float32(values[5])
    assert min(t, values[3]) < values[6] < max(t, values[3])


def test_splits_of_a_tree() -> None:
    model = STUMP.fit(*data.iris())
    assert splits_of(model) == [(int(model.tree_.feature[0]), float(model.tree_.threshold[0]))]


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(2, random_state=0),
        GradientBoostingClassifier(n_estimators=2),
        HistGradientBoostingClassifier(max_iter=2),
        AdaBoostClassifier(n_estimators=2, random_state=0),
        GridSearchCV(STUMP, {}),
        VotingClassifier([("t", STUMP), ("l", LogisticRegression(max_iter=1000))]),
        StackingClassifier([("t", STUMP)], final_estimator=DecisionTreeClassifier()),
    ],
    ids=["forest", "boosting", "histogram", "ada boost", "search", "vote", "stack"],
)
def test_splits_of_ensembles_lie_within_the_columns(model: Any) -> None:
    rows, labels = data.iris()
    splits = splits_of(model.fit(rows, labels))
    assert splits
    for feature, threshold in splits:
        assert rows[:, feature].min() < threshold < rows[:, feature].max()


def test_bagged_trees_split_the_columns_they_were_shown() -> None:
    rows, labels = data.iris()
    rows = rows + np.array([0, 1000, 2000, 3000])
    model = BaggingClassifier(DecisionTreeClassifier(), max_features=0.5, random_state=0)
    for feature, threshold in splits_of(model.fit(rows, labels)):
        assert threshold // 1000 == feature


def test_trees_behind_a_scaler_have_no_splits_to_place_rows_at() -> None:
    model = make_pipeline(StandardScaler(), DecisionTreeClassifier())
    assert splits_of(model.fit(*data.iris())) == []


def test_rows_hold_seven_values_of_at_most_150_splits() -> None:
    rows, labels = data.cancer()
    model = RandomForestClassifier(30, random_state=0).fit(rows, labels)
    found = threshold_rows(model, rows, np.random.default_rng(0))
    assert len(found.rows) == 7 * 150
    column, threshold = found.mark(0), found.rows[0, found.marks[0]]
    assert (column, threshold) in splits_of(model)
    assert found.stops and not found.strict
