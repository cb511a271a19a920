"""Boosting on categories: taken apart, converted, and asked what training never showed it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jupyter_faas.serialization.estimators import class_name
from jupyter_faas.serialization.sklearn.rewriting import unfold_categories
from tests.serialization.conftest import Answering, Convert

Array = np.ndarray[Any, Any]
ROWS = 300


@pytest.fixture(scope="module")
def codes() -> Array:
    rng = np.random.default_rng(3)
    columns = [rng.normal(size=ROWS), rng.integers(0, 30, ROWS), rng.integers(0, 4, ROWS)]
    return np.column_stack(columns).astype(np.float64)


@pytest.fixture(scope="module")
def frame(codes: Array) -> pd.DataFrame:
    words = pd.Categorical([f"word {code:.0f}" for code in codes[:, 1]])
    frame = pd.DataFrame({"amount": codes[:, 0], "word": words, "other": codes[:, 2]})
    frame.loc[5:15, "word"] = np.nan
    frame.loc[20:30, "amount"] = np.nan
    return frame


def labels(codes: Array) -> Array:
    found: Array = ((codes[:, 1] % 3 == 0) ^ (codes[:, 0] > 0)).astype(int)
    return found


def odd(codes: Array) -> Array:
    """Unknown, fractional, negative, huge and missing categories."""
    rows: Array = codes[:9].copy()
    rows[:, 1] = [99, 3.5, -1, -0.5, 1e9, np.nan, 0, 29, 0.1]
    rows[6, 2], rows[7, 0] = np.nan, np.nan
    return rows


@pytest.mark.parametrize(
    "make",
    [
        lambda: HistGradientBoostingClassifier(max_iter=15, categorical_features=[1, 2]),
        lambda: HistGradientBoostingRegressor(max_iter=15, categorical_features=[1]),
        lambda: LGBMClassifier(
            n_estimators=15, n_jobs=1, verbose=-1, categorical_feature=[1, 2], min_data_per_group=1
        ),
        lambda: LGBMRegressor(
            n_estimators=15, n_jobs=1, verbose=-1, categorical_feature=[1], min_data_per_group=1
        ),
    ],
    ids=["hist", "hist regressor", "lightgbm", "lightgbm regressor"],
)
@pytest.mark.filterwarnings("ignore:categorical_feature keyword")
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_codes_of_categories_answer_alike(
    make: Callable[[], Any], codes: Array, convert_model: Convert, answering: Answering
) -> None:
    model = make()
    target = labels(codes) if hasattr(model, "predict_proba") else codes[:, 0] + codes[:, 1] % 5
    model.fit(codes, target)
    artifact = convert_model(model, codes)
    action_model = answering(artifact)
    method = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    for rows in (codes, odd(codes)):
        expected = getattr(model, method)(rows)
        np.testing.assert_allclose(
            getattr(action_model, method)(rows), expected, rtol=1e-12, atol=1e-12
        )
    assert artifact.facts.route == "exact"
    assert artifact.facts.class_name == type(model).__name__


def test_the_categories_of_a_frame_answer_alike(
    frame: pd.DataFrame, codes: Array, convert_model: Convert, answering: Answering
) -> None:
    model = HistGradientBoostingClassifier(max_iter=15).fit(frame, labels(codes))
    action_model = answering(convert_model(model, frame))
    rows = frame.astype({"word": object}).head(12).copy()
    rows["word"] = ["never seen", "", None, np.nan, *rows["word"][4:]]
    for asked in (frame, rows, rows[["other", "word", "amount"]]):
        expected = model.predict_proba(asked[["amount", "word", "other"]])
        np.testing.assert_allclose(
            action_model.predict_proba(asked), expected, rtol=1e-12, atol=1e-12
        )


def test_unfolding_changes_no_answer(frame: pd.DataFrame, codes: Array) -> None:
    model = HistGradientBoostingClassifier(max_iter=5).fit(frame, labels(codes))
    apart = unfold_categories(model)
    assert apart is not model
    assert class_name(apart) == "HistGradientBoostingClassifier"
    np.testing.assert_array_equal(apart.predict_proba(frame), model.predict_proba(frame))


def test_models_without_categories_stay_what_they_are(codes: Array) -> None:
    pipeline = make_pipeline(StandardScaler(), HistGradientBoostingClassifier(max_iter=2))
    pipeline.fit(codes, labels(codes))
    assert unfold_categories(pipeline) is pipeline
