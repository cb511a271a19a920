"""Trees and forests with several outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import DoubleTensorType
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor

from jupyter_faas.serialization.exact import ML_OPSET, exact_converters
from tests.serialization.helpers import data


def answers(model: Any, rows: Any) -> list[Any]:
    options = {"zipmap": False} if hasattr(model, "predict_proba") else None
    with exact_converters(trees=True):
        graph = convert_sklearn(
            model,
            initial_types=[("X", DoubleTensorType([None, rows.shape[1]]))],
            target_opset={"": 21, "ai.onnx.ml": ML_OPSET},
            options=options,
        )
    # Several threads would add the trees in another order.
    one_thread = onnxruntime.SessionOptions()
    one_thread.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph.SerializeToString(), one_thread)
    found: list[Any] = session.run(None, {"X": rows})
    return found


@pytest.mark.parametrize(
    "model",
    [RandomForestClassifier(15, random_state=0), DecisionTreeClassifier(max_depth=3)],
    ids=["forest", "tree"],
)
def test_outputs_with_fewer_classes_are_filled_with_zeros(model: Any) -> None:
    rows, labels = data.iris()
    # Three classes, two and one.
    targets = np.column_stack([labels, rows[:, 0] > 5.8, np.zeros(len(rows))]).astype(int)
    model.fit(rows, targets)
    found, shares = answers(model, rows)
    np.testing.assert_array_equal(found, model.predict(rows))
    for ours, theirs in zip(model.predict_proba(rows), shares, strict=True):
        np.testing.assert_array_equal(theirs[:, : ours.shape[1]], ours)
        assert not theirs[:, ours.shape[1] :].any()


@pytest.mark.parametrize(
    "model",
    [
        RandomForestRegressor(15, random_state=0),
        ExtraTreesRegressor(15, random_state=0),
        DecisionTreeRegressor(max_depth=5),
        ExtraTreeRegressor(max_depth=5),
    ],
    ids=["forest", "extra trees", "tree", "extra tree"],
)
def test_amounts_of_several_outputs_are_exact(model: Any) -> None:
    rows, target = data.diabetes()
    model.fit(rows, np.column_stack([target, target[::-1], rows[:, 0]]))
    np.testing.assert_array_equal(answers(model, rows)[0], model.predict(rows))
