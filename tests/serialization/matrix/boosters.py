"""Cases of LightGBM and XGBoost, alone and in scikit-learn's company."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from xgboost import XGBClassifier, XGBRegressor, XGBRFClassifier

from tests.serialization.matrix import datasets as rows
from tests.serialization.matrix.case import Case, Split

Make = Callable[[], Any]


def light(**options: Any) -> LGBMClassifier:
    return LGBMClassifier(n_estimators=20, n_jobs=1, verbose=-1, **options)


def light_amount(**options: Any) -> LGBMRegressor:
    return LGBMRegressor(n_estimators=20, n_jobs=1, verbose=-1, **options)


def extreme(**options: Any) -> XGBClassifier:
    return XGBClassifier(n_estimators=20, n_jobs=1, **options)


def extreme_amount(**options: Any) -> XGBRegressor:
    return XGBRegressor(n_estimators=20, n_jobs=1, **options)


def scaled(model: Any) -> Make:
    return lambda: make_pipeline(StandardScaler(), model)


def columns(model: Any) -> Make:
    return lambda: make_pipeline(
        make_column_transformer(
            (StandardScaler(), ["age", "fare", "cabins"]),
            (OneHotEncoder(handle_unknown="ignore"), ["sex", "port"]),
            sparse_threshold=0,
        ),
        model,
    )


def cases() -> Iterator[Case]:
    for on, models in _MODELS.items():
        for name, make in models.items():
            yield Case(f"{on.__name__.replace('_', ' ')}: {name}", make, on)


_BOTH: dict[str, Make] = {"LGBMClassifier": light, "XGBClassifier": extreme}
_AMOUNTS: dict[str, Make] = {"LGBMRegressor": light_amount, "XGBRegressor": extreme_amount}
_AROUND: dict[str, Make] = {
    "LGBMClassifier dart": lambda: light(boosting_type="dart"),
    "LGBMClassifier forest": lambda: light(
        boosting_type="rf", bagging_freq=1, bagging_fraction=0.6
    ),
    "LGBMClassifier zero_as_missing": lambda: light(zero_as_missing=True),
    "Calibrated sigmoid(LGBMClassifier)": lambda: CalibratedClassifierCV(light(), cv=3),
    "Stacking(LGBMClassifier, logistic)": lambda: StackingClassifier(
        [("g", light()), ("l", make_pipeline(StandardScaler(), LogisticRegression()))], cv=3
    ),
    "GridSearchCV(LGBMClassifier)": lambda: GridSearchCV(light(), {"num_leaves": [7, 15]}, cv=3),
    "XGBClassifier dart": lambda: extreme(booster="dart"),
    "XGBClassifier gblinear": lambda: extreme(booster="gblinear"),
    "XGBRFClassifier": lambda: XGBRFClassifier(n_estimators=20, n_jobs=1),
    "Calibrated sigmoid(XGBClassifier)": lambda: CalibratedClassifierCV(extreme(), cv=3),
    "GridSearchCV(XGBClassifier)": lambda: GridSearchCV(extreme(), {"max_depth": [2, 3]}, cv=3),
}
_LOGS: dict[str, Make] = {
    "LGBMRegressor poisson": lambda: light_amount(objective="poisson"),
    "LGBMRegressor mean deviation": lambda: light_amount(objective="regression_l1"),
    "XGBRegressor poisson": lambda: extreme_amount(objective="count:poisson"),
}
_MODELS: dict[Callable[[], Split], dict[str, Make]] = {
    rows.iris: {
        **_BOTH,
        "LGBMClassifier one against the others": lambda: light(objective="multiclassova"),
    },
    rows.cents: {
        **_BOTH,
        "StandardScaler+LGBMClassifier": scaled(light()),
        "StandardScaler+XGBClassifier": scaled(extreme()),
    },
    rows.large: _BOTH,
    rows.holes: _BOTH,
    rows.species: {"LGBMClassifier": light},
    rows.people: {"columns, LGBMClassifier": columns(light())},
    rows.people_codes: {"columns, XGBClassifier": columns(extreme())},
    rows.cancer: _AROUND,
    rows.whole_positive: {
        "LGBMClassifier on categories": lambda: make_pipeline(
            light(categorical_feature=[0, 1], min_data_per_group=1)
        )
    },
    rows.cents_amount: {**_AMOUNTS, **_LOGS},
    rows.holes_amount: _AMOUNTS,
}
