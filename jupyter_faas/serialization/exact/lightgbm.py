"""Converters for LightGBM models, which read the trees from ``Booster.dump_model``.

LightGBM computes in double, so thresholds, leaves and sums are double here too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from jupyter_faas.serialization.exact.ensemble import Tree, ensemble
from jupyter_faas.serialization.exact.graph_writer import GraphWriter
from jupyter_faas.serialization.exact.sklearn_trees import CATEGORIES, NoExactConverter
from jupyter_faas.serialization.exact.tree_converters import (
    both_signs,
    mean,
    set_most_likely_label,
    two_class_shares,
)

# Objectives whose prediction is the sum of the trees.
_PLAIN = ("regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank")
# LightGBM's kZeroThreshold, a float32. LightGBM treats values up to this magnitude as zero.
_ZERO = 1.0000000180025095e-35
# Objectives whose prediction is the exponential of the sum.
_LOG = ("poisson", "gamma", "tweedie")


def read_trees(model: Any) -> list[Tree]:
    """Return the trees of a fitted LGBMModel, up to the best iteration.

    Raises NoExactConverter for categorical columns of data frames, ``zero_as_missing`` and linear
    leaves.
    """
    dump = model.booster_.dump_model()
    if dump["pandas_categorical"]:
        # LightGBM maps a frame's categories from values to codes, which the graph cannot do.
        raise NoExactConverter(CATEGORIES)
    columns = dump["num_tree_per_iteration"]
    return [_read(tree["tree_structure"], i % columns) for i, tree in enumerate(dump["tree_info"])]


def classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert LGBMClassifier, which predicts the label with the largest probability.

    If several labels have this probability, LightGBM predicts the first of them. Raises
    NoExactConverter for unsupported objectives.
    """
    graph = GraphWriter(scope, operator, container)
    scores, objective = _scores(graph)
    if objective[0] == "binary":
        steep = graph.node("Mul", [scores, graph.constant([_number(objective, "sigmoid")])])
        shares = two_class_shares(graph, graph.node("Sigmoid", [steep]))
    elif objective[0] == "multiclass":
        shares = graph.node("Softmax", [scores], axis=1)
    elif objective[0] == "multiclassova":
        steep = graph.node("Mul", [scores, graph.constant([_number(objective, "sigmoid")])])
        shares = graph.node("Sigmoid", [steep])
    else:
        raise NoExactConverter(f"the objective {objective[0]}")
    set_most_likely_label(graph, shares)
    if graph.option("raw_scores"):
        shares = both_signs(graph, scores) if objective[0] == "binary" else scores
    graph.set_output(1, shares)


def regressor(scope: Any, operator: Any, container: Any) -> None:
    """Convert LGBMRegressor. Raises NoExactConverter for unsupported objectives."""
    graph = GraphWriter(scope, operator, container)
    score, objective = _scores(graph)
    if objective[0] in _LOG:
        score = graph.node("Exp", [score])
    elif objective[0] not in _PLAIN or "sqrt" in objective[1:]:
        raise NoExactConverter(f"the objective {' '.join(objective)}")
    graph.set_output(0, score)


def native(scope: Any, operator: Any, container: Any) -> None:
    """Convert a lightgbm.Booster, whose ``predict`` depends on the objective.

    ``predict`` returns probabilities or quantities, or raw scores if the objective is custom.
    Raises NoExactConverter for unsupported objectives.
    """
    graph = GraphWriter(scope, operator, container)
    scores, objective = _scores(graph)
    name = objective[0] if objective else ""
    if name in ("binary", "multiclassova"):
        steep = graph.node("Mul", [scores, graph.constant([_number(objective, "sigmoid")])])
        scores = graph.node("Sigmoid", [steep])
    elif name == "cross_entropy":
        scores = graph.node("Sigmoid", [scores])
    elif name == "multiclass":
        scores = graph.node("Softmax", [scores], axis=1)
    elif name in _LOG:
        scores = graph.node("Exp", [scores])
    elif name not in (*_PLAIN, "rank_xendcg", "") or "sqrt" in objective[1:]:
        raise NoExactConverter(f"the objective {' '.join(objective)}")
    graph.set_output(0, scores, width=graph.model.booster_.num_model_per_iteration())


