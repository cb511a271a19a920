"""Converters for XGBoost models, which read the trees from the booster's JSON.

XGBoost computes in float32, so thresholds, leaves and sums are float32 here too.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from jupyter_faas.serialization.exact.ensemble import Tree, constant, ensemble
from jupyter_faas.serialization.exact.graph_writer import GraphWriter
from jupyter_faas.serialization.exact.sklearn_trees import CATEGORIES, NoExactConverter
from jupyter_faas.serialization.exact.tree_converters import set_most_likely_label, two_class_shares

# Objectives whose prediction is the sum of the trees.
_PLAIN = ("reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:quantileerror")
# Objectives whose scores are logarithms. The code below excludes reg:squaredlogerror, whose scores
# are plain sums.
_LOG = ("count:poisson", "reg:gamma", "reg:tweedie", "reg:squaredlogerror")
_LOGISTIC = ("binary:logistic", "reg:logistic")
_RANKS = ("rank:ndcg", "rank:map", "rank:pairwise")
_MANY = ("multi:softprob", "multi:softmax")


def read_trees(model: Any) -> list[Tree]:
    """Return the trees of a fitted XGBModel, up to the best iteration.

    Raises NoExactConverter for boosters other than gbtree, and for splits on categories.
    """
    booster = _booster(model)
    trees = booster["gradient_booster"]["model"]
    return [
        _read(tree, target) for tree, target in zip(trees["trees"], trees["tree_info"], strict=True)
    ]


def classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert XGBClassifier, which predicts the label with the largest probability.

    Raises NoExactConverter for unsupported objectives.
    """
    graph = GraphWriter(scope, operator, container)
    scores, objective, columns = _scores(graph)
    if objective in _LOGISTIC and columns == 1:
        shares = two_class_shares(graph, scores, "float32")
    elif objective in _MANY:
        shares = graph.node("Softmax", [scores], axis=1)
    else:
        raise NoExactConverter(f"the objective {objective}")
    set_most_likely_label(graph, shares)
    # Every exact graph has double outputs, so the float32 probabilities are cast to double.
    graph.set_output(1, graph.cast(shares))


def regressor(scope: Any, operator: Any, container: Any) -> None:
    """Convert XGBRegressor. Raises NoExactConverter for unsupported objectives."""
    graph = GraphWriter(scope, operator, container)
    score, objective, _ = _scores(graph)
    if objective in _LOG and objective != "reg:squaredlogerror":
        score = graph.node("Exp", [score])
    elif objective in _LOGISTIC:
        score = graph.node("Sigmoid", [score])
    elif objective not in (*_PLAIN, "reg:squaredlogerror"):
        raise NoExactConverter(f"the objective {objective}")
    graph.set_output(0, graph.cast(score))


def native(scope: Any, operator: Any, container: Any) -> None:
    """Convert an xgboost.Booster, whose output depends on the objective.

    The output contains probabilities, regression values, ranking scores, or class indices
    (``multi:softmax``). Raises NoExactConverter for unsupported objectives.
    """
    graph = GraphWriter(scope, operator, container)
    scores, objective, columns = _scores(graph)
    if objective in _LOGISTIC:
        scores = graph.node("Sigmoid", [scores])
    elif objective == "multi:softprob":
        scores = graph.node("Softmax", [scores], axis=1)
    elif objective == "multi:softmax":
        scores, columns = graph.node("ArgMax", [scores], axis=1, keepdims=1), 1
    elif objective in _LOG and objective != "reg:squaredlogerror":
        scores = graph.node("Exp", [scores])
    elif objective not in (*_PLAIN, *_RANKS, "reg:squaredlogerror"):
        raise NoExactConverter(f"the objective {objective}")
    graph.set_output(0, graph.cast(scores), width=columns)


def _scores(graph: GraphWriter) -> tuple[str, str, int]:
    booster = _booster(graph.model)
    objective = booster["objective"]["name"]
    trees = read_trees(graph.model)
    start = _start(booster["learner_model_param"]["base_score"], objective)
    columns = max(1, int(booster["learner_model_param"]["num_class"]))
    # The JSON has either one initial score for all classes or one for each class.
    starts = start * columns if len(start) == 1 else start
    first = [constant(target, value) for target, value in enumerate(starts)]
    attributes = ensemble([*first, *trees], columns, dtype="float32", less_only=True)
    rows = graph.cast(graph.rows(), "FLOAT")
    return graph.node("TreeEnsemble", [rows], **attributes), objective, columns


def _booster(model: Any) -> dict[str, Any]:
    booster = model.get_booster()
    # After early stopping, estimators predict only with the trees up to the best iteration. A
    # native Booster predicts with all trees, so our wrapper does not have ``best_iteration``.
    best = getattr(model, "best_iteration", None) if booster.attr("best_iteration") else None
    if best is not None:
        booster = booster[: best + 1]
    found: dict[str, Any] = json.loads(bytes(booster.save_raw("json")))["learner"]
    kind = found["gradient_booster"]["name"]
    if kind != "gbtree":
        raise NoExactConverter(f"the booster {kind}")
    if int(found["learner_model_param"].get("num_target", 1)) > 1:
        raise NoExactConverter("several targets")
    return found


def _start(written: str, objective: str) -> list[float]:
    """Return the initial score of each column, or a single score for all columns.

    ``written``: ``base_score`` from the model's JSON, for example ``[5E-1]``.
    """
    means = np.array(json.loads(written) if written.startswith("[") else [float(written)])
    # XGBoost computes the logarithms in float32, so this function must do the same.
    means = means.astype(np.float32)
    one = np.float32(1)
    if objective in _LOGISTIC:
        means = -np.log(one / means - one)
    elif objective in _LOG and objective != "reg:squaredlogerror":
        means = np.log(means)
    return [float(value) for value in means]


def _read(tree: dict[str, Any], target: int) -> Tree:
    if tree["categories"]:
        raise NoExactConverter(CATEGORIES)
    left = np.array(tree["left_children"])
    # XGBoost stores a leaf's value where other nodes have their threshold.
    conditions = np.array(tree["split_conditions"], dtype=np.float64)
    return Tree(
        target=target,
        features=np.array(tree["split_indices"]),
        thresholds=conditions,
        missing_left=np.array(tree["default_left"], dtype=bool),
        left=left,
        right=np.array(tree["right_children"]),
        leaf=left == -1,
        values=conditions,
    )
