from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import load_iris
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import LabelEncoder, StandardScaler

from jupyter_faas.capture import capture
from jupyter_faas.errors import ConversionError
from jupyter_faas.magics.cells.options import parse_function_line
from jupyter_faas.serialization import ConversionHelper, is_model
from jupyter_faas.workspace.local.examples import ExampleRecorder
from jupyter_faas.workspace.local.model_calls import ModelCalls
from jupyter_faas.workspace.packaging.function import package
from jupyter_faas.workspace.packaging.model_samples import ModelSamples, choose_samples
from jupyter_faas.workspace.request import FunctionTest
from tests.workspace.helpers.cells import run_cell, surroundings
from tests.workspace.helpers.requests import function_request

TEXTS = ["good film", "bad film", "nice plot", "bad plot", "good plot", "awful film"]
LABELS = np.array(["pos", "neg", "pos", "neg", "pos", "neg"])
VEC = TfidfVectorizer().fit(TEXTS)
CLF = LogisticRegression().fit(VEC.transform(TEXTS), LABELS)
REVIEW = """\
def review(text: str):
    return {"label": str(clf.predict(vec.transform([text]))[0])}
"""
X = load_iris().data[:, :2]
SCALER = StandardScaler().fit(X)
MODEL = LinearRegression().fit(SCALER.transform(X), X[:, 0])
SCALED = """\
def scaled(a: float, b: float):
    return {"y": float(model.predict(scaler.transform([[a, b]]))[0])}
"""


def chosen(text: str, *, clock: Callable[[], float] = lambda: 0.0, **words: Any) -> ModelSamples:
    """The samples of the models that a cell uses."""
    models = {name: words.pop(name) for name in list(words) if name in text and name != "sample"}
    name = text.split("(")[0].removeprefix("def ")
    namespace = run_cell(text, **models)
    captured = capture(text, namespace, name=name, is_model=is_model)
    spec = {
        "name": name,
        "parameter_style": captured.parameter_style,
        "schema": captured.schema,
    }
    function: Any = namespace[name]
    request = function_request(text, name, **words)
    recorder = ExampleRecorder(function, spec, request, ModelCalls(captured.models))
    recorder.examples()
    return choose_samples(recorder, clock)


@pytest.mark.parametrize(
    "sample",
    [
        TEXTS,
        pd.Series(TEXTS),
        [{"text": text} for text in TEXTS],
        {"text": TEXTS},
        pd.DataFrame({"text": TEXTS, "label": LABELS}),
    ],
    ids=["documents", "series", "dictionaries", "columns", "frame"],
)
def test_each_model_gets_what_the_function_asks_it(sample: Any) -> None:
    samples = chosen(REVIEW, vec=VEC, clf=CLF, sample=sample)
    assert set(samples.rows["vec"]) == set(TEXTS)
    assert sparse.issparse(samples.rows["clf"])
    assert not samples.made_up


def test_a_test_is_a_sample_too() -> None:
    samples = chosen(REVIEW, vec=VEC, clf=CLF, tests=[FunctionTest({"text": "good plot"})])
    assert samples.rows["vec"] == ["good plot"]
    assert samples.rows["clf"].shape == (1, len(VEC.vocabulary_))


def test_without_any_input_the_function_runs_on_documents_of_the_vocabulary() -> None:
    samples = chosen(REVIEW, vec=VEC, clf=CLF)
    assert samples.made_up == {"vec", "clf"}
    words = {word for text in samples.rows["vec"] for word in text.split()}
    assert words <= set(VEC.vocabulary_)
    assert samples.rows["clf"].shape[0] == len(samples.rows["vec"])


def test_nothing_runs_with_no_clean_room() -> None:
    text = "def review(text: str):\n    raise RuntimeError(clf, vec)\n"
    samples = chosen(text, vec=VEC, clf=CLF, clean_room=False)
    assert samples.rows == {"vec": None, "clf": None}


def test_one_model_keeps_the_sample_and_its_function_is_not_run_for_it() -> None:
    calls: list[float] = []
    text = (
        "def one(a: float, b: float):\n    called(a)\n    return {'y': model.predict([[a, b]])}\n"
    )
    namespace = run_cell(text, model=MODEL, called=calls.append)
    spec = {
        "name": "one",
        "parameter_style": "named",
        "schema": {"properties": {"a": {}, "b": {}}, "required": ["a", "b"]},
    }
    function: Any = namespace["one"]
    recorder = ExampleRecorder(
        function, spec, function_request(text, "one", sample=X), ModelCalls({"model": MODEL})
    )
    assert choose_samples(recorder).rows["model"] is X
    assert calls == []


@pytest.mark.parametrize(
    "sample", [X[0], X[0].tolist(), pd.DataFrame(X, columns=["a", "b"]).iloc[0]]
)
def test_sample_may_be_one_row(sample: Any) -> None:
    text = "def one(a: float, b: float):\n    return {'y': model.predict([[a, b]])}\n"
    rows = chosen(text, model=MODEL, sample=sample).rows["model"]
    assert np.asarray(rows).tolist() == [X[0].tolist()]


