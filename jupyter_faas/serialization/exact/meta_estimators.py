"""Converters for threshold classifiers and isotonic calibration, which wrap other classifiers."""

from __future__ import annotations

from typing import Any

import numpy as np

from jupyter_faas.serialization.exact.graph_writer import GraphWriter
from jupyter_faas.serialization.exact.sklearn_trees import NoExactConverter
from jupyter_faas.serialization.exact.tree_converters import mean, set_label, set_most_likely_label


def threshold_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert a TunedThresholdClassifierCV or FixedThresholdClassifier for probabilities.

    Raises NoExactConverter if the threshold applies to ``decision_function``.
    """
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    inner = getattr(model, "estimator_", None) or model.estimator
    if model.response_method == "decision_function" or not hasattr(inner, "predict_proba"):
        raise NoExactConverter("a threshold for the decision function")
    shares = graph.inner(inner, "predict_proba")
    positive = _positive(model)
    share = graph.node("Gather", [shares, graph.constant(np.array(positive))], axis=1)
    beyond = graph.node("GreaterOrEqual", [share, graph.constant([threshold_of(model)])])
    number = graph.cast(beyond, "INT64")
    # If the positive label is the first of the two, the positions are swapped.
    if positive == 0:
        number = graph.node("Sub", [graph.constant(np.array([1])), number])
    set_label(graph, number)
    graph.set_output(1, shares)


def threshold_of(model: Any) -> float:
    """Return the lowest probability for which a classifier predicts the positive label."""
    if type(model).__name__ == "TunedThresholdClassifierCV":
        return float(model.best_threshold_)
    return 0.5 if model.threshold == "auto" else float(model.threshold)


def _positive(model: Any) -> int:
    """Return the position of the positive label in ``classes_`` (default: 1)."""
    label = getattr(model, "pos_label", None)
    if label is None and hasattr(model, "_curve_scorer"):
        label = model._curve_scorer._get_pos_label()
    return 1 if label is None else model.classes_.tolist().index(label)


def calibrated_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert CalibratedClassifierCV with ``method="isotonic"``.

    The probabilities are the mean of the members' probabilities. Raises NoExactConverter for other
    methods, and if a member was fitted without some of the labels.
    """
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    if model.method != "isotonic":
        raise NoExactConverter("another method")
    members = [_isotonic(graph, member) for member in model.calibrated_classifiers_]
    total = members[0]
    for member in members[1:]:
        total = graph.node("Add", [total, member])
    shares = mean(graph, total, len(members))
    set_most_likely_label(graph, shares)
    graph.set_output(1, shares)


def _isotonic(graph: GraphWriter, member: Any) -> str:
    """Add nodes for one member of a calibrated classifier, and return its probabilities' edge."""
    classes = len(member.classes)
    # scikit-learn prefers decision_function too, so the calibrators were fitted on its scores.
    by_score = hasattr(member.estimator, "decision_function")
    scores = graph.inner(member.estimator, "decision_function" if by_score else "predict_proba")
    columns = [1] if classes == 2 else list(range(classes))
    if len(member.calibrators) != len(columns):
        raise NoExactConverter("a member that was not fitted on every label")
    parts = [
        _interpolated(
            graph, graph.node("Gather", [scores, graph.constant(np.array([k]))], axis=1), each
        )
        for k, each in zip(columns, member.calibrators, strict=True)
    ]
    if classes == 2:
        first = graph.node("Sub", [graph.constant([1.0]), parts[0]])
        return graph.node("Concat", [first, parts[0]], axis=1)
    shares = graph.node("Concat", parts, axis=1)
    axis = graph.constant(np.array([1]))
    total = graph.node("ReduceSum", [shares, axis], keepdims=1)
    # If every calibrator returns zero for a row, scikit-learn assigns all labels the same
    # probability. The divisor 1 avoids a division by zero in such rows.
    nothing = graph.node("Equal", [total, graph.constant([0.0])])
    divisor = graph.node("Where", [nothing, graph.constant([1.0]), total])
    divided = graph.node("Div", [shares, divisor])
    return graph.node("Where", [nothing, graph.constant([1.0 / classes]), divided])


def _interpolated(graph: GraphWriter, score: str, regression: Any) -> str:
    """Apply an IsotonicRegression to a column of scores, and return the edge of the result.

    The function is linear between its knots and constant outside their range.
    """
    knots = np.asarray(regression.X_thresholds_, dtype=np.float64)
    heights = np.asarray(regression.y_thresholds_, dtype=np.float64)
    if len(knots) == 1:
        # With one knot, the function is constant. The product has the shape of the scores.
        zero = graph.node("Mul", [score, graph.constant([0.0])])
        return graph.node("Add", [zero, graph.constant(heights)])
    bounds = [graph.constant(np.array(each)) for each in (knots[0], knots[-1])]
    score = graph.node("Clip", [score, *bounds])
    # The index of a score's interval is the number of inner knots that are at most the score.
    passed = graph.node("GreaterOrEqual", [score, graph.constant(knots[1:-1].reshape(1, -1))])
    axis = graph.constant(np.array([1]))
    where = graph.node("ReduceSum", [graph.cast(passed, "INT64"), axis], keepdims=1)
    slopes = np.diff(heights) / np.diff(knots)
    slope, knot, height = (
        graph.node("Gather", [graph.constant(each), where], axis=0)
        for each in (slopes, knots[:-1], heights[:-1])
    )
    run = graph.node("Mul", [slope, graph.node("Sub", [score, knot])])
    return graph.node("Add", [run, height])
