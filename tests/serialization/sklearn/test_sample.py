from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from jupyter_faas.errors import ConversionError
from jupyter_faas.serialization.input_schema import Column
from jupyter_faas.serialization.sklearn.sample import limit_rows, read_sample, schema_without_sample
from tests.serialization.helpers import data


@pytest.fixture(scope="module")
def model() -> Any:
    return LogisticRegression(max_iter=1000).fit(*data.iris())


@pytest.fixture(scope="module")
def mixed() -> Any:
    frame, labels = data.passengers()
    columns = ColumnTransformer(
        [
            ("numbers", StandardScaler(), ["age", "cabins"]),
            ("names", OneHotEncoder(handle_unknown="ignore"), ["sex", "crew"]),
        ]
    )
    return make_pipeline(columns, LogisticRegression()).fit(frame, labels)


ROWS = [[5.1, 3.5, 1.4, 0.2], [6.0, 3.0, 4.0, 1.0]]


@pytest.mark.parametrize(
    "sample",
    [
        np.array(ROWS),
        np.array(ROWS, dtype=np.float32),
        np.array(ROWS).astype(int),
        np.array(ROWS, dtype=object),
        ROWS,
        tuple(map(tuple, ROWS)),
        sparse.csr_matrix(ROWS),
        pd.DataFrame(ROWS),
        [np.array(row) for row in ROWS],
    ],
    ids=["float64", "float32", "int", "object", "lists", "tuples", "sparse", "frame", "arrays"],
)
def test_numbers_become_one_float64_tensor(sample: Any, model: Any) -> None:
    schema, rows = read_sample("model", model, sample)
    assert schema.layout == "tensor"
    assert rows.shape == (2, 4)
    assert rows.dtype == np.float64
    assert schema.names is None


def test_columns_are_taken_by_name_and_others_left(mixed: Any) -> None:
    frame, _ = data.passengers()
    schema, rows = read_sample("model", mixed, frame[frame.columns[::-1]].assign(target=1))
    assert schema.names == list(frame.columns)
    assert [column.kind for column in schema.columns] == [
        "number",
        "number",
        "string",
        "string",
        "number",
        "integer",
    ]
    assert rows[0].tolist() == [*map(float, frame.iloc[0, :2]), *frame.iloc[0, 2:4], 2.0, 0.0]
    assert schema.frame


def test_frame_for_the_original_keeps_whole_numbers_whole(mixed: Any) -> None:
    frame, _ = data.passengers()
    schema, rows = read_sample("model", mixed, frame)
    rebuilt = schema.original(rows[:3])
    assert rebuilt["cabins"].dtype == np.int64
    assert rebuilt["age"].dtype == np.float64
    assert (mixed.predict(rebuilt) == mixed.predict(frame.head(3))).all()


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (np.array([5.1, 3.5, 1.4, 0.2]), r"must have two dimensions \(rows and columns\), with"),
        ([5.1, 3.5, 1.4, 0.2], "must have two dimensions"),
        ([[1.0, 2.0], [1.0]], "must have two dimensions"),
        ([{"a": 1}], "must have two dimensions"),
        ("rows", "must have two dimensions"),
        (np.zeros((2, 5)), "has 5 columns, but 'model' .LogisticRegression. was fitted with 4"),
        (np.zeros((0, 4)), "has no rows"),
        ([[1, 2, 3, "a"], [1, 2, 3, 4]], "Column '3' .* contains int and str values"),
        ([[1, 2, 3, {}]], "Column '3' .* contains dict values"),
    ],
    ids=["vector", "list", "ragged", "dicts", "text", "width", "empty", "mixed", "objects"],
)
def test_sample_that_does_not_fit_is_told(sample: Any, words: str, model: Any) -> None:
    with pytest.raises(ConversionError, match=words):
        read_sample("model", model, sample)


def test_missing_column_is_named(mixed: Any) -> None:
    frame, _ = data.passengers()
    with pytest.raises(ConversionError, match="does not contain the column 'sex' that 'model'"):
        read_sample("model", mixed, frame.drop(columns="sex"))


def test_documents_must_be_text() -> None:
    documents, labels = data.reviews()
    model = make_pipeline(CountVectorizer(), LogisticRegression()).fit(documents, labels)
    schema, rows = read_sample("model", model, pd.Series(documents))
    assert schema.layout == "text"
    assert schema.original(rows) == documents
    with pytest.raises(ConversionError, match="must be a list of one or more strings"):
        read_sample("model", model, "one")


@pytest.mark.parametrize("kind", [list, np.array, pd.DataFrame, sparse.csr_matrix, pd.Series])
def test_long_samples_are_thinned_evenly(kind: Any) -> None:
    values = list(range(1000)) if kind is pd.Series else [[i] for i in range(1000)]
    few = limit_rows(kind(values), 5)
    plain = few.toarray() if hasattr(few, "toarray") else np.asarray(few)
    assert plain.reshape(-1).tolist() == [0, 249, 499, 749, 999]


def test_short_samples_stay_as_they_are() -> None:
    assert limit_rows(ROWS, 5) is ROWS
    assert limit_rows(None) is None


def test_fitted_model_tells_its_columns(model: Any) -> None:
    schema = schema_without_sample("model", model)
    assert (schema.layout, schema.width) == ("tensor", 4)


def test_model_that_reads_documents_needs_no_sample() -> None:
    documents, labels = data.reviews()
    model = make_pipeline(CountVectorizer(), LogisticRegression()).fit(documents, labels)
    schema = schema_without_sample("model", model)
    assert (schema.layout, schema.columns) == ("text", (Column(None, "string", lower=True),))


def test_model_whose_width_is_unknown_needs_a_sample() -> None:
    documents, labels = data.reviews()
    model = make_pipeline(HashingVectorizer(), LogisticRegression()).fit(documents, labels)
    with pytest.raises(ConversionError, match="does not store the number of its input") as refused:
        schema_without_sample("model", model)
    assert "%%function NAME --sample X" in refused.value.hint


def test_a_million_columns_are_not_made_dense() -> None:
    documents, labels = data.reviews()
    hashed = HashingVectorizer().transform(documents)
    model = LogisticRegression().fit(hashed, labels)
    with pytest.raises(
        ConversionError, match=r"reads 1,048,576 columns, which is too many for ONNX"
    ):
        read_sample("model", model, hashed)
    with pytest.raises(ConversionError, match="too many for ONNX"):
        schema_without_sample("model", model)
