"""Trees and forests with several outputs, and ensembles that weigh their trees."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import DoubleTensorType
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    ExtraTreesRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor

from jupyter_faas.serialization.exact import ML_OPSET, exact_converters
from tests.serialization.conftest import Answering, Convert
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


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("classes", [2, 3])
def test_weighted_votes_are_the_same_to_the_last_bit(
    depth: int, classes: int, convert_model: Convert, answering: Answering
) -> None:
    rows, labels = data.iris()
    rows, labels = rows[labels >= 3 - classes], labels[labels >= 3 - classes]
    tree = DecisionTreeClassifier(max_depth=depth)
    model = AdaBoostClassifier(tree, n_estimators=25, random_state=0).fit(rows, labels)
    artifact = convert_model(model, rows)
    assert artifact.facts.route == "exact"
    action_model = answering(artifact)
    for method in ("predict", "decision_function"):
        ours, theirs = (getattr(each, method)(rows) for each in (model, action_model))
        np.testing.assert_array_equal(theirs, ours)
    np.testing.assert_allclose(
        action_model.predict_proba(rows), model.predict_proba(rows), rtol=1e-14
    )


def test_weighted_medians_are_the_same_to_the_last_bit(
    convert_model: Convert, answering: Answering
) -> None:
    rows, amounts = data.diabetes()
    model = AdaBoostRegressor(n_estimators=30, random_state=0).fit(rows, amounts)
    artifact = convert_model(model, rows)
    assert artifact.facts.route == "exact"
    np.testing.assert_array_equal(answering(artifact).predict(rows), model.predict(rows))


@pytest.mark.parametrize(
    "options",
    [{}, {"max_features": 0.5}, {"contamination": 0.1}, {"max_samples": 1}],
    ids=["all columns", "some columns", "share of outliers", "single rows"],
)
def test_depths_are_double(
    options: dict[str, Any], convert_model: Convert, answering: Answering
) -> None:
    rows, _ = data.iris()
    rows = np.where(rows == rows[3], np.nan, rows)
    model = IsolationForest(n_estimators=30, random_state=0, **options).fit(rows)
    artifact = convert_model(model, rows)
    assert artifact.facts.route == "exact"
    action_model = answering(artifact)
    for method in ("predict", "decision_function", "score_samples"):
        ours, theirs = (getattr(each, method)(rows) for each in (model, action_model))
        np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-15)
        assert (np.argsort(theirs.round(14)) == np.argsort(ours.round(14))).all()
