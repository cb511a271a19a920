"""Cases that skl2onnx refuses, or answers differently in silence, and that ours convert."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC

from tests.serialization.matrix import datasets as rows
from tests.serialization.matrix.case import Case, Split

Make = Callable[[], Any]


def logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=1000)


def through(function: Any) -> Make:
    return lambda: make_pipeline(FunctionTransformer(function), Ridge())


def cases() -> Iterator[Case]:
    for on, models in _MODELS.items():
        for name, make in models.items():
            yield Case(name, make, on)


_LABELS: dict[str, Make] = {
    "FunctionTransformer(log1p)+LogisticRegression": lambda: make_pipeline(
        FunctionTransformer(np.log1p), logistic()
    ),
    "Calibrated isotonic(GaussianNB)": lambda: CalibratedClassifierCV(
        GaussianNB(), method="isotonic", cv=3
    ),
    "Calibrated isotonic(LinearSVC)": lambda: CalibratedClassifierCV(
        LinearSVC(), method="isotonic", cv=3
    ),
}
_TWO: dict[str, Make] = {
    "TunedThreshold(LogisticRegression)": lambda: TunedThresholdClassifierCV(
        make_pipeline(StandardScaler(), logistic()), cv=3
    ),
    "FixedThreshold(LogisticRegression)": lambda: FixedThresholdClassifier(
        make_pipeline(StandardScaler(), logistic()), threshold=0.3
    ),
    "Calibrated isotonic(RandomForest)": lambda: CalibratedClassifierCV(
        RandomForestClassifier(10), method="isotonic", cv=3
    ),
    "TunedThreshold(RandomForest)": lambda: TunedThresholdClassifierCV(
        RandomForestClassifier(10, random_state=0), cv=3
    ),
    "FixedThreshold(HistGradientBoosting)": lambda: FixedThresholdClassifier(
        HistGradientBoostingClassifier(max_iter=10), threshold=0.7, pos_label=0
    ),
}
_HOLES: dict[str, Make] = {
    "SimpleImputer with indicator+LogisticRegression": lambda: make_pipeline(
        SimpleImputer(add_indicator=True), StandardScaler(), logistic()
    ),
    "SimpleImputer with indicator+RandomForest": lambda: make_pipeline(
        SimpleImputer(add_indicator=True), RandomForestClassifier(10, random_state=0)
    ),
}
_CATEGORIES: dict[str, Make] = {
    "HistGradientBoosting on categories": lambda: HistGradientBoostingClassifier(
        max_iter=10, categorical_features=[0, 1]
    ),
    "GridSearchCV(HistGradientBoosting on categories)": lambda: GridSearchCV(
        HistGradientBoostingClassifier(categorical_features=[0]), {"max_iter": [5, 10]}, cv=3
    ),
}
_FUNCTIONS: dict[str, Make] = {
    f"FunctionTransformer({function.__name__})+Ridge": through(function)
    for function in (np.sqrt, np.square, np.expm1, np.log, np.abs, np.tanh)
}
_MODELS: dict[Callable[[], Split], dict[str, Make]] = {
    rows.iris: _LABELS,
    rows.cancer: _TWO,
    rows.holes: _HOLES,
    rows.cents_amount: _FUNCTIONS,
    rows.whole_positive: _CATEGORIES,
    rows.people_categories: {
        "HistGradientBoosting on a frame's categories": lambda: HistGradientBoostingClassifier(
            max_iter=10
        ),
    },
    rows.people_amount_categories: {
        "HistGradientBoostingRegressor on a frame's categories": (
            lambda: HistGradientBoostingRegressor(max_iter=10)
        ),
    },
}
