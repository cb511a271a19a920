"""Converters for scikit-learn's trees, forests and boosted trees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from jupyter_faas.serialization.exact.ensemble import Tree, ensemble
from jupyter_faas.serialization.exact.graph_writer import GraphWriter
from jupyter_faas.serialization.exact.sklearn_trees import (
    NoExactConverter,
    read_ada_boost,
    read_gradient_boosting,
    read_hist_gradient_boosting,
    read_isolation_forest,
    read_tree,
    trees_of,
)


def tree_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert DecisionTreeClassifier and ExtraTreeClassifier."""
    graph = GraphWriter(scope, operator, container)
    _vote(graph, [graph.model])


def forest_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert RandomForestClassifier and ExtraTreesClassifier.

    A forest's probabilities are the mean of its trees' probabilities.
    """
    graph = GraphWriter(scope, operator, container)
    _vote(graph, graph.model.estimators_)


def tree_regressor(scope: Any, operator: Any, container: Any) -> None:
    """Convert DecisionTreeRegressor and ExtraTreeRegressor."""
    graph = GraphWriter(scope, operator, container)
    _average(graph, [graph.model])


def forest_regressor(scope: Any, operator: Any, container: Any) -> None:
    """Convert RandomForestRegressor and ExtraTreesRegressor, which average their trees."""
    graph = GraphWriter(scope, operator, container)
    _average(graph, graph.model.estimators_)


def gradient_boosting_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert GradientBoostingClassifier, which predicts the second of two classes on a tie."""
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    columns = model.n_trees_per_iteration_
    scores = sum_of(graph, read_gradient_boosting(model), columns)
    # With the exponential loss, the probability is the sigmoid of twice the score.
    factor = 2.0 if type(model._loss).__name__ == "ExponentialLoss" else 1.0
    _choose(graph, scores, columns, tie_is_second=True, factor=factor)


def gradient_boosting_regressor(scope: Any, operator: Any, container: Any) -> None:
    """Convert GradientBoostingRegressor."""
    graph = GraphWriter(scope, operator, container)
    graph.set_output(0, sum_of(graph, read_gradient_boosting(graph.model), 1))


def hist_gradient_boosting_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert HistGradientBoostingClassifier, which predicts the first of two classes on a tie."""
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    columns = model.n_trees_per_iteration_
    scores = sum_of(graph, read_hist_gradient_boosting(model), columns, reads_float32=False)
    _choose(graph, scores, columns, tie_is_second=False)


def hist_gradient_boosting_regressor(scope: Any, operator: Any, container: Any) -> None:
    """Convert HistGradientBoostingRegressor.

    Raises NoExactConverter for link functions other than the identity and the logarithm.
    """
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    score = sum_of(graph, read_hist_gradient_boosting(model), 1, reads_float32=False)
    link = type(model._loss.link).__name__
    if link == "LogLink":
        score = graph.node("Exp", [score])
    elif link != "IdentityLink":
        raise NoExactConverter(f"the link {link}")
    graph.set_output(0, score)


def ada_boost_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert AdaBoostClassifier, whose trees vote with weights.

    Raises NoExactConverter for estimators other than trees.
    """
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    classes = len(model.classes_)
    # The scores of two classes differ only in their sign, so one of them is computed.
    columns = 1 if classes == 2 else classes
    weight = graph.constant([model.estimator_weights_.sum()])
    scores = graph.node("Div", [sum_of(graph, read_ada_boost(model), columns), weight])
    if classes == 2:
        score = graph.node("Add", [scores, scores])
        _set_second_label(graph, graph.node("Greater", [score, graph.constant([0.0])]))
        scores, divisor = both_signs(graph, score), 2.0
    else:
        set_most_likely_label(graph, scores)
        divisor = classes - 1.0
    if not graph.option("raw_scores"):
        scores = softmax(graph, graph.node("Div", [scores, graph.constant([divisor])]))
    graph.set_output(1, scores)


