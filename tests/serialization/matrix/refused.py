"""Cases that MODELS.md knows to have no faithful ONNX form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lightgbm import LGBMClassifier
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import Birch
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.covariance import EllipticEnvelope
from sklearn.decomposition import NMF, FactorAnalysis, FastICA
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomTreesEmbedding,
)
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.impute import KNNImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.multioutput import ClassifierChain
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsTransformer,
    LocalOutlierFactor,
    NearestCentroid,
    RadiusNeighborsClassifier,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    PowerTransformer,
    SplineTransformer,
    StandardScaler,
)
from sklearn.semi_supervised import LabelPropagation
from sklearn.svm import LinearSVC

from tests.serialization.matrix import datasets as rows
from tests.serialization.matrix.case import Case, Split

Make = Callable[[], Any]


class OwnStep(BaseEstimator, TransformerMixin):  # type: ignore[misc]
    """A transformer of the notebook's."""

    def fit(self, rows: Any, targets: Any = None) -> OwnStep:
        self.n_features_in_ = rows.shape[1]
        return self

    def transform(self, rows: Any) -> Any:
        return rows * 2


class OwnModel(LogisticRegression):  # type: ignore[misc]
    """A subclass of the notebook's."""


def logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=1000)


def text(**options: Any) -> Make:
    return lambda: make_pipeline(TfidfVectorizer(**options), logistic())


def cases() -> Iterator[Case]:
    for on, models in _MODELS.items():
        for name, make in models.items():
            yield Case(name, make, on)


_LABELS: dict[str, Make] = {
    "own transformer+LogisticRegression": lambda: make_pipeline(OwnStep(), logistic()),
    "own subclass of LogisticRegression": lambda: OwnModel(max_iter=1000),
    "FunctionTransformer of its own+LogisticRegression": lambda: make_pipeline(
        FunctionTransformer(lambda rows: rows * 2), logistic()
    ),
    "DummyClassifier": DummyClassifier,
    "NearestCentroid": NearestCentroid,
    "LabelPropagation": LabelPropagation,
    "GaussianProcessClassifier": GaussianProcessClassifier,
    "RadiusNeighborsClassifier": lambda: RadiusNeighborsClassifier(3.0),
    "RandomTreesEmbedding": lambda: RandomTreesEmbedding(5),
    "Nystroem+LogisticRegression": lambda: make_pipeline(Nystroem(n_components=10), logistic()),
    "KNeighborsClassifier by distance": lambda: KNeighborsClassifier(weights="distance"),
    "KNeighborsTransformer": KNeighborsTransformer,
    "LocalOutlierFactor": lambda: LocalOutlierFactor(novelty=True),
    "EllipticEnvelope": lambda: EllipticEnvelope(random_state=0),
    "SplineTransformer": SplineTransformer,
    "FactorAnalysis": lambda: FactorAnalysis(2),
    "FastICA": lambda: FastICA(2, whiten="unit-variance", random_state=0),
    "NMF": lambda: NMF(2, max_iter=1000),
}
_HOLES: dict[str, Make] = {
    "KNNImputer+LogisticRegression": lambda: make_pipeline(
        KNNImputer(), StandardScaler(), logistic()
    ),
}
_AMOUNTS: dict[str, Make] = {
    "TransformedTarget(Ridge, powers)": lambda: TransformedTargetRegressor(
        Ridge(), transformer=PowerTransformer()
    ),
    "DummyRegressor": DummyRegressor,
    "KernelRidge": KernelRidge,
}
_TEXT: dict[str, Make] = {
    "Tfidf char": text(analyzer="char", ngram_range=(1, 3)),
    "Tfidf char_wb": text(analyzer="char_wb"),
    "Tfidf of alternatives": text(token_pattern="[a-z]+|[0-9]"),
    "Tfidf strip_accents": text(strip_accents="unicode"),
    "Tfidf stop words and pairs": text(stop_words="english", ngram_range=(1, 2)),
    "Tfidf own tokenizer": text(tokenizer=str.split, token_pattern=None),
    "Tfidf own preprocessor": text(preprocessor=str.upper),
    "HashingVectorizer": lambda: make_pipeline(HashingVectorizer(n_features=64), logistic()),
}
_MODELS: dict[Callable[[], Split], dict[str, Make]] = {
    rows.iris: _LABELS,
    rows.cancer: {
        "FixedThreshold of the score": lambda: FixedThresholdClassifier(
            LinearSVC(), threshold=0.3, response_method="decision_function"
        ),
    },
    rows.holes: _HOLES,
    rows.diabetes: _AMOUNTS,
    rows.reviews: _TEXT,
    rows.whole_positive: {
        "Calibrated(HistGradientBoosting on categories)": lambda: CalibratedClassifierCV(
            HistGradientBoostingClassifier(max_iter=5, categorical_features=[0, 1]), cv=3
        )
    },
    rows.people_categories: {
        "LGBMClassifier on a frame's categories": lambda: LGBMClassifier(
            n_estimators=5, n_jobs=1, verbose=-1
        )
    },
    rows.iris_once: {"Birch": lambda: Birch(n_clusters=3)},
    rows.two_labels: {
        "ClassifierChain(LogisticRegression)": lambda: ClassifierChain(logistic()),
    },
    rows.people: {
        "own step in columns": lambda: make_pipeline(
            make_column_transformer((OwnStep(), ["age", "fare"]), (OneHotEncoder(), ["sex"])),
            logistic(),
        )
    },
}
