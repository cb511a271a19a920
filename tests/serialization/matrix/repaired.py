"""Cases that skl2onnx refuses, or answers differently in silence, and that ours convert."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.serialization.matrix import datasets as rows
from tests.serialization.matrix.case import Case, Split

Make = Callable[[], Any]


def logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=1000)


def through(function: Any) -> Make:
    return lambda: make_pipeline(FunctionTransformer(function), Ridge())


def forest() -> RandomForestClassifier:
    return RandomForestClassifier(20, random_state=0)


def street(encoder: Any, model: Any = None, floor: Any = "passthrough") -> Make:
    """``encoder`` transforms the column of streets, and ``floor`` that of floors."""
    return lambda: make_pipeline(
        make_column_transformer(
            (encoder, ["street"]), (floor, ["floor"]), ("passthrough", ["area"])
        ),
        logistic() if model is None else model,
    )


def target(model: Any, transformer: Any = None, **functions: Any) -> Make:
    return lambda: TransformedTargetRegressor(model, transformer=transformer, **functions)


def words(pattern: str, **options: Any) -> Make:
    return lambda: make_pipeline(TfidfVectorizer(token_pattern=pattern, **options), logistic())


def cases() -> Iterator[Case]:
    for on, models in _MODELS.items():
        for name, make in models.items():
            yield Case(name, make, on)


_LABELS: dict[str, Make] = {
    "FunctionTransformer(log1p)+LogisticRegression": lambda: make_pipeline(
        FunctionTransformer(np.log1p), logistic()
    ),
    "KBinsDiscretizer onehot+LogisticRegression": lambda: make_pipeline(
        KBinsDiscretizer(quantile_method="averaged_inverted_cdf"), logistic()
    ),
    "KBinsDiscretizer onehot-dense+RandomForest": lambda: make_pipeline(
        KBinsDiscretizer(encode="onehot-dense", strategy="uniform"), forest()
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
_LOG: dict[str, Any] = {"func": np.log1p, "inverse_func": np.expm1}
_STREETS: dict[str, Make] = {
    "onehot infrequent": street(
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20)
    ),
    "onehot infrequent, forest": street(
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=0.05), forest()
    ),
    "onehot infrequent, ignore": street(OneHotEncoder(handle_unknown="ignore", max_categories=5)),
    "onehot infrequent, drop": street(
        OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=5, drop="first")
    ),
    "onehot infrequent, error": street(OneHotEncoder(min_frequency=20)),
    "onehot of floors infrequent": street(
        OneHotEncoder(handle_unknown="ignore"),
        floor=OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=60),
    ),
    "onehot of computed floors": street(
        OneHotEncoder(handle_unknown="ignore"),
        floor=make_pipeline(SimpleImputer(strategy="median"), OneHotEncoder()),
    ),
    "ordinal infrequent": street(
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, min_frequency=20)
    ),
    "ordinal infrequent, hist": street(
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=6),
        HistGradientBoostingClassifier(max_iter=10),
    ),
}
_STREETS_WITH_HOLES: dict[str, Make] = {
    "onehot infrequent": street(
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20),
        floor=make_pipeline(
            SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
        ),
    ),
    "ordinal infrequent": street(
        OrdinalEncoder(
            handle_unknown="use_encoded_value",
            unknown_value=-1,
            encoded_missing_value=-2,
            min_frequency=20,
        ),
        HistGradientBoostingClassifier(max_iter=10),
    ),
    "ordinal with a code for missing": street(
        OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
        ),
        HistGradientBoostingClassifier(max_iter=10),
    ),
}
_TARGETS: dict[str, Make] = {
    "TransformedTarget(Ridge)": target(Ridge(), **_LOG),
    "TransformedTarget(RandomForest, log)": target(
        RandomForestRegressor(20, random_state=0), func=np.log, inverse_func=np.exp
    ),
    "TransformedTarget(scaler+MLP, StandardScaler)": target(
        make_pipeline(
            StandardScaler(), MLPRegressor(hidden_layer_sizes=(10,), max_iter=300, random_state=0)
        ),
        StandardScaler(),
    ),
    "TransformedTarget(Ridge, MinMaxScaler)": target(Ridge(), MinMaxScaler((1, 2))),
    "TransformedTarget(Ridge, RobustScaler)": target(Ridge(), RobustScaler()),
    "TransformedTarget(Ridge, nothing)": target(Ridge()),
    "GridSearchCV(TransformedTarget(Ridge))": lambda: GridSearchCV(
        target(Ridge(), **_LOG)(), {"regressor__alpha": [0.1, 1.0]}, cv=3
    ),
    "StandardScaler+TransformedTarget(Ridge)": lambda: make_pipeline(
        StandardScaler(), target(Ridge(), **_LOG)()
    ),
}
_PATTERNS: dict[str, Make] = {
    "Tfidf of word characters": words(r"\w+"),
    "Tfidf of word characters, pairs": words(r"\w{1,}", ngram_range=(1, 2)),
    "Tfidf of ASCII letters": words("[a-zA-Z]+"),
    "Tfidf of whole words of three letters": words(r"(?u)\b[a-zA-Z]{3,}\b"),
    "Tfidf of letters of every script": words(r"\b[^\d\W]+\b"),
    "Tfidf of all but spaces": words(r"\S+", lowercase=False),
    "Tfidf sublinear": words(r"(?u)\b\w\w+\b", sublinear_tf=True),
    "Tfidf sublinear, pairs, l1": words(
        r"(?u)\b\w\w+\b", sublinear_tf=True, ngram_range=(1, 2), norm="l1", min_df=2
    ),
    "Count of a group, pairs": lambda: make_pipeline(
        CountVectorizer(token_pattern=r"\b(\w+)\b", ngram_range=(1, 2)), logistic()
    ),
}
_TWO_OUTPUTS: dict[str, Make] = {
    "RandomForest of two outputs": forest,
    "ExtraTrees of two outputs": lambda: ExtraTreesClassifier(20, random_state=0),
    "DecisionTree of two outputs": lambda: DecisionTreeClassifier(random_state=0),
    "StandardScaler+RandomForest of two outputs": lambda: make_pipeline(StandardScaler(), forest()),
}
_TWO_AMOUNTS: dict[str, Make] = {
    "ExtraTreesRegressor of two outputs": lambda: ExtraTreesRegressor(20, random_state=0),
    "DecisionTreeRegressor of two outputs": lambda: DecisionTreeRegressor(max_depth=6),
    "StandardScaler+MLPRegressor of two outputs": lambda: make_pipeline(
        StandardScaler(), MLPRegressor(hidden_layer_sizes=(10,), max_iter=300, random_state=0)
    ),
    "TransformedTarget of two outputs": target(Ridge(), **_LOG),
}
_MODELS: dict[Callable[[], Split], dict[str, Make]] = {
    rows.homes: {f"homes: {name}": make for name, make in _STREETS.items()},
    rows.homes_with_holes: {
        f"homes with holes: {name}": make for name, make in _STREETS_WITH_HOLES.items()
    },
    rows.homes_price: {
        "homes: TransformedTarget of columns": target(
            street(OneHotEncoder(handle_unknown="ignore"), Ridge())(), **_LOG
        )
    },
    rows.notes_by_street: {
        "Tfidf and onehot infrequent": lambda: make_pipeline(
            make_column_transformer(
                (TfidfVectorizer(), "text"),
                (OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20), ["street"]),
                (StandardScaler(), ["stars"]),
            ),
            logistic(),
        )
    },
    rows.diabetes: _TARGETS,
    rows.reviews: _PATTERNS,
    rows.two_labels: _TWO_OUTPUTS,
    rows.two_words: {"RandomForest of two outputs of words": forest},
    rows.two_targets: _TWO_AMOUNTS,
    rows.two_truths: {
        "MLP of several labels": lambda: MLPClassifier((5,), max_iter=300, random_state=0),
        "OneVsRest of several labels": lambda: OneVsRestClassifier(logistic()),
    },
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
