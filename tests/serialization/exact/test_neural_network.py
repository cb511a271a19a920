"""Neural networks that answer a row with several labels or amounts."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import DoubleTensorType
from sklearn.neural_network import MLPClassifier, MLPRegressor

from jupyter_faas.serialization.exact import exact_converters, has_several_labels
from tests.serialization.helpers import data

NETWORK: dict[str, Any] = {"hidden_layer_sizes": (6, 4), "max_iter": 30, "random_state": 0}
pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")


def answers(model: Any, rows: Any) -> list[Any]:
    options = {"zipmap": False} if hasattr(model, "predict_proba") else None
    kind = DoubleTensorType([None, rows.shape[1]])
    with exact_converters(trees=False):
        graph = convert_sklearn(
            model, initial_types=[("X", kind)], target_opset=21, options=options
        )
    found: list[Any] = onnxruntime.InferenceSession(graph.SerializeToString()).run(
        None, {"X": rows}
    )
    return found


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_each_label_has_a_column(count: int, activation: str) -> None:
    rows, labels = data.iris()
    targets = np.column_stack([labels == 1, rows[:, 0] > 5.8, rows[:, 1] > 3])[:, :count]
    model = MLPClassifier(**NETWORK, activation=activation).fit(rows, targets.astype(int))
    found, shares = answers(model, rows)
    np.testing.assert_array_equal(found, model.predict(rows))
    np.testing.assert_allclose(shares, model.predict_proba(rows), rtol=1e-12, atol=1e-14)


def test_each_amount_has_a_column() -> None:
    rows, labels = data.iris()
    model = MLPRegressor(**NETWORK).fit(rows, np.column_stack([labels, rows[:, 0], rows[:, 1]]))
    np.testing.assert_allclose(answers(model, rows)[0], model.predict(rows), rtol=1e-12)


def test_one_label_per_row_is_no_column() -> None:
    model = MLPClassifier(**NETWORK).fit(*data.iris())
    assert not has_several_labels(model)
