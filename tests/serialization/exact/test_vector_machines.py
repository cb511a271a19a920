"""Support vector machines in double: libsvm's scores, labels and probabilities up to rounding."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from scipy import sparse
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM

from tests.serialization.conftest import Answering, Convert
from tests.serialization.helpers import data

pytestmark = pytest.mark.filterwarnings("ignore:The `probability` parameter:FutureWarning")

CLASSIFIERS: dict[str, Any] = {
    "radial": SVC(),
    "products": SVC(kernel="linear"),
    "cubes": SVC(kernel="poly", coef0=0.5),
    "fifth powers": SVC(kernel="poly", degree=5, gamma=0.05),
    "sigmoid": SVC(kernel="sigmoid", gamma=0.01),
    "pairs": SVC(decision_function_shape="ovo"),
    "ties are broken": SVC(break_ties=True),
    "few of a class": SVC(class_weight="balanced", C=0.1),
    "nu": NuSVC(nu=0.2),
}
REGRESSORS: dict[str, Any] = {
    "radial": SVR(C=100),
    "products": SVR(kernel="linear"),
    "squares": SVR(kernel="poly", degree=2, coef0=1),
    "power of zero": SVR(kernel="poly", degree=0),
    "nu": NuSVR(C=100),
}


def assert_same_but_for_rounding(theirs: Any, ours: Any) -> None:
    np.testing.assert_allclose(theirs, ours, rtol=1e-11, atol=1e-12)


def ranks(values: Any) -> Any:
    """The order of rows; those that differ by rounding only have the same rank."""
    return np.argsort(np.round(values, 11), axis=0, kind="stable")


def near_twins(rows: Any) -> Any:
    """Each row with a twin, which differs less than float32 can tell."""
    twins = np.repeat(rows, 2, axis=0)
    twins[1::2] *= 1 + 1e-8
    return twins


@pytest.mark.parametrize("model", CLASSIFIERS.values(), ids=CLASSIFIERS.keys())
@pytest.mark.parametrize("classes", [2, 3])
def test_labels_and_scores(
    model: Any, classes: int, convert_model: Convert, answering: Answering
) -> None:
    rows, labels = data.iris()
    rows, labels = rows[labels < classes], labels[labels < classes]
    artifact = convert_model(model.fit(rows, labels), rows)
    assert artifact.facts.route == "double"
    action_model = answering(artifact)
    asked = near_twins(rows)
    assert (action_model.predict(asked) == model.predict(asked)).all()
    ours, theirs = model.decision_function(asked), action_model.decision_function(asked)
    assert_same_but_for_rounding(theirs, ours)
    assert (ranks(theirs) == ranks(ours)).all()


@pytest.mark.parametrize("model", [SVC, NuSVC])
@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities(
    model: Any, classes: int, convert_model: Convert, answering: Answering
) -> None:
    rows, labels = data.iris()
    rows, labels = rows[labels < classes] - 4.0, labels[labels < classes]
    fitted = model(probability=True, random_state=0).fit(rows, labels)
    artifact = convert_model(fitted, rows)
    # The kernel is computed once for the probabilities and the scores.
    graph = onnx.load_from_string(artifact.onnx).graph
    assert [node.op_type for node in graph.node].count("Scan") == 1
    action_model = answering(artifact)
    ours, theirs = fitted.predict_proba(rows), action_model.predict_proba(rows)
    assert_same_but_for_rounding(theirs, ours)
    # Rows stop at different rounds, which must not depend on the rows that are asked together.
    alone = np.concatenate([action_model.predict_proba(rows[[i]]) for i in range(len(rows))])
    assert_same_but_for_rounding(alone, ours)
    assert_same_but_for_rounding(
        action_model.decision_function(rows), fitted.decision_function(rows)
    )


@pytest.mark.parametrize("model", REGRESSORS.values(), ids=REGRESSORS.keys())
def test_amounts(model: Any, convert_model: Convert, answering: Answering) -> None:
    rows, amounts = data.diabetes()
    artifact = convert_model(model.fit(rows, amounts), rows)
    assert artifact.facts.route == "double"
    asked = near_twins(rows)
    ours, theirs = model.predict(asked), answering(artifact).predict(asked)
    np.testing.assert_allclose(theirs, ours, rtol=1e-11)
    assert (ranks(theirs) == ranks(ours)).all()


@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_outliers(kernel: str, convert_model: Convert, answering: Answering) -> None:
    rows, _ = data.iris()
    model = OneClassSVM(nu=0.2, kernel=kernel).fit(rows)
    artifact = convert_model(model, rows)
    assert artifact.facts.route == "double"
    action_model = answering(artifact)
    asked = near_twins(rows)
    for method in ("predict", "decision_function", "score_samples"):
        ours, theirs = (getattr(each, method)(asked) for each in (model, action_model))
        assert_same_but_for_rounding(theirs, ours)
        assert (ranks(theirs) == ranks(ours)).all()


def test_model_of_sparse_rows(convert_model: Convert, answering: Answering) -> None:
    rows, labels = data.iris()
    model = SVC().fit(sparse.csr_matrix(rows), labels)
    action_model = answering(convert_model(model, rows))
    assert_same_but_for_rounding(
        action_model.decision_function(rows), model.decision_function(sparse.csr_matrix(rows))
    )


def test_distances_of_large_numbers_do_not_cancel(
    convert_model: Convert, answering: Answering
) -> None:
    rows, labels = data.iris()
    rows = rows + 1e6
    model = SVC(gamma=1.0).fit(rows, labels)
    action_model = answering(convert_model(model, rows))
    assert_same_but_for_rounding(
        action_model.decision_function(rows), model.decision_function(rows)
    )
