"""Converters of trees, forests and boosted trees: labels and scores as scikit-learn makes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from jupyter_faas.serialization.exact.ensemble import Tree, ensemble
from jupyter_faas.serialization.exact.graph_writer import GraphWriter
from jupyter_faas.serialization.exact.sklearn_trees import (
    NoExactConverter,
    of_gradient_boosting,
    of_hist_gradient_boosting,
    of_tree,
)


def tree_classifier(scope: Any, operator: Any, container: Any) -> None:
    """DecisionTreeClassifier and ExtraTreeClassifier."""
    graph = GraphWriter(scope, operator, container)
    _vote(graph, [graph.model])


def forest_classifier(scope: Any, operator: Any, container: Any) -> None:
    """RandomForestClassifier and ExtraTreesClassifier: the mean of their trees' shares."""
    graph = GraphWriter(scope, operator, container)
    _vote(graph, graph.model.estimators_)


def tree_regressor(scope: Any, operator: Any, container: Any) -> None:
    """DecisionTreeRegressor and ExtraTreeRegressor."""
    graph = GraphWriter(scope, operator, container)
    graph.answer(0, sum_of(graph, of_tree(graph.model.tree_, 1), 1))


def forest_regressor(scope: Any, operator: Any, container: Any) -> None:
    """RandomForestRegressor and ExtraTreesRegressor: the mean of their trees."""
    graph = GraphWriter(scope, operator, container)
    members = graph.model.estimators_
    trees = (tree for member in members for tree in of_tree(member.tree_, 1))
    graph.answer(0, mean(graph, sum_of(graph, trees, 1), len(members)))


def gradient_boosting_classifier(scope: Any, operator: Any, container: Any) -> None:
    """GradientBoostingClassifier, which takes a tie between two classes for the second."""
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    columns = model.n_trees_per_iteration_
    scores = sum_of(graph, of_gradient_boosting(model), columns)
    # The exponential loss halves its scores.
    factor = 2.0 if type(model._loss).__name__ == "ExponentialLoss" else 1.0
    _choose(graph, scores, columns, tie_is_second=True, factor=factor)


def gradient_boosting_regressor(scope: Any, operator: Any, container: Any) -> None:
    """GradientBoostingRegressor."""
    graph = GraphWriter(scope, operator, container)
    graph.answer(0, sum_of(graph, of_gradient_boosting(graph.model), 1))


def hist_gradient_boosting_classifier(scope: Any, operator: Any, container: Any) -> None:
    """HistGradientBoostingClassifier, which takes a tie between two classes for the first."""
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    columns = model.n_trees_per_iteration_
    scores = sum_of(graph, of_hist_gradient_boosting(model), columns, reads_float32=False)
    _choose(graph, scores, columns, tie_is_second=False)


def hist_gradient_boosting_regressor(scope: Any, operator: Any, container: Any) -> None:
    """HistGradientBoostingRegressor."""
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    score = sum_of(graph, of_hist_gradient_boosting(model), 1, reads_float32=False)
    link = type(model._loss.link).__name__
    if link == "LogLink":
        score = graph.node("Exp", [score])
    elif link != "IdentityLink":
        raise NoExactConverter(f"the link {link}")
    graph.answer(0, score)


def sum_of(
    graph: GraphWriter, trees: Iterable[Tree], columns: int, *, reads_float32: bool = True
) -> str:
    """What the trees say of the rows; most of scikit-learn's trees round the rows first."""
    rows = graph.rows()
    if reads_float32:
        rows = graph.as_float32(rows)
    return graph.node("TreeEnsemble", [rows], **ensemble(list(trees), columns))


def mean(graph: GraphWriter, total: str, members: int) -> str:
    return total if members == 1 else graph.node("Div", [total, graph.constant([members])])


def _vote(graph: GraphWriter, members: list[Any]) -> None:
    if graph.model.n_outputs_ != 1:
        raise NoExactConverter("several outputs")
    classes = len(graph.model.classes_)
    trees = (tree for member in members for tree in of_tree(member.tree_, classes))
    shares = mean(graph, sum_of(graph, trees, classes), len(members))
    choose_label(graph, shares)
    graph.answer(1, shares)


def _choose(
    graph: GraphWriter, scores: str, columns: int, *, tie_is_second: bool, factor: float = 1.0
) -> None:
    """Label and probabilities (or the scores themselves) of a boosted classifier."""
    if columns > 1:
        choose_label(graph, scores)
        raw = graph.option("raw_scores")
        graph.answer(1, scores if raw else graph.node("Softmax", [scores], axis=1))
        return
    compare = "GreaterOrEqual" if tie_is_second else "Greater"
    second = graph.node(compare, [scores, graph.constant([0.0])])
    flat = graph.node("Reshape", [second, graph.constant(_flat())])
    give_label(graph, graph.cast(flat, "INT64"))
    if graph.option("raw_scores"):
        graph.answer(1, both_signs(graph, scores))
    else:
        if factor != 1.0:
            scores = graph.node("Mul", [scores, graph.constant([factor])])
        graph.answer(1, answer_pair(graph, scores))


def both_signs(graph: GraphWriter, score: str) -> str:
    """The score of two classes, for each of them."""
    return graph.node("Concat", [graph.node("Neg", [score]), score], axis=1)


def answer_pair(graph: GraphWriter, score: str, dtype: str = "float64") -> str:
    """The shares of two classes, from the score of the second."""
    positive = graph.node("Sigmoid", [score])
    one = graph.constant(np.array([1.0], dtype=dtype))
    return graph.node("Concat", [graph.node("Sub", [one, positive]), positive], axis=1)


def choose_label(graph: GraphWriter, shares: str) -> None:
    """The label with the largest share, the first of equal ones."""
    give_label(graph, graph.node("ArgMax", [shares], axis=1, keepdims=0))


def give_label(graph: GraphWriter, number: str) -> None:
    labels = graph.node("Gather", [graph.constant(graph.labels()), number], axis=0)
    graph.answer(0, labels)


def _flat() -> Any:
    return np.array([-1], dtype=np.int64)
