from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, Normalizer, StandardScaler
from sklearn.svm import SVC

from jupyter_faas.serialization.parity.metric import Answers, MethodError, call_methods
from tests.serialization.conftest import Answering, Convert
from tests.serialization.helpers import data

Array = np.ndarray[Any, Any]
METHODS = ("predict", "predict_proba", "decision_function")


class Doubled(LogisticRegression):  # type: ignore[misc]  # scikit-learn is not typed
    """A user's class, which doubles its rows in place."""

    def predict(self, X: Array) -> Any:  # noqa: N803
        X *= 2  # noqa: N806
        return super().predict(X)


def together(model: Any, rows: Array, methods: tuple[str, ...]) -> Answers:
    found = call_methods(model, rows, methods)
    assert not isinstance(found, MethodError)
    return found


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(max_iter=1000),
        make_pipeline(StandardScaler(copy=False), Normalizer(copy=False), LogisticRegression()),
        make_pipeline(StandardScaler(), SVC()),
        RandomForestClassifier(5, random_state=0),
    ],
    ids=["softmax in place", "scaling in place", "no probabilities", "forest"],
)
def test_results_are_those_of_separate_calls(model: Any) -> None:
    rows, labels = data.iris()
    model.fit(rows.copy(), labels)
    methods = tuple(method for method in METHODS if hasattr(model, method))
    found = together(model, rows.copy(), methods)
    for method in methods:
        np.testing.assert_array_equal(found[method], getattr(model, method)(rows.copy()))


def test_each_step_runs_once_for_all_methods() -> None:
    rows, labels = data.iris()
    calls = []

    def counted(values: Array) -> Array:
        calls.append(len(values))
        return values

    model = make_pipeline(FunctionTransformer(counted), LogisticRegression(max_iter=1000))
    model.fit(rows, labels)
    calls.clear()
    together(model, rows, METHODS)
    assert calls == [len(rows)]


def test_rows_of_the_next_call_are_computed_anew() -> None:
    rows, labels = data.iris()
    model = RandomForestClassifier(5, random_state=0).fit(rows, labels)
    first, second = (together(model, each, METHODS[:2]) for each in (rows[:50], rows[50:]))
    assert set(first["predict"]) != set(second["predict"])


def test_models_are_left_as_they_were() -> None:
    rows, labels = data.iris()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, labels)
    before = [dict(vars(part)) for part in (model, *model)]
    together(model, rows, METHODS)
    assert [vars(part) for part in (model, *model)] == before


def test_a_class_of_the_user_shares_nothing() -> None:
    rows, labels = data.iris()
    model = Doubled(max_iter=1000).fit(rows, labels)
    given = rows.copy()
    found = together(model, given, METHODS[:2])
    np.testing.assert_array_equal(given, rows * 2)
    np.testing.assert_array_equal(found["predict_proba"], model.predict_proba(rows * 2))


def test_the_graph_runs_once_for_all_methods(
    convert_model: Convert, answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, labels = data.iris()
    model = RandomForestClassifier(5, random_state=0).fit(rows, labels)
    stand_in = answering(convert_model(model, rows))
    runs, graph = [], type(stand_in)._raw

    def counted(self: Any, rows: Any) -> Any:
        runs.append(len(rows))
        return graph(self, rows)

    monkeypatch.setattr(type(stand_in), "_raw", counted)
    together(stand_in, rows, METHODS[:2])
    assert runs == [len(rows)]
