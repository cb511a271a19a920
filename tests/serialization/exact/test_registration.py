from __future__ import annotations

from typing import Any

import pytest
from onnx import ModelProto
from skl2onnx import convert_sklearn
from skl2onnx.common import _registration, _topology
from skl2onnx.common.data_types import DoubleTensorType
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jupyter_faas.serialization.exact import exact_converters, has_exact_trees
from tests.serialization.helpers import data


def converted(model: Any, width: int) -> ModelProto:
    graph: ModelProto = convert_sklearn(
        model,
        initial_types=[("X", DoubleTensorType([None, width]))],
        target_opset={"": 21, "ai.onnx.ml": 5},
        options={"zipmap": False},
    )
    return graph


def kinds(graph: ModelProto) -> list[str]:
    return [node.op_type for node in graph.graph.node]


def test_trees_are_found_inside_pipelines_and_searches() -> None:
    search = GridSearchCV(make_pipeline(StandardScaler(), RandomForestClassifier(2)), {})
    assert has_exact_trees(search.fit(*data.iris()))
    assert not has_exact_trees(LogisticRegression(max_iter=1000).fit(*data.iris()))
    assert not has_exact_trees(AdaBoostClassifier(LogisticRegression()).fit(*data.iris()))


def test_trees_become_one_node_of_version_5() -> None:
    rows, labels = data.iris()
    with exact_converters(trees=True):
        graph = converted(RandomForestClassifier(3).fit(rows, labels), 4)
    assert kinds(graph).count("TreeEnsemble") == 1
    assert {entry.domain: entry.version for entry in graph.opset_import}["ai.onnx.ml"] == 5


def test_steps_before_are_ours_without_the_trees() -> None:
    rows, labels = data.iris()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, labels)
    with exact_converters(trees=False):
        graph = converted(model, 4)
    assert "Scaler" not in kinds(graph)
    assert "Div" in kinds(graph)


@pytest.mark.parametrize("fails", [False, True], ids=["after a conversion", "after a failure"])
def test_stock_converters_are_back(fails: bool) -> None:
    pool, lifted = dict(_registration._converter_pool), _topology.get_default_opset_for_domain
    try:
        with exact_converters(trees=True):
            assert _registration._converter_pool != pool
            if fails:
                raise ValueError
    except ValueError:
        pass
    assert _registration._converter_pool == pool
    assert _topology.get_default_opset_for_domain is lifted


def test_boosting_that_starts_from_a_model_is_not_ours() -> None:
    rows, labels = data.iris()
    start = LogisticRegression(max_iter=1000)
    model = GradientBoostingClassifier(init=start, n_estimators=2).fit(rows, labels)
    with exact_converters(trees=True), pytest.raises(NotImplementedError, match="init"):
        converted(model, 4)


def test_splits_on_categories_are_left_to_the_stock_converter() -> None:
    rows, labels = data.whole_numbers()
    model = HistGradientBoostingClassifier(max_iter=2, max_depth=1, categorical_features=[0])
    model.fit(rows // 10, labels)
    # It writes a node that version 5 no longer has.
    with exact_converters(trees=True), pytest.raises(ValueError, match="TreeEnsembleClassifier"):
        converted(model, 8)
