from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC, SVR

from jupyter_faas.serialization.precision import DOUBLE, FLOAT32
from jupyter_faas.serialization.sklearn.onnx_variant import NoForm, candidate
from jupyter_faas.serialization.sklearn.skl2onnx_patches import mend
from jupyter_faas.serialization.sklearn.reference_model import Subject, subject_of
from tests.serialization.helpers import data


@pytest.fixture(scope="module", autouse=True)
def mended() -> None:
    mend()


def subject(model: Any, standins: ModuleType) -> Subject:
    rows, _ = data.iris()
    return subject_of("model", model, rows, standins, np.random.default_rng(0))


def test_label_of_a_linear_model_comes_from_its_score(standins: ModuleType) -> None:
    model = LogisticRegression(max_iter=1000).fit(*data.iris())
    form = candidate(subject(model, standins), DOUBLE, standins)
    assert form.spec["methods"]["predict"]["output"] == "decision_label"
    assert set(form.spec["methods"]) == {"predict", "predict_proba", "decision_function"}
    assert not form.left_out


def test_method_whose_values_differ_is_left_out_with_the_reason(standins: ModuleType) -> None:
    rows, labels = data.iris()
    model = SVC(random_state=0, probability=True)
    with pytest.warns(FutureWarning, match="probability"):
        model.fit(rows, labels)
    form = candidate(subject(model, standins), DOUBLE, standins)
    assert form.left_out == {"decision_function": "its ONNX form answers other values"}
    with pytest.raises(AttributeError, match="decision_function is not in the ONNX form"):
        form.standin.decision_function(rows)


@pytest.mark.parametrize(
    "model", [SVR(), HistGradientBoostingClassifier(max_iter=2)], ids=["no kernel", "wrong type"]
)
def test_route_that_leads_nowhere_tells_why(model: Any, standins: ModuleType) -> None:
    found = subject(model.fit(*data.iris()), standins)
    with pytest.raises(NoForm, match="ONNXRuntimeError"):
        candidate(found, DOUBLE, standins)
    assert candidate(found, FLOAT32, standins).route is FLOAT32
