"""Models that hold the notebook's own code, packaged and called without the notebook."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.bundle import BundleStore
from jupyter_faas.serialization import ConversionHelper
from jupyter_faas.workspace.packaging.function import package
from tests.capture.helpers.notebook import Notebook
from tests.workspace.helpers.cells import surroundings
from tests.workspace.helpers.requests import function_request

FRESH = """\
import json, runpy, sys
sys.path.insert(0, sys.argv[1])
print(json.dumps(runpy.run_path(sys.argv[1] + "/__main__.py")["main"](json.loads(sys.argv[2]))))
"""
START = """\
import re
import numpy as np
import pandas as pd
from functools import partial
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.datasets import load_iris
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

X, y = load_iris(return_X_y=True)
texts = ["good film really good", "bad film", "awful bad plot", "great plot"] * 5
tones = [1, 0, 0, 1] * 5
plain = LogisticRegression(max_iter=1000)"""
CELL = "%%function ask\ndef ask(rows: list):\n    return {'labels': model.predict(rows).tolist()}\n"
ROWS = [[5.1, 3.5, 1.4, 0.2], [6.0, 3.0, 5.0, 1.8]]
TEXTS = ["good bad film", "great great plot"]

CASES = {
    "transformer": """\
SHIFT = np.array([1.0, 2.0, 3.0, 4.0])
class Shifted(TransformerMixin, BaseEstimator):
    def __init__(self, by=1):
        self.by = by
    def fit(self, rows, labels=None):
        self.means_ = np.mean(rows, axis=0)
        return self
    def transform(self, rows):
        return np.asarray(rows) * SHIFT - self.means_ + self.by
model = make_pipeline(Shifted(3), plain).fit(X, y)""",
    "class from scikit-learn's": """\
class Mine(LogisticRegression):
    def predict(self, rows):
        return super().predict(rows) + 1
model = Mine(max_iter=1000).fit(X, y)""",
    "lambdas on one line": "model = make_pipeline(FunctionTransformer(lambda x: np.asarray(x) * 2),"
    " FunctionTransformer(lambda x: np.asarray(x) + 1), plain).fit(X, y)",
    "partial": """\
def scale(rows, by):
    return np.asarray(rows) * by
model = make_pipeline(FunctionTransformer(partial(scale, by=3)), plain).fit(X, y)""",
    "metric": """\
def distance(a, b):
    return float(np.abs(a - b).sum())
model = KNeighborsClassifier(metric=distance).fit(X[::5], y[::5])""",
    "tokenizer": """\
STOP = {"film"}
def tokens(text):
    return [word for word in re.findall("[a-z]+", text) if word not in STOP]
model = make_pipeline(TfidfVectorizer(tokenizer=tokens, token_pattern=None), plain)
model.fit(texts, tones)""",
    "values that skops cannot hold": """\
class Means(TransformerMixin, BaseEstimator):
    def fit(self, rows, labels=None):
        self.means_ = pd.DataFrame(rows).mean()
        self.factors_ = {("all", 1): 2.0}
        return self
    def transform(self, rows):
        return (np.asarray(rows) - self.means_.to_numpy()) * self.factors_["all", 1]
model = make_pipeline(Means(), plain).fit(X, y)""",
    "method of a built-in type": """\
model = make_pipeline(CountVectorizer(tokenizer=str.split, token_pattern=None), plain)
model.fit(texts, tones)""",
    "bound method": """\
class Cleaner:
    def __init__(self):
        self.words = {"film"}
    def run(self, text):
        return " ".join(word for word in text.split() if word not in self.words)
model = make_pipeline(CountVectorizer(preprocessor=Cleaner().run), plain).fit(texts, tones)""",
}


@pytest.fixture(scope="module")
def helper() -> Iterator[ConversionHelper]:
    helper = ConversionHelper()
    yield helper
    helper.close()


def run(notebook: Notebook, *cells: str) -> None:
    for cell in (START, *cells):
        notebook.run(cell)
    notebook.run(CELL.partition("\n")[2], first_line=2)


@pytest.mark.parametrize("cell", CASES.values(), ids=CASES)
@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_model_answers_without_the_notebook(
    cell: str, tmp_path: Path, helper: ConversionHelper
) -> None:
    notebook = Notebook()
    run(notebook, cell)
    is_text = "texts" in cell
    rows: Any = TEXTS if is_text else ROWS
    request = function_request(CELL, "ask", sample=notebook.namespace["texts" if is_text else "X"])
    made = package(request, notebook.namespace, surroundings(tmp_path / "store", helper))
    assert made.card["models"][0]["route"] == "skops"

    BundleStore(tmp_path / "store").get(made.bundle).unpack(tmp_path / "package")
    command = [sys.executable, "-c", FRESH, str(tmp_path / "package"), json.dumps({"rows": rows})]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert json.loads(done.stdout) == notebook.namespace["ask"](rows)

    again = package(request, notebook.namespace, surroundings(tmp_path / "store", helper))
    assert again.bundle == made.bundle


def test_code_that_the_onnx_form_does_not_need_stays_behind(
    tmp_path: Path, helper: ConversionHelper
) -> None:
    notebook = Notebook()
    run(
        notebook,
        "def cost(a, b):\n    return float((a == b).mean())\n"
        "model = GridSearchCV(plain, {'C': [1.0, 2.0]}, scoring=make_scorer(cost)).fit(X, y)",
    )
    request = function_request(CELL, "ask", sample=notebook.namespace["X"])
    made = package(request, notebook.namespace, surroundings(tmp_path, helper))
    assert made.card["models"][0]["route"] == "double"
    assert [item["name"] for item in made.card["captured"]] == ["model"]
