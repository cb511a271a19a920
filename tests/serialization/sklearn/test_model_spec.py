from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from jupyter_faas.serialization.sklearn.model_spec import rule
from tests.serialization.conftest import Answering, Convert
from tests.serialization.helpers import data

SPARSE = {"shape": "matrix", "sparse": "csr_matrix"}


@pytest.mark.parametrize(
    ("answer", "raw", "expected"),
    [
        (np.zeros(2), np.zeros((2, 1)), {"shape": "vector"}),
        (np.zeros((2, 1)), np.zeros(2), {"shape": "matrix"}),
        (np.zeros((2, 3)), np.zeros((2, 3)), {"shape": "matrix"}),
        (sparse.csr_matrix(np.zeros((2, 3))), np.zeros((2, 3)), SPARSE),
        ([np.zeros((2, 2))], np.zeros((1, 2, 3)), {"shape": "list", "sizes": [2]}),
        (np.zeros((2, 3)), np.zeros((2, 2)), None),
        (np.zeros(2), np.zeros((2, 2)), None),
        ([np.zeros((2, 2))], [np.zeros((2, 1))], None),
        ([np.zeros((2, 2))], [], None),
    ],
    ids=["column", "vector", "matrix", "sparse", "list", "width", "wide", "narrow", "short"],
)
def test_rule(answer: Any, raw: Any, expected: dict[str, Any] | None) -> None:
    found = rule("predict", answer, raw, "out")
    if expected is None:
        assert found is None
    else:
        assert found == {"output": "out", "dtype": "<f8", **expected}


def test_score_of_two_classes_is_the_second_column() -> None:
    found = rule("decision_function", np.zeros(2), np.zeros((2, 2)), "out")
    assert found is not None
    assert found["pick"] == 1


def test_description_is_plain_json(convert_model: Convert) -> None:
    frame, labels = data.passengers()
    model = LogisticRegression(max_iter=1000).fit(frame[["age", "fare"]], labels)
    spec = convert_model(model, frame).spec
    assert json.loads(json.dumps(spec)) == spec
    assert spec["columns"] == ["age", "fare"]
    assert spec["lacks"]["fit"] == "a deployed model is not trained"
    assert spec["lacks"]["predict_log_proba"] == "use numpy.log of predict_proba"


def test_transformer_keeps_its_one_method(convert_model: Convert, answering: Answering) -> None:
    rows, _ = data.iris()
    model = PCA(2).fit(rows)
    artifact = convert_model(model, rows)
    action_model = answering(artifact)
    np.testing.assert_allclose(action_model.transform(rows), model.transform(rows), atol=1e-9)
    assert not hasattr(action_model, "predict")
    with pytest.raises(
        AttributeError, match=r"inverse_transform is not in the ONNX form, which provides only"
    ):
        action_model.inverse_transform(rows)