def test_rows_go_to_the_model_that_the_function_gives_them_to() -> None:
    samples = chosen(SCALED, scaler=SCALER, model=MODEL, sample=X)
    assert samples.rows["scaler"] is X
    assert np.isin(np.round(samples.rows["model"], 6), np.round(SCALER.transform(X), 6)).all()


def test_dictionaries_that_fit_one_model_alone_go_to_that_one() -> None:
    rows = [{"city": "Paris", "n": 1.0}, {"city": "Rome", "n": 2.0}]
    vec = DictVectorizer().fit(rows)
    model = LinearRegression().fit(vec.transform(rows), [1.0, 2.0])
    text = (
        "def price(features: dict):\n"
        "    return {'y': float(model.predict(vec.transform(features))[0])}\n"
    )
    samples = chosen(text, vec=vec, model=model, sample=rows)
    assert samples.rows["vec"] == rows
    assert samples.rows["model"].shape[1] == 3


def test_a_model_that_is_only_asked_to_invert_has_no_sample() -> None:
    names = LabelEncoder().fit(["short", "long"])
    text = (
        "def length(a: float, b: float):\n"
        "    y = int(model.predict([[a, b]])[0] > 5)\n"
        "    return {'y': str(names.inverse_transform([y])[0])}\n"
    )
    samples = chosen(text, model=MODEL, names=names, sample=X)
    assert samples.rows["model"] is X
    assert samples.rows["names"] is None


def test_models_in_a_dictionary_get_their_own_rows() -> None:
    text = """\
def both(a: float, b: float):
    return {name: float(one.predict([[a, b]])[0]) for name, one in MODELS.items()}
"""
    models = {"sum": LinearRegression().fit(X, X.sum(axis=1)), "first": MODEL}
    samples = chosen(text, MODELS=models, sample=X[:10])
    assert {name: len(rows) for name, rows in samples.rows.items()} == {
        "MODELS_sum": 10,
        "MODELS_first": 10,
    }


def test_a_slow_function_runs_only_for_some_seconds() -> None:
    times = iter(range(1_000))
    samples = chosen(SCALED, scaler=SCALER, model=MODEL, clock=lambda: float(next(times)))
    assert 0 < len(samples.rows["model"]) < 6


@pytest.mark.parametrize(
    ("text", "models", "sample", "words"),
    [
        (REVIEW, {"vec": VEC, "clf": CLF}, np.ones((3, 2)), "neither rows for clf and vec nor"),
        (SCALED, {"scaler": SCALER, "model": MODEL}, ["a text"], "nor inputs for scaled"),
    ],
    ids=["numbers for a text", "text for numbers"],
)
def test_a_sample_of_no_use_is_refused_and_the_hint_works(
    text: str,
    models: dict[str, Any],
    sample: Any,
    words: str,
    tmp_path: Path,
    helper: ConversionHelper,
) -> None:
    with pytest.raises(ConversionError, match=words) as refused:
        chosen(text, sample=sample, **models)
    option = refused.value.hint.partition("parameters: ")[2]
    # The magic reads the option as it is printed.
    name = text.split("(")[0].removeprefix("def ")
    options = parse_function_line(f"{name} {option}")
    assert not isinstance(options, str)
    assert options.sample_expression == shlex.split(option)[1]
    given = eval(str(options.sample_expression))
    request = function_request(text, name, sample=given)
    made = package(request, run_cell(text, **models), surroundings(tmp_path, helper))
    assert {model["name"]: model["parity"]["ok"] for model in made.card["models"]} == dict.fromkeys(
        models, True
    )


def test_the_problems_of_all_models_are_told_at_once(
    tmp_path: Path, helper: ConversionHelper
) -> None:
    text = (
        "def two(a: float):\n    return {'y': one.predict([[a, a]])[0] + other.predict([[a]])[0]}\n"
    )
    models = {"one": LinearRegression(), "other": StandardScaler()}
    with pytest.raises(ConversionError, match="2 of the 2 models") as refused:
        package(
            function_request(text, "two"), run_cell(text, **models), surroundings(tmp_path, helper)
        )
    assert "'one' (LinearRegression) is not fitted" in refused.value.message
    assert "'other' (StandardScaler) is not fitted" in refused.value.message


def test_a_model_that_records_nothing_needs_a_run_of_its_function(
    tmp_path: Path, helper: ConversionHelper
) -> None:
    union = make_union(HashingVectorizer(n_features=8)).fit(TEXTS)
    model = make_pipeline(union, LogisticRegression()).fit(TEXTS, LABELS)
    text = "def judge(text: str):\n    return {'label': str(model.predict([text])[0])}\n"
    request = function_request(text, "judge", clean_room=False)
    with pytest.raises(ConversionError) as refused:
        package(request, run_cell(text, model=model), surroundings(tmp_path, helper))
    assert "Leave --no-clean-room out" in refused.value.hint
    request = function_request(text, "judge")
    made = package(request, run_cell(text, model=model), surroundings(tmp_path, helper))
    assert made.card["models"][0]["parity"]["ok"]
