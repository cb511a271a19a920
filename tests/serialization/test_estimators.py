from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.feature_selection import SelectFromModel
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from jupyter_faas.serialization import is_model
from jupyter_faas.serialization.estimators import class_name, first_step, last_step, steps
from tests.serialization.helpers import data


class Own(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    pass


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        (LogisticRegression(), True),
        (make_pipeline(StandardScaler()), True),
        (Own(), True),
        (LogisticRegression, False),
        (np.arange(3), False),
        ("model", False),
        (None, False),
    ],
    ids=["estimator", "pipeline", "subclass", "class", "array", "text", "none"],
)
def test_is_model(thing: object, expected: bool) -> None:
    assert is_model(thing) is expected


def test_is_model_imports_no_library() -> None:
    code = (
        "import sys; from jupyter_faas.serialization import is_model; is_model(object()); "
        "print(sorted({'numpy', 'sklearn', 'onnx', 'onnxruntime', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (RandomForestClassifier(), "RandomForestClassifier"),
        (
            make_pipeline(StandardScaler(), "passthrough", LogisticRegression()),
            "Pipeline(StandardScaler, LogisticRegression)",
        ),
        (
            make_pipeline(ColumnTransformer([]), make_pipeline(StandardScaler(), GaussianNB())),
            "Pipeline(ColumnTransformer, Pipeline(StandardScaler, GaussianNB))",
        ),
        (FrozenEstimator(GaussianNB()), "FrozenEstimator(GaussianNB)"),
        (GridSearchCV(GaussianNB(), {}), "GridSearchCV"),
    ],
    ids=["bare", "pipeline", "nested", "frozen", "unfitted search"],
)
def test_class_name(model: Any, expected: str) -> None:
    assert class_name(model) == expected


def test_class_name_of_a_fitted_search_names_what_it_found() -> None:
    search = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}).fit(*data.iris())
    assert class_name(search) == "GridSearchCV(GaussianNB)"


def test_steps_carry_the_names_their_user_gave() -> None:
    frame, labels = data.passengers(60)
    model = Pipeline(
        [
            ("columns", ColumnTransformer([("names", OneHotEncoder(), ["sex"])])),
            ("answer", CalibratedClassifierCV(LogisticRegression(), ensemble=False)),
        ]
    ).fit(frame, labels)
    found = [(step.name, step.kind) for step in steps("model", model)]
    assert found == [
        ("model", "Pipeline"),
        ("columns", "ColumnTransformer"),
        ("names", "OneHotEncoder"),
        ("answer", "CalibratedClassifierCV"),
        ("answer", "_CalibratedClassifier"),
        ("answer", "LogisticRegression"),
    ]


def test_steps_of_ensembles_are_their_members_but_not_the_trees_of_a_forest() -> None:
    rows, labels = data.iris()
    vote = VotingClassifier([("a", RandomForestClassifier(3)), ("b", GaussianNB())])
    bag = BaggingClassifier(GaussianNB(), n_estimators=2)
    kinds = [step.kind for step in steps("m", vote.fit(rows, labels))]
    assert kinds == ["VotingClassifier", "RandomForestClassifier", "GaussianNB"]
    assert len(list(steps("m", bag.fit(rows, labels)))) == 3


def test_estimator_that_only_chose_columns_is_no_step() -> None:
    model = SelectFromModel(RandomForestClassifier(3)).fit(*data.iris())
    assert [step.kind for step in steps("m", model)] == ["SelectFromModel"]


def test_first_and_last_step_look_through_pipelines_and_wrappers() -> None:
    inner = make_pipeline(StandardScaler(), FrozenEstimator(GaussianNB()))
    model = Pipeline([("nothing", "passthrough"), ("inner", inner)])
    assert type(first_step(model)) is StandardScaler
    assert type(last_step(model)) is GaussianNB
