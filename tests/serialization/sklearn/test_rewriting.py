from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from jupyter_faas.serialization.action_models import load_model_inputs
from jupyter_faas.serialization.input_schema import Column, InputSchema
from jupyter_faas.serialization.sklearn.rewriting import rewrite, set_single_threaded
from jupyter_faas.serialization.sklearn.sample import read_sample
from tests.serialization.helpers import data

TENSOR = InputSchema("tensor", tuple(Column(None, "number") for _ in range(4)))


def test_search_gives_way_and_empty_steps_go() -> None:
    pipeline = Pipeline(
        [("nothing", "passthrough"), ("scale", StandardScaler()), ("answer", LogisticRegression())]
    )
    search = GridSearchCV(pipeline, {"answer__C": [1.0]}).fit(*data.iris())
    found = rewrite(search, TENSOR)
    assert [name for name, _ in found.steps] == ["scale", "answer"]
    assert len(search.best_estimator_.steps) == 3


def test_truth_values_become_positions_and_the_original_keeps_them() -> None:
    rows, labels = data.iris()
    model = LogisticRegression(max_iter=1000).fit(rows, labels > 0)
    assert rewrite(model, TENSOR).classes_.tolist() == [0, 1]
    assert model.classes_.tolist() == [False, True]


def test_missing_text_is_spelled_as_the_stand_in_feeds_it() -> None:
    frame, labels = data.passengers(missing=True)
    names = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder())
    model = make_pipeline(
        ColumnTransformer([("port", OneHotEncoder(), ["port"]), ("both", names, ["port", "sex"])]),
        LogisticRegression(),
    ).fit(frame, labels)
    schema, _ = read_sample("model", model, frame)
    transformers: Any = rewrite(model, schema).steps[0][1].transformers_
    (_, encoder, first), (_, imputing, second) = transformers
    assert (first, second) == ([3], [3, 2])
    assert encoder.categories_[0].tolist() == [
        "C",
        "Q",
        "S",
        "São",
        load_model_inputs().MISSING_TEXT,
    ]
    assert imputing.steps[0][1].missing_values == load_model_inputs().MISSING_TEXT
    assert np.isnan(model.steps[0][1].named_transformers_["port"].categories_[0][-1])


def test_threads_are_taken_away() -> None:
    model = make_pipeline(StandardScaler(), RandomForestClassifier(2, n_jobs=4))
    model.fit(*data.iris())
    set_single_threaded(model)
    assert model.steps[1][1].n_jobs == 1
