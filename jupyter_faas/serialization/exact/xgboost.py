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
# XGBoost limits the exponent of the sigmoid, so that the exponential is finite in float32.
_LARGEST = 88.7
# The polynomial of the GNU C library's expf, with the highest power first.
_PARTS = 32.0
_POLYNOMIAL = (
    float.fromhex("0x1.c6af84b912394p-5") / _PARTS**3,
    float.fromhex("0x1.ebfce50fac4f3p-3") / _PARTS**2,
    float.fromhex("0x1.62e42ff0c52d6p-1") / _PARTS,
)
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
        shares = two_class_shares(graph, _sigmoid(graph, scores), "float32")
    elif objective in _MANY:
        shares = _softmax(graph, scores)
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
        score = _exp(graph, score)
    elif objective in _LOGISTIC:
        score = _sigmoid(graph, score)
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
        scores = _sigmoid(graph, scores)
    elif objective == "multi:softprob":
        scores = _softmax(graph, scores)
    elif objective == "multi:softmax":
        scores, columns = graph.node("ArgMax", [scores], axis=1, keepdims=1), 1
    elif objective in _LOG and objective != "reg:squaredlogerror":
        scores = _exp(graph, scores)
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


def _exp(graph: GraphWriter, scores: str) -> str:
    """Return the edge of the exponential in float32, as the C library computes it for XGBoost.

    onnxruntime's own has other last digits, and scores that differ in the notebook may be equal.
    The exponent is divided by ln 2 and split into a multiple of 1/32 and a small rest, for which a
    polynomial is used. All steps are in double.
    """
    cubed, squared, single = (graph.constant([each]) for each in _POLYNOMIAL)
    parts = graph.constant([_PARTS])
    scaled = graph.node("Mul", [graph.cast(scores), graph.constant([_PARTS / np.log(2)])])
    whole = graph.node("Round", [scaled])
    rest = graph.node("Sub", [scaled, whole])
    high = graph.node("Add", [graph.node("Mul", [rest, cubed]), squared])
    low = graph.node("Add", [graph.node("Mul", [rest, single]), graph.constant([1.0])])
    square = graph.node("Mul", [rest, rest])
    factor = graph.node("Add", [graph.node("Mul", [high, square]), low])
    power = graph.node("Pow", [graph.constant([2.0]), graph.node("Div", [whole, parts])])
    return graph.cast(graph.node("Mul", [factor, power]), "FLOAT")


def _sigmoid(graph: GraphWriter, scores: str) -> str:
    one, most = (graph.constant(np.array(each, dtype=np.float32)) for each in (1.0, _LARGEST))
    negative = graph.node("Min", [graph.node("Neg", [scores]), most])
    return graph.node("Div", [one, graph.node("Add", [_exp(graph, negative), one])])


def _softmax(graph: GraphWriter, scores: str) -> str:
    axis = graph.constant(np.array([1]))
    most = graph.node("ReduceMax", [scores, axis], keepdims=1)
    powers = _exp(graph, graph.node("Sub", [scores, most]))
    # XGBoost adds in double.
    total = graph.node("ReduceSum", [graph.cast(powers), axis], keepdims=1)
    return graph.node("Div", [powers, graph.cast(total, "FLOAT")])


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
    # XGBoost computes in float32. numpy's logarithm in float32 may have another last digit than the
    # C library's, but the rounded logarithm in double has the same.
    means = means.astype(np.float32)
    one = np.float32(1)
    if objective in _LOGISTIC:
        means = -np.log((one / means - one).astype(np.float64)).astype(np.float32)
    elif objective in _LOG and objective != "reg:squaredlogerror":
        means = np.log(means.astype(np.float64)).astype(np.float32)
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
