from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    Normalizer,
    PowerTransformer,
    StandardScaler,
)

from jupyter_faas.serialization.sklearn.guards import input_checks
from tests.serialization.conftest import Answering, Convert
from tests.serialization.helpers import data


def logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=1000)


def row(value: float) -> Any:
    return np.array([[value, 3.0, 1.0, 0.5]])


OUTSIDE: dict[str, tuple[Callable[[], Any], float, str]] = {
    "log of zero": (lambda: FunctionTransformer(np.log), 0.0, "infinity"),
    "log1p of -1": (lambda: FunctionTransformer(np.log1p), -1.0, "infinity"),
    "sqrt of a negative number": (lambda: FunctionTransformer(np.sqrt), -2.0, "NaN"),
    "exp of a large number": (lambda: FunctionTransformer(np.exp), 1000.0, "infinity"),
    "box-cox of zero": (lambda: PowerTransformer(method="box-cox"), 0.0, "values of 0 or less"),
    "scale beyond float64": (StandardScaler, 1.7e308, "infinity"),
}


@pytest.mark.parametrize(("step", "value", "words"), OUTSIDE.values(), ids=OUTSIDE.keys())
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_step_that_refuses_its_input_refuses_in_the_action(
    step: Callable[[], Any],
    value: float,
    words: str,
    convert_model: Convert,
    answering: Answering,
) -> None:
    rows, labels = data.iris()
    model = make_pipeline(step(), logistic()).fit(rows, labels)
    action_model = answering(convert_model(model, rows))
    assert (action_model.predict(rows) == model.predict(rows)).all()
    for each in (model, action_model):
        with pytest.raises(ValueError, match=r"infinity|NaN|strictly positive|values of 0 or less"):
            each.predict(row(value))
    with pytest.raises(ValueError, match=words):
        action_model.predict(row(value))


def test_row_of_zeros_has_the_original_s_label(
    convert_model: Convert, answering: Answering
) -> None:
    rows, labels = data.iris()
    model = make_pipeline(Normalizer(), logistic()).fit(rows - rows.mean(axis=0), labels)
    action_model = answering(convert_model(model, rows - rows.mean(axis=0)))
    zeros = np.zeros((1, 4))
    np.testing.assert_allclose(action_model.predict_proba(zeros), model.predict_proba(zeros))


def test_number_in_a_column_of_documents_is_refused(
    convert_model: Convert, answering: Answering
) -> None:
    documents, labels = data.reviews()
    frame = pd.DataFrame({"text": documents, "stars": np.arange(len(documents)) % 5})
    columns = make_column_transformer((TfidfVectorizer(), "text"), (StandardScaler(), ["stars"]))
    model = make_pipeline(columns, logistic()).fit(frame, labels)
    action_model = answering(convert_model(model, frame))
    number = pd.DataFrame({"text": [5], "stars": [1]})
    with pytest.raises(AttributeError, match="lower"):
        model.predict(number)
    with pytest.raises(ValueError, match="must contain text"):
        action_model.predict(number)


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
def test_number_beyond_float32_is_refused_as_the_forest_refuses_it(
    convert_model: Convert, answering: Answering
) -> None:
    rows, labels = data.iris()
    model = RandomForestClassifier(5, random_state=0).fit(rows, labels)
    action_model = answering(convert_model(model, rows))
    for each in (model, action_model):
        with pytest.raises(ValueError, match="too large"):
            each.predict(row(1e39))


def test_calm_rows_are_answered_without_reading_the_edges(
    convert_model: Convert, answering: Answering
) -> None:
    rows, labels = data.iris()
    model = make_pipeline(StandardScaler(), logistic()).fit(rows, labels)
    guards = convert_model(model, rows).spec["guards"]
    assert guards["watch"] is False
    assert [check["step"] for check in guards["edges"].values()] == ["LogisticRegression"]


def test_logarithm_is_watched_for_every_row(convert_model: Convert) -> None:
    rows, labels = data.iris()
    model = make_pipeline(FunctionTransformer(np.log), logistic()).fit(rows, labels)
    assert convert_model(model, rows).spec["guards"]["watch"] is True


def test_what_an_estimator_rejects_is_found_by_asking_it() -> None:
    rows, labels = data.iris()
    forest = RandomForestClassifier(2, random_state=0).fit(rows, labels)
    assert input_checks(forest, 4) == {"step": "RandomForestClassifier", "limit": "float32"}
    assert input_checks(logistic().fit(rows, labels), 4) == {
        "step": "LogisticRegression",
        "nan": True,
        "limit": "float64",
    }
    assert input_checks(HistGradientBoostingClassifier(max_iter=2).fit(rows, labels), 4) == {}
    power = PowerTransformer(method="box-cox").fit(rows)
    assert input_checks(power, 4) == {"step": "PowerTransformer", "limit": "float64", "above": 0.0}
