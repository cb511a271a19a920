from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.ensemble import (
    GradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.input_schema import Column, InputSchema
from jupyter_faas.serialization.precision import (
    DOUBLE,
    EXACT,
    FLOAT32,
    MIXED,
    candidate_precisions,
    check_magnitudes,
    tolerance,
)
from tests.serialization.helpers import data

FOREST = RandomForestClassifier(2)
PLANS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "linear": (LogisticRegression(max_iter=1000), (DOUBLE, FLOAT32)),
    "scaled vectors": (make_pipeline(StandardScaler(), SVC()), (DOUBLE, FLOAT32)),
    "clusters": (KMeans(2), (DOUBLE, FLOAT32)),
    "forest": (FOREST, (EXACT, FLOAT32)),
    "searched forest": (GridSearchCV(FOREST, {}), (EXACT, FLOAT32)),
    "scaled boosting": (
        make_pipeline(StandardScaler(), GradientBoostingClassifier(n_estimators=2)),
        (EXACT, MIXED, FLOAT32),
    ),
    "vote with a forest": (
        VotingClassifier([("f", FOREST), ("l", LogisticRegression(max_iter=1000))]),
        (EXACT, FLOAT32),
    ),
    "isolation forest": (IsolationForest(n_estimators=2), (EXACT, FLOAT32)),
    "columns chosen by a forest": (
        make_pipeline(SelectFromModel(FOREST), LogisticRegression(max_iter=1000)),
        (DOUBLE, FLOAT32),
    ),
}


@pytest.mark.parametrize(("model", "precisions"), PLANS.values(), ids=PLANS.keys())
def test_precision_follows_what_the_model_reads(model: Any, precisions: tuple[Any, ...]) -> None:
    assert candidate_precisions(model.fit(*data.iris())) == precisions


def test_text_is_double_unless_its_weights_are_float32() -> None:
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(*data.reviews())
    assert candidate_precisions(model) == (DOUBLE, FLOAT32)
    model = make_pipeline(TfidfVectorizer(dtype=np.float32), LogisticRegression())
    assert candidate_precisions(model.fit(*data.reviews())) == (FLOAT32,)


@pytest.mark.parametrize(
    ("make", "precision", "score", "margin"),
    [
        (lambda: LogisticRegression(max_iter=1000), DOUBLE, 1e-8, 1e-9),
        (lambda: LogisticRegression(max_iter=1000), FLOAT32, 1e-5, 1e-6),
        (SVC, DOUBLE, 1e-8, 1e-9),
        (lambda: KMeans(2), FLOAT32, 1e-4, 1e-6),
        (lambda: RandomForestClassifier(2), FLOAT32, 1e-5, 0.0),
        (lambda: RandomForestClassifier(2), EXACT, 1e-12, 0.0),
        (lambda: CalibratedClassifierCV(RandomForestClassifier(2)), EXACT, 1e-8, 0.0),
    ],
    ids=[
        "linear double",
        "linear float32",
        "vectors",
        "clusters",
        "forest",
        "exact forest",
        "calibrated forest",
    ],
)
def test_tolerance(make: Callable[[], Any], precision: Any, score: float, margin: float) -> None:
    found = tolerance(make().fit(*data.iris()), precision)
    assert (found.score, found.margin) == (score, margin)


def schema(width: int) -> InputSchema:
    return InputSchema("tensor", tuple(Column(None, "number") for _ in range(width)))


def test_column_too_large_for_float32_is_named_with_what_double_lacks() -> None:
    rows, labels = data.iris()
    model = make_pipeline(StandardScaler(), SVC()).fit(rows, labels)
    rows = rows + np.array([0, 0, 1.7e9, 0])
    words = r"Column 2 needs float64 \(max 1.7e\+09, spread 1.7.\).*\(double: no kernel\)"
    with pytest.raises(ConversionError, match=words):
        check_magnitudes(model, schema(4), rows, {"double": "no kernel"})


@pytest.mark.parametrize(
    "shift", [0.0, 1e3], ids=["as they are", "still within the spread that float32 keeps"]
)
def test_usual_columns_pass(shift: float) -> None:
    rows, labels = data.iris()
    model = make_pipeline(StandardScaler(), SVC()).fit(rows, labels)
    check_magnitudes(model, schema(4), rows + shift, {})


def test_constant_columns_pass() -> None:
    rows, labels = data.iris()
    model = SVC().fit(rows, labels)
    check_magnitudes(model, schema(4), np.full((5, 4), 1.7e12), {})


def test_trees_that_round_themselves_pass() -> None:
    rows, labels = data.iris()
    check_magnitudes(FOREST.fit(rows, labels), schema(4), rows + 1.7e12, {})
