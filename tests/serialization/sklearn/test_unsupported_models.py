from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomTreesEmbedding,
)
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfVectorizer,
)
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multioutput import ClassifierChain
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsTransformer,
    LocalOutlierFactor,
    RadiusNeighborsClassifier,
)
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    LabelEncoder,
    PowerTransformer,
    StandardScaler,
)
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from jupyter_faas.errors import ConversionError, ParityError
from jupyter_faas.serialization.sklearn.unsupported_models import check_fitted, check_supported
from tests.serialization.conftest import Answering, Convert
from tests.serialization.helpers import data

Make = Callable[[], Any]
REPLACE = "Use an estimator that has an ONNX form. docs/models.md lists the estimators without one"


class Doubler(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    def fit(self, rows: Any, labels: Any = None) -> Doubler:
        self.fitted_ = True
        return self

    def transform(self, rows: Any) -> Any:
        return rows * 2


class Mine(LogisticRegression):  # type: ignore[misc]  # scikit-learn has no types
    pass


def on_iris(make: Make) -> Make:
    return lambda: make().fit(*data.iris())


def on_halves(make: Make) -> Make:
    return lambda: make().fit(data.iris()[0][:100], data.iris()[1][:100])


def on_text(vectorizer: Any) -> Make:
    return lambda: make_pipeline(vectorizer, LogisticRegression()).fit(*data.reviews())


NO_FORM = "has no ONNX form"
NOT_RUNNING = "This model has no working ONNX form"
NEIGHBOURS = "ONNX breaks ties between equally distant neighbours differently"
CALIBRATION = "Only sigmoid and isotonic calibration of scikit-learn classifiers can be converted"

REFUSED: dict[str, tuple[Make, str, str]] = {
    "class of the notebook": (
        on_iris(lambda: make_pipeline(Doubler(), LogisticRegression(max_iter=1000))),
        rf"Step 'doubler' \(Doubler\) {NO_FORM}\.",
        REPLACE,
    ),
    "subclass": (
        on_iris(lambda: Mine(max_iter=1000)),
        rf"Step 'model' \(Mine\) {NO_FORM}\.",
        REPLACE,
    ),
    "function": (
        on_iris(
            lambda: make_pipeline(FunctionTransformer(np.cbrt), LogisticRegression(max_iter=1000))
        ),
        rf"Step 'functiontransformer' \(FunctionTransformer, func=cbrt\) {NO_FORM}\.",
        REPLACE,
    ),
    "transformed target": (
        on_iris(lambda: TransformedTargetRegressor(Ridge(), transformer=PowerTransformer())),
        rf"\(TransformedTargetRegressor, transformer=PowerTransformer\) {NO_FORM}\.",
        REPLACE,
    ),
    "dummy": (on_iris(DummyClassifier), rf"\(DummyClassifier\) {NO_FORM}\.", REPLACE),
    "kernel ridge": (on_iris(KernelRidge), rf"\(KernelRidge\) {NO_FORM}\.", REPLACE),
    "chain": (
        lambda: ClassifierChain(LogisticRegression(max_iter=1000)).fit(
            data.iris()[0], np.column_stack([data.iris()[1] > 0, data.iris()[1] > 1])
        ),
        rf"\(ClassifierChain\) {NO_FORM}\.",
        REPLACE,
    ),
    "hashed text": (
        on_text(HashingVectorizer()),
        rf"\(HashingVectorizer\) {NO_FORM}\.",
        REPLACE,
    ),
    "indicator of missing": (
        lambda: SimpleImputer(strategy="most_frequent", add_indicator=True).fit(
            np.array([["a"], [np.nan], ["a"]], dtype=object)
        ),
        rf"\(SimpleImputer, add_indicator=True\) {NO_FORM}\.",
        REPLACE,
    ),
    "labels": (
        lambda: LabelEncoder().fit(["a", "b"]),
        rf"\(LabelEncoder, which reads labels\) {NO_FORM}\.",
        REPLACE,
    ),
    "dictionaries": (
        lambda: DictVectorizer().fit([{"a": 1}]),
        rf"\(DictVectorizer, which reads dictionaries\) {NO_FORM}\.",
        REPLACE,
    ),
    "tuned threshold": (
        on_halves(
            lambda: TunedThresholdClassifierCV(
                LogisticRegression(), response_method="decision_function"
            )
        ),
        "The decision threshold would be lost: ONNX would return the argmax",
        r"Deploy the inner classifier and apply the threshold -?[0-9.]+ in the function\.",
    ),
    "fixed threshold": (
        on_halves(lambda: FixedThresholdClassifier(LinearSVC(), threshold=0.3)),
        "The decision threshold would be lost: ONNX would return the argmax",
        r"Deploy the inner classifier and apply the threshold 0\.3 in the function\.",
    ),
    "native categories": (
        lambda: CalibratedClassifierCV(
            HistGradientBoostingClassifier(max_iter=2, categorical_features=[0]), cv=3
        ).fit(np.floor(data.iris()[0]), data.iris()[1]),
        r"Splits on categories are lost in the conversion \(in a test, 118 of 400 labels changed",
        "Put an OrdinalEncoder or a OneHotEncoder in the pipeline, and fit the model without",
    ),
    "temperature calibration": (
        on_iris(lambda: CalibratedClassifierCV(GaussianNB(), method="temperature")),
        CALIBRATION,
        "method='sigmoid'",
    ),
    "calibration of another library": (
        on_iris(lambda: CalibratedClassifierCV(Mine(max_iter=1000))),
        CALIBRATION,
        "method='sigmoid'",
    ),
    "neighbours by distance": (
        on_iris(lambda: KNeighborsClassifier(weights="distance")),
        rf"{NEIGHBOURS}: step 'model' \(KNeighborsClassifier, weights='distance'\)",
        "weights='uniform'",
    ),
    "local outliers": (on_iris(lambda: LocalOutlierFactor(novelty=True)), NEIGHBOURS, "neighbours"),
    "imputed by neighbours": (on_iris(KNNImputer), rf"{NEIGHBOURS}: .*KNNImputer", "neighbours"),
    "neighbours as features": (on_iris(KNeighborsTransformer), NEIGHBOURS, "neighbours"),
    "gaussian process": (on_iris(GaussianProcessClassifier), NOT_RUNNING, REPLACE),
    "neighbours in a radius": (
        on_iris(lambda: RadiusNeighborsClassifier(2.0)),
        NOT_RUNNING,
        REPLACE,
    ),
    "embedded trees": (on_iris(lambda: RandomTreesEmbedding(2)), NOT_RUNNING, REPLACE),
    "search without a model": (
        on_iris(lambda: GridSearchCV(Ridge(), {"alpha": [1.0]}, refit=False)),
        r"'model' \(GridSearchCV\) does not contain a fitted model",
        "refit=True",
    ),
    "labels that are dates": (
        lambda: DecisionTreeClassifier().fit([[0.0], [1.0]], np.array(["2020", "2021"], "M8[Y]")),
        r"'model' has labels of type date, which ONNX cannot store",
        "strings or whole numbers",
    ),
    "not fitted": (
        lambda: make_pipeline(StandardScaler(), LogisticRegression()),
        r"'model' \(Pipeline\) is not fitted\.",
        "Run the cell that fits it",
    ),
    "stop words with n-grams": (
        on_text(CountVectorizer(stop_words="english", ngram_range=(1, 2))),
        r"The option stop_words \(with n-grams\) of a text step cannot be converted",
        "countvectorizer",
    ),
    "characters": (
        on_text(CountVectorizer(analyzer="char")),
        "The option analyzer='char' of a text step cannot be converted",
        r"Fit step .* without",
    ),
    "characters in words": (
        on_text(CountVectorizer(analyzer="char_wb")),
        "The option analyzer='char_wb' of a text step cannot be converted",
        r"Fit step .* without",
    ),
    "own tokenizer": (
        on_text(CountVectorizer(tokenizer=str.split, token_pattern=None)),
        "The option tokenizer of a text step cannot be converted",
        r"Fit step .* without",
    ),
    "own preprocessor": (
        on_text(CountVectorizer(preprocessor=str.lower)),
        "The option preprocessor of a text step cannot be converted",
        r"Fit step .* without",
    ),
    "accents": (
        on_text(TfidfVectorizer(strip_accents="unicode")),
        "The option strip_accents of a text step cannot be converted",
        r"Fit step .* without",
    ),
    "token pattern": (
        on_text(TfidfVectorizer(token_pattern="[a-z]+|[0-9]")),
        "The option token_pattern of a text step cannot be converted",
        r"Fit step .* without",
    ),
}


@pytest.mark.parametrize(("make", "message", "hint"), REFUSED.values(), ids=REFUSED.keys())
def test_model_without_a_faithful_form_is_refused(
    make: Make, message: str, hint: str, convert_model: Convert
) -> None:
    with pytest.raises(ConversionError, match=message) as refused:
        convert_model(make(), data.iris()[0])
    assert not isinstance(refused.value, ParityError)
    assert re.search(hint, refused.value.hint)


@pytest.mark.parametrize(
    ("make", "skops_options"),
    [
        (on_iris(DummyClassifier), "--model-format skops"),
        (
            on_iris(lambda: Mine(max_iter=1000)),
            "--model-format skops",
        ),
        (on_iris(lambda: make_pipeline(FunctionTransformer(lambda rows: rows))), None),
        (on_text(CountVectorizer(tokenizer=str.split, token_pattern=None)), None),
        (lambda: DummyClassifier(), None),
    ],
    ids=[
        "works",
        "a type outside scikit-learn",
        "lambda",
        "method of a built-in type",
        "not fitted",
    ],
)
def test_estimator_itself_is_named_as_the_way_out_only_where_it_is_one(
    make: Make, skops_options: str | None, convert_model: Convert
) -> None:
    text = "countvectorizer" in repr(make()).lower()
    with pytest.raises(ConversionError) as refused:
        convert_model(make(), data.reviews()[0] if text else data.iris()[0])
    last = refused.value.hint.splitlines()[-1]
    if skops_options is None:
        assert "skops" not in refused.value.hint
    else:
        assert last == f"Or package the estimator itself: {skops_options}"


def test_what_is_allowed_passes() -> None:
    rows, labels = data.iris()
    identity = make_pipeline(FunctionTransformer(), CalibratedClassifierCV(GaussianNB()))
    check_supported("model", identity.fit(rows, labels))
    check_supported("model", KNeighborsClassifier().fit(rows, labels))


def test_forest_of_several_outputs_keeps_the_sides_of_missing_values(
    convert_model: Convert, answering: Answering
) -> None:
    random = np.random.default_rng(0)
    rows = random.integers(0, 8, (60, 2)).astype(float)
    labels = (rows[:, 0] > 3).astype(int)
    rows[random.random((60, 2)) < 0.3] = np.nan
    model = RandomForestClassifier(5, random_state=0).fit(rows, np.column_stack([labels, labels]))
    made = convert_model(model, rows)
    assert made.facts.route == "exact"
    assert np.array_equal(answering(made).predict(rows), model.predict(rows))


class Length(BaseEstimator, TransformerMixin):  # type: ignore[misc]  # scikit-learn has no types
    """A transformer that learns nothing, which scikit-learn takes for unfitted."""

    def fit(self, rows: Any, labels: Any = None) -> Length:
        return self

    def transform(self, rows: Any) -> Any:
        return np.array([[len(row)] for row in rows])


def test_a_step_that_learns_nothing_is_not_taken_for_unfitted() -> None:
    texts, _ = data.reviews()
    union = FeatureUnion([("words", CountVectorizer()), ("length", Length())])
    with pytest.raises(ConversionError, match="is not fitted"):
        check_fitted("model", union)
    check_fitted("model", union.fit(texts))