def _scores(graph: GraphWriter) -> tuple[str, list[str]]:
    """Return the edge of the trees' scores, and the objective's name followed by its parameters.

    The list is empty for a custom objective.
    """
    booster = graph.model.booster_
    dump = booster.dump_model()
    columns = dump["num_tree_per_iteration"]
    trees = read_trees(graph.model)
    rows = _rows_as_read(graph, trees)
    scores = graph.node("TreeEnsemble", [rows], **ensemble(trees, columns))
    if dump["average_output"]:
        scores = mean(graph, scores, len(trees) // columns)
    # The dump does not contain a custom objective.
    return scores, dump.get("objective", "").split()


def _rows_as_read(graph: GraphWriter, trees: Sequence[Tree]) -> str:
    """Return the edge of the rows as LightGBM reads them.

    LightGBM reads tiny values as zero and truncates categories to integers.
    """
    rows = graph.rows()
    # The replacement only matters if a threshold is tiny, so it is omitted from other graphs.
    if any((np.abs(tree.thresholds[~tree.leaf]) <= _ZERO).any() for tree in trees):
        tiny = graph.node("LessOrEqual", [graph.node("Abs", [rows]), graph.constant([_ZERO])])
        rows = graph.node("Where", [tiny, graph.constant([0.0]), rows])
    categorical = {int(tree.features[node]) for tree in trees for node in tree.members}
    if not categorical:
        return rows
    # LightGBM truncates categories toward zero. ONNX has no single operator for this.
    size = graph.node("Floor", [graph.node("Abs", [rows])])
    whole = graph.node("Mul", [graph.node("Sign", [rows]), size])
    mask = np.array([i in categorical for i in range(graph.model.booster_.num_feature())])
    return graph.node("Where", [graph.constant(mask), whole, rows])


def _number(objective: list[str], name: str) -> float:
    for word in objective[1:]:
        key, _, value = word.partition(":")
        if key == name:
            return float(value)
    # This is LightGBM's default for "sigmoid", the only parameter that is read here.
    return 1.0


def _read(root: Mapping[str, Any], target: int) -> Tree:
    nodes = list(_walk(root))
    # The dump numbers inner nodes and leaves separately, so nodes are identified by ``id()``.
    place = {id(node): i for i, node in enumerate(nodes)}
    leaf = np.array(["leaf_value" in node for node in nodes])
    return Tree(
        target=target,
        features=np.array([node.get("split_feature", 0) for node in nodes]),
        thresholds=np.array(
            [0.0 if _is_set(node) else float(node.get("threshold", 0.0)) for node in nodes]
        ),
        missing_left=np.array([_missing_left(node) for node in nodes]),
        left=np.array(
            [place[id(node["left_child"])] if "left_child" in node else 0 for node in nodes]
        ),
        right=np.array(
            [place[id(node["right_child"])] if "right_child" in node else 0 for node in nodes]
        ),
        leaf=leaf,
        values=np.array([float(node.get("leaf_value", 0.0)) for node in nodes]),
        members={
            i: [int(category) for category in node["threshold"].split("||")]
            for i, node in enumerate(nodes)
            if _is_set(node)
        },
    )


def _is_set(node: Mapping[str, Any]) -> bool:
    """Return whether the node splits on a set of categories."""
    return node.get("decision_type") == "=="


def _walk(root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the nodes of a tree, root first. Raises NoExactConverter for unsupported nodes.

    The function is not recursive, because a deep tree could exceed Python's recursion limit.
    """
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if "leaf_value" in node:
            if "leaf_const" in node:
                raise NoExactConverter("linear leaves")
        elif node["decision_type"] not in ("<=", "=="):
            raise NoExactConverter(f"splits by {node['decision_type']}")
        elif node["missing_type"] == "Zero" and not _is_set(node):
            raise NoExactConverter("zero_as_missing")
        else:
            waiting += [node["right_child"], node["left_child"]]
        yield node


def _missing_left(node: Mapping[str, Any]) -> bool:
    if "leaf_value" in node or _is_set(node):
        return False
    # If training had no missing values in this column, LightGBM treats NaN as zero.
    return bool(node["default_left"] if node["missing_type"] == "NaN" else node["threshold"] >= 0)
