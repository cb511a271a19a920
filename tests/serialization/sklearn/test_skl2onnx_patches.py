from __future__ import annotations

import pytest
from sklearn.ensemble import RandomForestClassifier, StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from jupyter_faas.serialization.input_schema import Column, InputSchema
from jupyter_faas.serialization.onnx.graph import canonical
from jupyter_faas.serialization.precision import DOUBLE, FLOAT32
from jupyter_faas.serialization.sklearn.guards import outputs_of
from jupyter_faas.serialization.sklearn.skl2onnx_patches import (
    patch_skl2onnx,
    supported_classes,
    to_onnx,
)
from tests.serialization.helpers import data

FORM = InputSchema("tensor", tuple(Column(None, "number") for _ in range(4)))


@pytest.fixture(autouse=True)
def mended() -> None:
    patch_skl2onnx()


def test_mending_twice_changes_nothing() -> None:
    from skl2onnx.operator_converters import decision_tree

    once = decision_tree.add_tree_to_attribute_pairs
    patch_skl2onnx()
    assert decision_tree.add_tree_to_attribute_pairs is once


def test_linear_svc_converts_inside_a_stack() -> None:
    stack = StackingClassifier(
        [("svc", LinearSVC()), ("bayes", GaussianNB())], LogisticRegression()
    )
    graph = to_onnx(stack.fit(*data.iris()), FORM, DOUBLE, scores=False).onnx
    assert outputs_of(graph) == ["label", "probabilities"]


def test_sides_of_missing_values_are_exported() -> None:
    rows, labels = data.iris()
    model = DecisionTreeClassifier(random_state=0).fit(rows, labels)
    graph = to_onnx(model, FORM, FLOAT32, scores=False).onnx.graph
    (node,) = [n for n in graph.node if n.attribute]
    attributes = {attribute.name: list(attribute.ints) for attribute in node.attribute}
    branches = model.tree_.children_left > 0
    expected = (model.tree_.missing_go_to_left.astype(bool) & branches).astype(int).tolist()
    assert attributes["nodes_missing_value_tracks_true"] == expected
    assert sum(expected) > 0


def test_graph_of_ai_onnx_ml_3_at_most_and_without_maps() -> None:
    model = LogisticRegression(max_iter=1000).fit(*data.iris())
    graph = to_onnx(model, FORM, FLOAT32, scores=True).onnx
    canonical(graph)
    versions = {entry.domain: entry.version for entry in graph.opset_import}
    assert versions["ai.onnx.ml"] <= 3
    assert "ZipMap" not in {node.op_type for node in graph.graph.node}


def test_supported_classes_are_named_as_users_know_them() -> None:
    assert {"LogisticRegression", "ColumnTransformer", "TfidfVectorizer"} <= supported_classes()


def test_trees_of_a_forest_are_not_searched_for_options() -> None:
    from skl2onnx.common import utils_sklearn

    forest = RandomForestClassifier(3, random_state=0).fit(*data.iris())
    model = make_pipeline(StandardScaler(), forest)
    names = dict(utils_sklearn.enumerate_model_names(model))
    assert {type(each).__name__ for each in names.values()} == {
        "Pipeline",
        "StandardScaler",
        "RandomForestClassifier",
    }