def ada_boost_regressor(scope: Any, operator: Any, container: Any) -> None:
    """Convert AdaBoostRegressor, which predicts the weighted median of its trees.

    Raises NoExactConverter for estimators other than trees.
    """
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    members = trees_of(model)
    trees = (
        replace(next(read_tree(member.tree_, [1])), target=target)
        for target, member in enumerate(members)
    )
    count = graph.constant(np.array([len(members)]))
    amounts, places = graph.several(
        2, "TopK", [sum_of(graph, trees, len(members)), count], axis=1, largest=0, sorted=1
    )
    weights = graph.constant(model.estimator_weights_[: len(members)])
    running = graph.node(
        "CumSum", [graph.node("Gather", [weights, places]), graph.constant(np.array(1))]
    )
    half = graph.node("Mul", [graph.column(running, len(members) - 1), graph.constant([0.5])])
    reached = graph.cast(graph.node("GreaterOrEqual", [running, half]), "INT32")
    median = graph.node("ArgMax", [reached], axis=1, keepdims=1)
    graph.set_output(0, graph.node("GatherElements", [amounts, median], axis=1))


def isolation_forest(scope: Any, operator: Any, container: Any) -> None:
    """Convert IsolationForest: the label, ``decision_function`` and ``score_samples``."""
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    depths = sum_of(graph, read_isolation_forest(model), 1)
    from sklearn.ensemble._iforest import _average_path_length

    deepest = len(model.estimators_) * float(_average_path_length([model._max_samples])[0])
    # A forest of single rows has the depth 0, and the score of all rows is then 1/2.
    if deepest:
        shares = graph.node("Div", [depths, graph.constant([deepest])])
    else:
        shares = graph.node("Add", [depths, graph.constant([1.0])])
    powers = graph.node("Pow", [graph.constant([2.0]), graph.node("Neg", [shares])])
    samples = graph.node("Neg", [powers])
    scores = graph.node("Sub", [samples, graph.constant([model.offset_])])
    outside = graph.node("Less", [scores, graph.constant([0.0])])
    labels = [graph.constant(np.array([label])) for label in (-1, 1)]
    graph.set_output(0, graph.node("Where", [outside, *labels]))
    graph.set_output(1, scores)
    if graph.option("score_samples"):
        graph.set_output(2, samples)


def sum_of(
    graph: GraphWriter, trees: Iterable[Tree], columns: int, *, reads_float32: bool = True
) -> str:
    """Add a node that sums the trees into ``columns`` columns, and return its edge.

    ``reads_float32``: whether the trees round rows to float32, as most of scikit-learn's trees do.
    """
    rows = graph.rows()
    if reads_float32:
        rows = graph.as_float32(rows)
    return graph.node("TreeEnsemble", [rows], **ensemble(list(trees), columns))


def mean(graph: GraphWriter, total: str, members: int) -> str:
    return total if members == 1 else graph.node("Div", [total, graph.constant([members])])


def _average(graph: GraphWriter, members: list[Any]) -> None:
    outputs = graph.model.n_outputs_
    trees = (tree for member in members for tree in read_tree(member.tree_, [1] * outputs))
    amounts = mean(graph, sum_of(graph, trees, outputs), len(members))
    graph.set_output(0, amounts, width=outputs if outputs > 1 else None)


def _vote(graph: GraphWriter, members: list[Any]) -> None:
    sizes = np.atleast_1d(graph.model.n_classes_).tolist()
    trees = (tree for member in members for tree in read_tree(member.tree_, sizes))
    shares = mean(graph, sum_of(graph, trees, sum(sizes)), len(members))
    if graph.model.n_outputs_ == 1:
        set_most_likely_label(graph, shares)
        graph.set_output(1, shares)
    else:
        _set_outputs(graph, shares, sizes)


