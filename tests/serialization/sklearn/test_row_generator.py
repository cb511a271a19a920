from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    LabelBinarizer,
    LabelEncoder,
    MinMaxScaler,
    MultiLabelBinarizer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from jupyter_faas.serialization.sklearn.row_generator import generate_rows
from tests.serialization.helpers import data

NUMBERS = np.arange(12.0).reshape(6, 2)
COLOURS = np.array([["red", "S"], ["blue", "M"], ["red", "L"]], dtype=object)
DICTS = [{"city": "Paris", "n": 1.0}, {"city": "Rome", "n": 2.5}]


@pytest.mark.parametrize(
    "model",
    [
        TfidfVectorizer().fit(data.reviews()[0]),
        CountVectorizer(analyzer="char").fit(data.reviews()[0]),
        make_pipeline(CountVectorizer(), MultinomialNB()).fit(*data.reviews()),
        HashingVectorizer(n_features=16),
        DictVectorizer().fit(DICTS),
        FeatureHasher(n_features=8),
        LabelEncoder().fit(["a", "b"]),
        LabelBinarizer().fit([1, 2, 3]),
        MultiLabelBinarizer().fit([["x", "y"], ["z"]]),
        OneHotEncoder().fit(COLOURS),
        OrdinalEncoder().fit(COLOURS),
        SimpleImputer(strategy="most_frequent").fit(COLOURS),
        SimpleImputer().fit(NUMBERS),
        StandardScaler().fit(NUMBERS),
        MinMaxScaler().fit(NUMBERS),
        NearestNeighbors(n_neighbors=2).fit(NUMBERS),
    ],
    ids=lambda model: type(model).__name__,
)
def test_rows_can_be_made(model: Any) -> None:
    rows = generate_rows("model", model)
    method = next(name for name in ("predict", "transform", "kneighbors") if hasattr(model, name))
    answer = getattr(model, method)(rows)
    count = len(rows)
    assert count == 256
    assert (answer[0] if isinstance(answer, tuple) else answer).shape[0] == count


def test_dictionaries_have_the_values_of_the_vectorizer() -> None:
    rows = generate_rows("model", DictVectorizer().fit(DICTS))
    assert {row["city"] for row in rows if "city" in row} == {"Paris", "Rome"}
    assert all(isinstance(row["n"], float) for row in rows if "n" in row)


def test_documents_consist_of_the_vocabulary() -> None:
    vectorizer = CountVectorizer().fit(["red wine", "white wine"])
    words = {word for text in generate_rows("model", vectorizer) for word in text.split()}
    assert words == {"red", "white", "wine"}


def test_a_frame_with_columns_that_no_step_reads_is_made() -> None:
    frame, _ = data.passengers()
    model = make_column_transformer((OneHotEncoder(), ["sex"])).fit(frame)
    rows = generate_rows("model", model)
    assert list(rows.columns) == list(frame.columns)
    assert set(rows["sex"]) == set(frame["sex"])


def test_equal_models_have_equal_rows() -> None:
    first, second = (generate_rows("model", DictVectorizer().fit(DICTS)) for _ in range(2))
    assert first == second


def test_a_model_that_records_nothing_has_no_rows() -> None:
    model = make_union(HashingVectorizer(n_features=4)).fit(["a"])
    assert generate_rows("model", model) is None


@pytest.mark.filterwarnings(  # its own, of pandas 2 and of pandas 3
    "ignore:Starting with pandas", "ignore:'future.no_silent_downcasting'"
)
def test_encoder_of_another_library_may_have_the_same_name() -> None:
    import pandas as pd
    from category_encoders import OrdinalEncoder as OtherEncoder

    colours = pd.DataFrame({"colour": ["red", "blue"], "size": ["S", "M"]})
    rows = generate_rows("model", OtherEncoder().fit(colours))
    assert rows is None or np.shape(rows)[1] == 2
