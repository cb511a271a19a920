"""Cases on data frames and on text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import BernoulliNB, ComplementNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder
from sklearn.svm import SVC, LinearSVC

from tests.serialization.matrix import datasets as rows
from tests.serialization.matrix.case import Case, Split

Make = Callable[[], Any]
NUMBERS = ["age", "fare", "cabins"]
WORDS = ["sex", "port"]


def columns(numbers: Any, words: Any, model: Any, **options: Any) -> Make:
    """``numbers`` and ``words`` transform those columns of the frame, before ``model``."""
    return lambda: make_pipeline(
        make_column_transformer((numbers, NUMBERS), (words, WORDS), **options), model
    )


def forest() -> RandomForestClassifier:
    return RandomForestClassifier(20, random_state=0)


def hist() -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(max_iter=20, random_state=0)


def imputed() -> Any:
    return make_pipeline(SimpleImputer(), StandardScaler())


def logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=1000)


def onehot(**options: Any) -> OneHotEncoder:
    return OneHotEncoder(**{"handle_unknown": "ignore", **options})


def ordinal() -> OrdinalEncoder:
    return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)


def cases() -> Iterator[Case]:
    for on, models in _MODELS.items():
        for name, make in models.items():
            yield Case(f"{on.__name__.replace('_', ' ')}: {name}", make, on)


_FRAMES: dict[str, Make] = {
    "impute+scale / onehot, LogisticRegression": columns(imputed(), onehot(), logistic()),
    "impute+scale / onehot, RandomForest": columns(imputed(), onehot(), forest()),
    "impute+scale / onehot, HistGradientBoosting": columns(
        imputed(), onehot(sparse_output=False), hist()
    ),
    "impute+scale / ordinal, RandomForest": columns(imputed(), ordinal(), forest()),
    "passthrough / ordinal, HistGradientBoosting": columns("passthrough", ordinal(), hist()),
    "scale / onehot drop first, LogisticRegression": columns(
        StandardScaler(), OneHotEncoder(drop="first"), logistic()
    ),
    "scale / onehot error, LogisticRegression": columns(
        StandardScaler(), OneHotEncoder(handle_unknown="error"), logistic()
    ),
    "scale / onehot infrequent, LogisticRegression": columns(
        StandardScaler(),
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=150),
        logistic(),
    ),
    "scale / target encoder, RandomForest": columns(StandardScaler(), TargetEncoder(), forest()),
    "scale / onehot, SVC": columns(StandardScaler(), onehot(), SVC()),
    "by type, LogisticRegression": lambda: make_pipeline(
        make_column_transformer(
            (StandardScaler(), make_column_selector(dtype_include="number")),
            (onehot(), WORDS),
        ),
        logistic(),
    ),
    "GridSearchCV(impute+scale / onehot, RandomForest)": lambda: GridSearchCV(
        columns(imputed(), onehot(), forest())(), {}, cv=3
    ),
    "set_output pandas, LogisticRegression": lambda: make_pipeline(
        make_column_transformer(
            (StandardScaler(), NUMBERS), (onehot(sparse_output=False), WORDS)
        ).set_output(transform="pandas"),
        logistic(),
    ),
}
_HOLES: dict[str, Make] = {
    "impute+scale / onehot, LogisticRegression": columns(imputed(), onehot(), logistic()),
    "impute+scale / most frequent+onehot, LogisticRegression": columns(
        imputed(),
        make_pipeline(SimpleImputer(strategy="most_frequent"), onehot()),
        logistic(),
    ),
    "impute+scale / constant+onehot, RandomForest": columns(
        imputed(),
        make_pipeline(SimpleImputer(strategy="constant", fill_value="?"), onehot()),
        forest(),
    ),
}
_AMOUNTS: dict[str, Make] = {
    "scale / onehot, Ridge": columns(StandardScaler(), onehot(), Ridge()),
    "passthrough / drop, GradientBoosting": lambda: make_pipeline(
        make_column_transformer(("passthrough", NUMBERS), remainder="drop"),
        GradientBoostingRegressor(n_estimators=20),
    ),
}
_TEXT: dict[str, Make] = {
    "Tfidf+LogisticRegression": lambda: make_pipeline(TfidfVectorizer(), logistic()),
    "Tfidf without lowering+LogisticRegression": lambda: make_pipeline(
        TfidfVectorizer(lowercase=False), logistic()
    ),
    "Tfidf(1-2)+LinearSVC": lambda: make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LinearSVC()),
    "Tfidf+SGDClassifier": lambda: make_pipeline(TfidfVectorizer(), SGDClassifier(random_state=0)),
    "Count+MultinomialNB": lambda: make_pipeline(CountVectorizer(), MultinomialNB()),
    "Count binary+BernoulliNB": lambda: make_pipeline(CountVectorizer(binary=True), BernoulliNB()),
    "Count+TfidfTransformer+ComplementNB": lambda: make_pipeline(
        CountVectorizer(), TfidfTransformer(), ComplementNB()
    ),
    "Tfidf+TruncatedSVD+RandomForest": lambda: make_pipeline(
        TfidfVectorizer(), TruncatedSVD(5, random_state=0), forest()
    ),
}
_NOTES: dict[str, Make] = {
    "Tfidf of a column and numbers, LogisticRegression": lambda: make_pipeline(
        make_column_transformer((TfidfVectorizer(), "text"), (StandardScaler(), ["stars"])),
        logistic(),
    )
}
_MODELS: dict[Callable[[], Split], dict[str, Make]] = {
    rows.people: _FRAMES,
    rows.people_with_holes: _HOLES,
    rows.people_amount: _AMOUNTS,
    rows.numbers_only: {
        "RandomForest on a frame": forest,
        "scaled LogisticRegression on a frame": lambda: make_pipeline(StandardScaler(), logistic()),
    },
    rows.reviews: _TEXT,
    rows.notes: _NOTES,
}
