from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import AdaBoostClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from jupyter_faas.serialization.precision import DOUBLE, FLOAT32
from jupyter_faas.serialization.sklearn.onnx_variant import VariantUnavailable, build_variant
from jupyter_faas.serialization.sklearn.reference_model import ReferenceModel, build_reference
from jupyter_faas.serialization.sklearn.skl2onnx_patches import patch_skl2onnx
from tests.serialization.helpers import data


@pytest.fixture(scope="module", autouse=True)
def mended() -> None:
    patch_skl2onnx()


def reference(model: Any) -> ReferenceModel:
    rows, _ = data.iris()
    return build_reference("model", model, rows, np.random.default_rng(0))


def test_label_of_a_linear_model_comes_from_its_score(action_models: ModuleType) -> None:
    model = LogisticRegression(max_iter=1000).fit(*data.iris())
    variant = build_variant(reference(model), DOUBLE, action_models)
    assert variant.spec["methods"]["predict"]["output"] == "decision_label"
    assert set(variant.spec["methods"]) == {"predict", "predict_proba", "decision_function"}
    assert not variant.omitted


def test_method_whose_values_differ_is_left_out_with_the_reason(action_models: ModuleType) -> None:
    rows, labels = data.iris()
    model = SVC(random_state=0, probability=True)
    with pytest.warns(FutureWarning, match="probability"):
        model.fit(rows, labels)
    variant = build_variant(reference(model), FLOAT32, action_models)
    assert variant.omitted == {"decision_function": "its ONNX form returns different values"}
    with pytest.raises(AttributeError, match="decision_function is not in the ONNX form"):
        variant.action_model.decision_function(rows)


@pytest.mark.parametrize(
    "model",
    [
        AdaBoostClassifier(LogisticRegression(max_iter=1000), n_estimators=2),
        HistGradientBoostingClassifier(max_iter=2),
    ],
    ids=["single constants", "wrong type"],
)
def test_route_that_leads_nowhere_tells_why(model: Any, action_models: ModuleType) -> None:
    found = reference(model.fit(*data.iris()))
    with pytest.raises(VariantUnavailable, match="ONNXRuntimeError"):
        build_variant(found, DOUBLE, action_models)
    assert build_variant(found, FLOAT32, action_models).precision is FLOAT32