def _set_outputs(graph: GraphWriter, shares: str, sizes: Sequence[int]) -> None:
    """Set the labels and the probabilities of a classifier with several outputs.

    ``shares``: the edge of all probabilities, the columns of the first output first. The labels are
    positions. The probabilities have the shape (outputs, rows, classes), where outputs with fewer
    classes than others are filled with zeros.
    """
    # ``rewriting.py`` replaces labels with positions in the last step only.
    if any(not np.array_equal(each, np.arange(len(each))) for each in graph.model.classes_):
        raise NoExactConverter("labels of several outputs in an inner step")
    ends = np.cumsum(sizes)
    columns = [np.arange(end - size, end) for end, size in zip(ends, sizes, strict=True)]
    labels = [
        graph.node(
            "ArgMax",
            [graph.node("Gather", [shares, graph.constant(each)], axis=1)],
            axis=1,
            keepdims=1,
        )
        for each in columns
    ]
    graph.set_output(0, graph.node("Concat", labels, axis=1))
    most, zeros = max(sizes), int(ends[-1])
    padded = graph.node("Pad", [shares, graph.constant(np.array([0, 0, 0, 1]))])
    table = np.full((len(sizes), most), zeros)
    for row, each in zip(table, columns, strict=True):
        row[: len(each)] = each
    chosen = graph.node("Gather", [padded, graph.constant(table.ravel())], axis=1)
    shape = graph.constant(np.array([-1, len(sizes), most]))
    by_row = graph.node("Reshape", [chosen, shape])
    graph.set_output(1, graph.node("Transpose", [by_row], perm=[1, 0, 2]))


def _choose(
    graph: GraphWriter, scores: str, columns: int, *, tie_is_second: bool, factor: float = 1.0
) -> None:
    """Set the outputs of a boosted classifier: the label, and the probabilities or raw scores.

    ``columns``: the number of score columns, which is 1 for two classes. ``tie_is_second``: whether
    the score 0 predicts the second of two classes. ``factor``: a factor for the score before the
    sigmoid is applied.
    """
    if columns > 1:
        set_most_likely_label(graph, scores)
        raw = graph.option("raw_scores")
        graph.set_output(1, scores if raw else graph.node("Softmax", [scores], axis=1))
        return
    compare = "GreaterOrEqual" if tie_is_second else "Greater"
    _set_second_label(graph, graph.node(compare, [scores, graph.constant([0.0])]))
    if graph.option("raw_scores"):
        graph.set_output(1, both_signs(graph, scores))
    else:
        if factor != 1.0:
            scores = graph.node("Mul", [scores, graph.constant([factor])])
        graph.set_output(1, two_class_shares(graph, graph.node("Sigmoid", [scores])))


def softmax(graph: GraphWriter, scores: str) -> str:
    """Return the edge of the softmax of the columns, computed as scikit-learn does."""
    axis = graph.constant(np.array([1]))
    most = graph.node("ReduceMax", [scores, axis], keepdims=1)
    powers = graph.node("Exp", [graph.node("Sub", [scores, most])])
    return graph.node("Div", [powers, graph.sums(powers)])


def both_signs(graph: GraphWriter, score: str) -> str:
    """Return the edge of two classes' scores, given the edge of the second's score."""
    return graph.node("Concat", [graph.node("Neg", [score]), score], axis=1)


def two_class_shares(graph: GraphWriter, positive: str, dtype: str = "float64") -> str:
    """Return the edge of two classes' probabilities, given the edge of the second's."""
    one = graph.constant(np.array([1.0], dtype=dtype))
    return graph.node("Concat", [graph.node("Sub", [one, positive]), positive], axis=1)


def set_most_likely_label(graph: GraphWriter, shares: str) -> None:
    """Set the label output to the first label with the largest probability."""
    set_label(graph, graph.node("ArgMax", [shares], axis=1, keepdims=0))


def set_label(graph: GraphWriter, number: str) -> None:
    labels = graph.node("Gather", [graph.constant(graph.labels()), number], axis=0)
    graph.set_output(0, labels)


def _set_second_label(graph: GraphWriter, chosen: str) -> None:
    """Set the label output to the second of two labels in the rows where ``chosen`` is true."""
    flat = graph.node("Reshape", [chosen, graph.constant(np.array([-1]))])
    set_label(graph, graph.cast(flat, "INT64"))
