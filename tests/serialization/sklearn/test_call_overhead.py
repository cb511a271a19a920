from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    BaggingRegressor,
    ExtraTreesRegressor,
    RandomForestClassifier,
    VotingClassifier,
    _bagging,
    _forest,
    _iforest,
)
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree import _classes as trees
from sklearn.utils import parallel
from sklearn.utils.parallel import Parallel, delayed

from jupyter_faas.serialization.sklearn.call_overhead import patch_sklearn
from tests.serialization.helpers import data


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in the helper process; the other tests of this process get scikit-learn as it is."""
    monkeypatch.setattr(parallel.Parallel, "__call__", parallel.Parallel.__call__)
    for owner, name in (
        (parallel._FuncWrapper, "__init__"),
        (trees, "check_is_fitted"),
        (trees.BaseDecisionTree, "_validate_X_predict"),
        (_bagging, "delayed"),
        (_forest, "delayed"),
        (_iforest, "delayed"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    patch_sklearn()
    yield


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(20, random_state=0),
        ExtraTreesRegressor(20, random_state=0),
        BaggingRegressor(random_state=0),
        VotingClassifier(
            [("a", DecisionTreeClassifier()), ("b", LogisticRegression(max_iter=1000))]
        ),
        make_pipeline(
            make_column_transformer((StandardScaler(), [0, 1]), (MinMaxScaler(), [2, 3])),
            LogisticRegression(max_iter=1000),
        ),
    ],
    ids=["forest", "extra trees", "bagging", "voting", "columns"],
)
def test_results_stay_the_same(model: Any, request: pytest.FixtureRequest) -> None:
    rows, labels = data.iris()
    before = model.fit(rows, labels).predict(rows)
    request.getfixturevalue("patched")
    np.testing.assert_array_equal(model.predict(rows), before)


@pytest.mark.usefixtures("patched")
def test_a_forest_refuses_what_it_refused() -> None:
    model = RandomForestClassifier(5, random_state=0).fit(*data.iris())
    with pytest.raises(ValueError, match="has 3 features"):
        model.predict(np.zeros((1, 3)))


@pytest.mark.usefixtures("patched")
def test_a_tree_without_fit_is_refused() -> None:
    with pytest.raises(NotFittedError, match="not fitted yet"):
        DecisionTreeClassifier().predict([[1.0]])


@pytest.mark.usefixtures("patched")
def test_tasks_for_several_threads_stay_with_joblib() -> None:
    with joblib.parallel_config(n_jobs=2, backend="threading"):
        found = Parallel()(delayed(abs)(number) for number in (-1, -2))
    assert found == [1, 2]
    lazy = Parallel(n_jobs=1, return_as="generator")(delayed(abs)(number) for number in (-1, -2))
    assert next(lazy) == 1


@pytest.mark.usefixtures("patched")
def test_a_second_patch_changes_nothing() -> None:
    call = parallel.Parallel.__call__
    patch_sklearn()
    assert parallel.Parallel.__call__ is call
