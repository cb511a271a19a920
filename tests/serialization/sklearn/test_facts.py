from __future__ import annotations

from typing import Any

import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline

from jupyter_faas.serialization.input_schema import Column, InputSchema
from jupyter_faas.serialization.precision import DOUBLE, FLOAT32
from jupyter_faas.serialization.sklearn.facts import model_facts
from tests.serialization.helpers import data


def schema(*kinds: str) -> InputSchema:
    return InputSchema("columns", tuple(Column(None, kind) for kind in kinds))


@pytest.mark.parametrize(
    ("model", "details"),
    [
        (RandomForestClassifier(100, max_depth=1), ("100 trees",)),
        (GradientBoostingClassifier(n_estimators=2), ("6 trees",)),
        (KMeans(3, n_init=1), ("3 clusters",)),
        (MLPClassifier((8, 4), max_iter=2), ("hidden layers 8 × 4",)),
        (GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1e-8]}), ("best of 2 candidates",)),
        (GaussianNB(), ()),
    ],
    ids=["forest", "boosting", "clusters", "layers", "search", "nothing"],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_details(model: Any, details: tuple[str, ...]) -> None:
    facts = model_facts(model.fit(*data.iris()), schema("number"), FLOAT32, {}, 3, 10, {})
    assert facts.details == details


def test_words_of_a_text_model_are_counted() -> None:
    model = make_pipeline(CountVectorizer(), LogisticRegression()).fit(*data.reviews())
    text = InputSchema("text", (Column(None, "string"),))
    facts = model_facts(model, text, FLOAT32, {}, 2, 10, {})
    assert facts.details == ("13 words",)
    assert facts.inputs == "text"


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (["number"] * 4, "4 inputs, float64"),
        (["number"], "1 input, float64"),
        (["string", "number", "integer"], "3 inputs: 1 float64, 1 int64, 1 text"),
    ],
)
def test_inputs(kinds: list[str], words: str) -> None:
    assert model_facts(GaussianNB(), schema(*kinds), DOUBLE, {}, None, 1, {}).inputs == words


def test_json_has_the_keys_of_the_card() -> None:
    facts = model_facts(
        GaussianNB(), schema("number"), DOUBLE, {"": 14, "ai.onnx.ml": 1}, 3, 99, {}
    )
    assert facts.to_json() == {
        "class": "GaussianNB",
        "route": "double",
        "opset": 14,
        "ml_opset": 1,
        "inputs": "1 input, float64",
        "classes": 3,
        "details": [],
        "size": 99,
        "signature": {
            "inputs": [{"name": "0", "dtype": "float64", "shape": [None]}],
            "outputs": [],
        },
    }
