from __future__ import annotations

import threading
from typing import Any

import numpy
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from jupyter_faas.capture import fingerprint
from tests.capture.helpers.notebook import Notebook

RNG = numpy.random.default_rng(7)
X, Y = RNG.normal(size=(60, 3)), numpy.arange(60) % 2
VALUES: dict[str, Any] = {
    "pipeline": make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y),
    "forest": RandomForestClassifier(5, random_state=0).fit(X, Y),
    "with a lambda": make_pipeline(FunctionTransformer(lambda a: a * 2), StandardScaler()).fit(X),
    "array": X,
    "columns": X[:, ::2],
    "constant": {"a": [1, 2.5, {"x", "y"}]},
    "unpicklable": threading.Lock(),
    "module": numpy,
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_fingerprint_stays_while_nothing_changes(value: object) -> None:
    first = fingerprint(["v"], {"v": value})
    if hasattr(value, "predict"):
        value.predict(X)
    assert fingerprint(["v"], {"v": value}) == first
    assert len(first["v"]) == 64


def test_fingerprint_changes_when_a_model_is_fitted_again() -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    before = fingerprint(["m"], {"m": model})
    model.fit(X[::-1] * 2, Y)
    assert fingerprint(["m"], {"m": model}) != before


def test_fingerprint_is_the_same_for_an_equal_model() -> None:
    first, second = (LogisticRegression().fit(X, Y) for _ in range(2))
    assert fingerprint(["m"], {"m": first}) == fingerprint(["m"], {"m": second})


def test_fingerprint_changes_with_one_element_of_an_array() -> None:
    array = X.copy()
    before = fingerprint(["a"], {"a": array})
    array[3, 1] += 1e-9
    assert fingerprint(["a"], {"a": array}) != before


def test_fingerprint_changes_with_a_lambda_inside_a_model() -> None:
    first = FunctionTransformer(lambda a: a * 2)
    second = FunctionTransformer(lambda a: a * 3)
    assert fingerprint(["m"], {"m": first}) != fingerprint(["m"], {"m": second})


def test_fingerprint_changes_when_an_unpicklable_value_is_replaced() -> None:
    first, second = threading.Lock(), threading.Lock()
    assert fingerprint(["v"], {"v": first}) != fingerprint(["v"], {"v": second})


def test_function_is_known_by_its_source(notebook: Notebook) -> None:
    notebook.run("def f(x):\n    return x + 1")
    before = fingerprint(["f"], notebook.namespace)
    notebook.run("# moved\n\ndef f(x):\n    return x + 1")
    assert fingerprint(["f"], notebook.namespace) == before
    notebook.run("def f(x):\n    return x + 2")
    assert fingerprint(["f"], notebook.namespace) != before


def test_absent_names_are_left_out() -> None:
    assert set(fingerprint(["a", "gone"], {"a": 1})) == {"a"}


def test_a_frame_that_is_changed_in_place_changes_its_hash() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2], "kind": ["x", "y"]})
    before = fingerprint(["frame"], {"frame": frame})
    _ = frame["a"].sum(), frame.describe()
    assert fingerprint(["frame"], {"frame": frame}) == before
    frame.loc[0, "kind"] = "z"
    assert fingerprint(["frame"], {"frame": frame}) != before


def test_fingerprint_changes_with_a_registered_implementation(notebook: Notebook) -> None:
    notebook.run("from functools import singledispatch\n@singledispatch\ndef f(x):\n    return 0")
    notebook.run("@f.register\ndef _(x: int):\n    return 1")
    before = fingerprint(["f"], notebook.namespace)
    notebook.run("@f.register\ndef _(x: int):\n    return 2")
    assert fingerprint(["f"], notebook.namespace) != before
