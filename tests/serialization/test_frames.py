"""Models that read data frames, strings and documents: the whole way, on mixed columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder
from sklearn.svm import LinearSVC

from jupyter_faas.errors import ConversionError
from tests.serialization.conftest import Answering, Convert
from tests.serialization.helpers import data

NUMBERS, NAMES = ["age", "fare"], ["sex", "port"]
ENCODED = OneHotEncoder(handle_unknown="ignore")


def columns(*parts: Any, **options: Any) -> ColumnTransformer:
    return ColumnTransformer(list(parts), **options)


def logistic(*parts: Any) -> Any:
    return make_pipeline(columns(*parts), LogisticRegression(max_iter=1000))


SCALED = ("numbers", StandardScaler(), NUMBERS)
IMPUTED = ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS)

FRAMES: dict[str, tuple[Callable[[], Any], bool]] = {
    "scaled and encoded": (lambda: logistic(SCALED, ("names", ENCODED, NAMES)), False),
    "whole numbers and truth values encoded": (
        lambda: logistic(SCALED, ("names", ENCODED, [*NAMES, "cabins", "crew"])),
        False,
    ),
    "encoder that drops the first": (
        lambda: logistic(SCALED, ("names", OneHotEncoder(drop="first"), NAMES)),
        False,
    ),
    "missing is a category of its own": (
        lambda: logistic(IMPUTED, ("names", ENCODED, NAMES)),
        True,
    ),
    "missing becomes the most frequent": (
        lambda: logistic(
            IMPUTED,
            ("names", make_pipeline(SimpleImputer(strategy="most_frequent"), ENCODED), NAMES),
        ),
        True,
    ),
    "missing becomes a word": (
        lambda: logistic(
            IMPUTED,
            (
                "names",
                make_pipeline(SimpleImputer(strategy="constant", fill_value="none"), ENCODED),
                NAMES,
            ),
        ),
        True,
    ),
    "target encoded": (
        lambda: logistic(SCALED, ("names", TargetEncoder(), NAMES)),
        False,
    ),
    "boosted": (
        lambda: make_pipeline(
            columns(SCALED, ("names", ENCODED, NAMES)),
            GradientBoostingClassifier(n_estimators=10, random_state=0),
        ),
        False,
    ),
    "forest on ordinals": (
        lambda: make_pipeline(
            columns(
                ("numbers", "passthrough", NUMBERS),
                (
                    "names",
                    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
                    NAMES,
                ),
            ),
            RandomForestClassifier(11, min_samples_leaf=5, random_state=0),
        ),
        False,
    ),
    "searched": (
        lambda: GridSearchCV(
            logistic(SCALED, ("names", ENCODED, NAMES)), {"logisticregression__C": [0.1, 1.0]}
        ),
        False,
    ),
}


@pytest.mark.parametrize(("make", "missing"), FRAMES.values(), ids=FRAMES.keys())
def test_frame_model_agrees_in_any_order_of_columns(
    make: Callable[[], Any], missing: bool, convert_model: Convert, answering: Answering
) -> None:
    frame, labels = data.passengers(missing=missing)
    model = make().fit(frame, labels)
    artifact = convert_model(model, frame)
    action_model = answering(artifact)
    turned = frame[frame.columns[::-1]]
    assert artifact.parity.ok
    assert (action_model.predict(turned) == model.predict(frame)).all()
    np.testing.assert_allclose(
        action_model.predict_proba(turned), model.predict_proba(frame), atol=1e-5
    )
    assert action_model.feature_names_in_.tolist() == list(frame.columns)


@pytest.fixture(scope="module")
def simple() -> Any:
    """A model of scaled numbers and encoded names."""
    return logistic(SCALED, ("names", ENCODED, NAMES)).fit(*data.passengers())


@pytest.fixture(scope="module")
def action_model(simple: Any, convert_model: Convert, answering: Answering) -> Any:
    return answering(convert_model(simple, data.passengers()[0]))


def test_rows_without_names_are_refused_as_the_original_refuses_them(
    simple: Any, action_model: Any
) -> None:
    rows = data.passengers()[0].head(20).to_numpy(dtype=object).tolist()
    with pytest.raises(ValueError, match="only supported for dataframes"):
        simple.predict(rows)
    with pytest.raises(ValueError, match="selects columns by name: pass a pandas DataFrame"):
        action_model.predict(rows)


def test_missing_and_extra_columns(action_model: Any) -> None:
    frame, _ = data.passengers()
    with pytest.raises(ValueError, match="X lacks the column 'sex'"):
        action_model.predict(frame.drop(columns="sex"))
    assert action_model.predict(frame.assign(more=1)).shape == (len(frame),)


@pytest.fixture(scope="module")
def filling() -> Any:
    """A model that knows missing values as a category."""
    return logistic(IMPUTED, ("names", ENCODED, NAMES)).fit(*data.passengers(missing=True))


@pytest.fixture(scope="module")
def filling_standin(filling: Any, convert_model: Convert, answering: Answering) -> Any:
    return answering(convert_model(filling, data.passengers(missing=True)[0]))


@pytest.mark.parametrize("value", ["nowhere", "", None, float("nan"), 5], ids=repr)
def test_odd_text_is_answered_as_the_original_answers_it(
    value: object, filling: Any, filling_standin: Any
) -> None:
    row = data.passengers(missing=True)[0].head(1)
    row["port"] = pd.Series([value], dtype=object)
    np.testing.assert_allclose(
        filling_standin.predict_proba(row), filling.predict_proba(row), atol=1e-5
    )


def test_missing_value_of_pandas_is_nan(filling_standin: Any) -> None:
    row = data.passengers(missing=True)[0].head(1)
    spelled = [
        filling_standin.predict_proba(row.assign(port=pd.Series([value], dtype=object)))
        for value in (pd.NA, float("nan"), "Q")
    ]
    assert (spelled[0] == spelled[1]).all()
    assert (spelled[0] != spelled[2]).any()


def test_unknown_category_is_refused_where_the_encoder_refuses_it(
    convert_model: Convert, answering: Answering
) -> None:
    frame, labels = data.passengers()
    model = make_pipeline(columns(("names", OrdinalEncoder(), NAMES)), Ridge())
    model.fit(frame, labels == "yes")
    action_model = answering(convert_model(model, frame))
    with pytest.raises(ValueError, match=r"Found unknown categories \['nowhere'\] in column 3"):
        action_model.predict(frame.head(1).assign(port="nowhere"))


def test_inputs_are_told_by_kind(convert_model: Convert) -> None:
    frame, labels = data.passengers()
    model = logistic(SCALED, ("names", ENCODED, [*NAMES, "cabins"])).fit(frame, labels)
    facts = convert_model(model, frame).facts
    assert facts.inputs == "6 inputs: 3 float64, 1 int64, 2 text"
    assert facts.class_name == "Pipeline(ColumnTransformer, LogisticRegression)"


def test_numeric_frame_straight_into_a_model_is_one_tensor(
    convert_model: Convert, answering: Answering
) -> None:
    frame, labels = data.passengers()
    numbers = frame[["age", "fare", "cabins", "crew"]]
    model = LogisticRegression(max_iter=1000).fit(numbers, labels)
    artifact = convert_model(model, frame)
    action_model = answering(artifact)
    assert artifact.facts.inputs == "4 inputs, float64"
    assert (action_model.predict(numbers) == model.predict(numbers)).all()
    turned = numbers[numbers.columns[::-1]]
    with pytest.raises(ValueError, match="The feature names should match"):
        model.predict(turned)
    with pytest.raises(
        ValueError, match="The feature names must be in the same order as they were in fit"
    ):
        action_model.predict(turned)
    with pytest.raises(ValueError, match="Feature names unseen at fit time: sex, port"):
        action_model.predict(frame)


def test_positions_on_an_array_of_mixed_values(
    convert_model: Convert, answering: Answering
) -> None:
    frame, labels = data.passengers()
    rows = frame[[*NUMBERS, *NAMES]].to_numpy(dtype=object)
    model = make_pipeline(
        columns(("numbers", StandardScaler(), [0, 1]), ("names", ENCODED, [2, 3])),
        LogisticRegression(),
    ).fit(rows, labels)
    action_model = answering(convert_model(model, rows))
    assert (action_model.predict(rows.tolist()) == model.predict(rows)).all()


def test_columns_that_nobody_reads_beside_text_ask_for_a_sample(convert_model: Convert) -> None:
    frame, labels = data.passengers()
    model = logistic(SCALED, ("names", ENCODED, NAMES)).fit(frame, labels)
    with pytest.raises(ConversionError, match="'model' does not use column 'cabins'") as refused:
        convert_model(model)
    assert "--sample" in refused.value.hint


def test_text_columns_that_an_encoder_reads_need_no_sample(convert_model: Convert) -> None:
    frame, labels = data.passengers()
    model = logistic(SCALED, ("names", ENCODED, NAMES)).fit(frame[[*NUMBERS, *NAMES]], labels)
    made = convert_model(model)
    assert next(one.set for one in made.parity.covered) == "rows generated from the model"
    assert "text" in made.facts.inputs


def test_numeric_columns_need_no_sample(convert_model: Convert) -> None:
    frame, labels = data.passengers()
    model = make_pipeline(
        columns(SCALED, ("cabins", ENCODED, ["cabins"])), LogisticRegression()
    ).fit(frame[[*NUMBERS, "cabins"]], labels)
    assert convert_model(model).facts.inputs == "3 inputs: 2 float64, 1 int64"


def test_infrequent_categories_are_grouped_as_the_encoder_groups_them(
    convert_model: Convert, answering: Answering
) -> None:
    frame, labels = data.passengers()
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=110)
    model = logistic(SCALED, ("names", encoder, NAMES)).fit(frame, labels)
    action_model = answering(convert_model(model, frame))
    odd = frame.head(4).assign(port=["no such port", "", None, np.nan])
    for rows in (frame, odd):
        expected = model.predict_proba(rows)
        np.testing.assert_allclose(action_model.predict_proba(rows), expected, atol=1e-12)


DOCUMENTS: dict[str, Callable[[], Any]] = {
    "tfidf": lambda: make_pipeline(TfidfVectorizer(), LogisticRegression()),
    "tfidf as written": lambda: make_pipeline(
        TfidfVectorizer(lowercase=False), LogisticRegression()
    ),
    "counts": lambda: make_pipeline(CountVectorizer(), MultinomialNB()),
    "pairs of words": lambda: make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LinearSVC()),
    "without common words": lambda: make_pipeline(
        CountVectorizer(stop_words="english"), LogisticRegression()
    ),
}
ODD = [
    "",
    "GREAT Café",
    "İSTANBUL",
    "STRAßE ẞ",
    "数据。 привет",
    "great🙂great",
    "a\u00a0great",
    "x",
]


@pytest.mark.parametrize("make", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_text_model_agrees_on_every_script(
    make: Callable[[], Any], convert_model: Convert, answering: Answering
) -> None:
    documents, labels = data.reviews()
    model = make().fit(documents, labels)
    artifact = convert_model(model, documents)
    action_model = answering(artifact)
    assert artifact.parity.ok
    assert artifact.facts.inputs == "text"
    assert (action_model.predict(documents + ODD) == model.predict(documents + ODD)).all()
    assert [action_model.predict([text])[0] for text in ODD] == list(model.predict(ODD))


def test_text_column_beside_numbers(convert_model: Convert, answering: Answering) -> None:
    documents, labels = data.reviews()
    frame = pd.DataFrame({"review": documents, "stars": np.arange(200.0) % 5})
    model = make_pipeline(
        columns(("words", TfidfVectorizer(), "review"), ("stars", StandardScaler(), ["stars"])),
        LogisticRegression(),
    ).fit(frame, labels)
    action_model = answering(convert_model(model, frame))
    assert (action_model.predict(frame) == model.predict(frame)).all()
    with pytest.raises(ValueError, match="Input X contains missing values in column 0"):
        action_model.predict(frame.head(1).assign(review=pd.Series([None], dtype=object)))


def test_documents_must_be_text(convert_model: Convert, answering: Answering) -> None:
    documents, labels = data.reviews()
    model = make_pipeline(CountVectorizer(), MultinomialNB()).fit(documents, labels)
    action_model = answering(convert_model(model, documents))
    with pytest.raises(ValueError, match="The documents must be a list of strings"):
        action_model.predict("one string")
    with pytest.raises(ValueError, match="The documents must be a list of strings"):
        action_model.predict([None])
