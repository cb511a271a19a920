from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression

from jupyter_faas.serialization.input_schema import Column, InputSchema
from jupyter_faas.serialization.sklearn.facts import signature_of_estimator
from tests.serialization.helpers import data

NUMBERS = InputSchema("tensor", tuple(Column(None, "number") for _ in range(4)))


def test_a_classifier_tells_its_columns_answers_and_labels() -> None:
    rows, labels = data.iris()
    names = ["sepal", "width", "petal", "breadth"]
    schema = InputSchema("tensor", tuple(Column(name, "number") for name in names))
    model = LogisticRegression(max_iter=1000).fit(rows, labels)
    answers = {"predict": model.predict(rows), "predict_proba": model.predict_proba(rows)}
    assert signature_of_estimator(model, schema, "float64", answers) == {
        "inputs": [{"name": "X", "dtype": "float64", "shape": [None, 4], "columns": names}],
        "outputs": [
            {"name": "predict", "dtype": "int64", "shape": [None]},
            {"name": "predict_proba", "dtype": "float64", "shape": [None, 3]},
        ],
        "classes": [0, 1, 2],
    }


@pytest.mark.parametrize("labels", [["no", "yes"], np.array(["no", "yes"], dtype=object)])
def test_labels_that_are_texts_are_strings(labels: object) -> None:
    model = LogisticRegression().fit([[0.0], [1.0]], labels)
    schema = InputSchema("tensor", (Column(None, "number"),))
    found = signature_of_estimator(model, schema, "float64", {"predict": model.predict([[1.0]])})
    assert found["outputs"] == [{"name": "predict", "dtype": "string", "shape": [None]}]
    assert found["classes"] == ["no", "yes"]


def test_columns_of_several_types_are_an_input_each() -> None:
    kinds = {"age": "number", "rooms": "integer", "city": "string"}
    schema = InputSchema("columns", tuple(Column(name, kind) for name, kind in kinds.items()))
    found = signature_of_estimator(LinearRegression(), schema, "float32", {})
    assert found == {
        "inputs": [
            {"name": "age", "dtype": "float32", "shape": [None]},
            {"name": "rooms", "dtype": "int64", "shape": [None]},
            {"name": "city", "dtype": "string", "shape": [None]},
        ],
        "outputs": [],
    }


def test_documents_are_strings_and_a_sparse_answer_has_its_shape() -> None:
    model = TfidfVectorizer().fit(["good day", "bad day"])
    schema = InputSchema("text", (Column(None, "string"),))
    found = signature_of_estimator(
        model, schema, "float64", {"transform": model.transform(["day"])}
    )
    assert found["inputs"] == [{"name": "X", "dtype": "string", "shape": [None]}]
    assert found["outputs"] == [{"name": "transform", "dtype": "float64", "shape": [None, 3]}]


def test_several_outputs_are_numbered_and_have_no_common_labels() -> None:
    rows, labels = data.iris()
    model = RandomForestClassifier(3, random_state=0).fit(rows, np.c_[labels, labels > 1])
    answers = {"predict_proba": model.predict_proba(rows)}
    found = signature_of_estimator(model, NUMBERS, "float64", answers)
    assert found["outputs"] == [
        {"name": "predict_proba[0]", "dtype": "float64", "shape": [None, 3]},
        {"name": "predict_proba[1]", "dtype": "float64", "shape": [None, 2]},
    ]
    assert "classes" not in found


def test_rows_that_onnx_has_no_words_for_keep_their_width() -> None:
    model = KMeans(2, n_init=1, random_state=0).fit([[0.0, 1.0], [5.0, 6.0]])
    found = signature_of_estimator(model, None, "float64", {})
    assert found["inputs"] == [{"name": "X", "dtype": "unknown", "shape": [None, 2]}]
