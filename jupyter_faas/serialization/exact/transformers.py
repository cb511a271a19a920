"""Converters for Binarizer, Normalizer, PowerTransformer and QuantileTransformer, in double."""

from __future__ import annotations

from typing import Any

import numpy as np

from jupyter_faas.serialization.exact.graph_writer import GraphWriter
from jupyter_faas.serialization.exact.sklearn_trees import NoExactConverter

# scikit-learn does not divide by norms below this value.
_LEAST_NORM = 10 * np.finfo(np.float64).eps
_EPS = float(np.finfo(np.float64).eps)


def binarizer(scope: Any, operator: Any, container: Any) -> None:
    """Convert Binarizer, which returns 1 for values above the threshold. ONNX's is in float32."""
    graph = GraphWriter(scope, operator, container)
    above = graph.node("Greater", [graph.rows(), graph.constant([graph.model.threshold])])
    graph.set_output(0, graph.cast(above))


def normalizer(scope: Any, operator: Any, container: Any) -> None:
    """Convert Normalizer, which divides a row by its norm unless the norm is almost zero."""
    graph = GraphWriter(scope, operator, container)
    rows = graph.rows()
    if graph.model.norm == "max":
        sizes = graph.node("Abs", [rows])
        norm = graph.node("ReduceMax", [sizes, graph.constant(np.array([1]))], keepdims=1)
    else:
        kind = "ReduceL1" if graph.model.norm == "l1" else "ReduceL2"
        norm = graph.node(kind, [rows, graph.constant(np.array([1]))], keepdims=1)
    tiny = graph.node("Less", [norm, graph.constant([_LEAST_NORM])])
    divisor = graph.node("Where", [tiny, graph.constant([1.0]), norm])
    graph.set_output(0, graph.node("Div", [rows, divisor]))


def power_transformer(scope: Any, operator: Any, container: Any) -> None:
    """Convert PowerTransformer with the Yeo-Johnson or Box-Cox transform.

    Both have one formula for almost every lambda, and a logarithm for the others.
    """
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    rows = graph.rows()
    lambdas = np.asarray(model.lambdas_, dtype=np.float64)
    # scikit-learn fits a lambda of NaN for a constant column.
    if not np.isfinite(lambdas).all():
        raise NoExactConverter("a column without a power")
    if model.method == "box-cox":
        changed = _power(graph, graph.node("Log", [rows]), lambdas)
    else:
        negative = graph.node("Less", [rows, graph.constant([0.0])])
        logarithm = _log1p(graph, graph.node("Abs", [rows]))
        above = _power(graph, logarithm, lambdas)
        below = graph.node("Neg", [_power(graph, logarithm, 2 - lambdas)])
        changed = graph.node("Where", [negative, below, above])
    if model.standardize:
        changed = graph.node("Sub", [changed, graph.constant([model._scaler.mean_])])
        changed = graph.node("Div", [changed, graph.constant([model._scaler.scale_])])
    graph.set_output(0, changed)


def _power(graph: GraphWriter, logarithm: str, lambdas: Any) -> str:
    """Return the edge of (exp(lambda * x) - 1) / lambda, whose limit is x for a lambda of 0."""
    zero = np.abs(lambdas) < _EPS
    divisors = np.where(zero, 1.0, lambdas)
    product = graph.node("Mul", [logarithm, graph.constant([divisors])])
    power = graph.node("Div", [_expm1(graph, product), graph.constant([divisors])])
    if not zero.any():
        return power
    return graph.node("Where", [graph.constant(zero.reshape(1, -1)), logarithm, power])


def _log1p(graph: GraphWriter, edge: str) -> str:
    """Return the edge of log(1 + x), corrected for the rounding of 1 + x."""
    one = graph.constant([1.0])
    total = graph.node("Add", [edge, one])
    lost = graph.node("Sub", [edge, graph.node("Sub", [total, one])])
    correction = graph.node("Div", [lost, total])
    corrected = graph.node("Add", [graph.node("Log", [total]), correction])
    # For infinity, the correction is NaN, and is not needed.
    infinite = graph.node("IsInf", [total])
    return graph.node("Where", [infinite, total, corrected])


def _expm1(graph: GraphWriter, edge: str) -> str:
    """Return the edge of exp(x) - 1 as 2 tanh(x/2) / (1 - tanh(x/2)), which is exact near zero."""
    half = graph.node("Tanh", [graph.node("Mul", [edge, graph.constant([0.5])])])
    near = graph.node(
        "Div",
        [
            graph.node("Mul", [half, graph.constant([2.0])]),
            graph.node("Sub", [graph.constant([1.0]), half]),
        ],
    )
    one = graph.constant([1.0])
    far = graph.node("Sub", [graph.node("Exp", [edge]), one])
    small = graph.node("Less", [graph.node("Abs", [edge]), graph.constant([0.5])])
    return graph.node("Where", [small, near, far])


def quantile_transformer(scope: Any, operator: Any, container: Any) -> None:
    """Convert QuantileTransformer with uniform output.

    The stock converter unrolls a binary search per column, which takes minutes. Raises
    NoExactConverter for normal output, for which ONNX has no function.
    """
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    if model.output_distribution != "uniform":
        raise NoExactConverter("normal output")
    rows = graph.rows()
    quantiles = np.asarray(model.quantiles_, dtype=np.float64)
    references = np.asarray(model.references_, dtype=np.float64)
    columns = []
    for index in range(quantiles.shape[1]):
        column = graph.node("Gather", [rows, graph.constant(np.array([index]))], axis=1)
        knots = quantiles[:, index]
        up = _interpolated(graph, column, knots, references)
        down = _interpolated(graph, graph.node("Neg", [column]), -knots[::-1], -references[::-1])
        mean = graph.node("Mul", [graph.node("Sub", [up, down]), graph.constant([0.5])])
        # scikit-learn sets the ends last, and the lower end after the upper.
        for knot, value in ((knots[-1], 1.0), (knots[0], 0.0)):
            at_end = graph.node("Equal", [column, graph.constant([knot])])
            mean = graph.node("Where", [at_end, graph.constant([value]), mean])
        columns.append(mean)
    graph.set_output(0, columns[0] if len(columns) == 1 else graph.node("Concat", columns, axis=1))


def _interpolated(graph: GraphWriter, column: str, knots: Any, heights: Any) -> str:
    """Return the edge of numpy.interp(column, knots, heights), in numpy's order of operations."""
    axis = graph.constant(np.array([1]))
    passed = graph.node("GreaterOrEqual", [column, graph.constant(knots.reshape(1, -1))])
    count = graph.node("ReduceSum", [graph.cast(passed, "INT64"), axis], keepdims=1)
    # Position 0 is before the first knot, and the last position is at or after the last knot.
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = np.diff(heights) / np.diff(knots)
    inner = np.isfinite(slopes)
    slope = np.concatenate([[0.0], np.where(inner, slopes, 0.0), [0.0]])
    knot = np.concatenate([[knots[0]], knots])
    height = np.concatenate([[heights[0]], heights])
    tables = (graph.node("Gather", [graph.constant(each), count]) for each in (slope, knot, height))
    slope_edge, knot_edge, height_edge = tables
    # Outside the knots, 0 * (x - knot) would be NaN for an infinite x.
    bounds = [graph.constant(np.array(each)) for each in (knots[0], knots[-1])]
    clipped = graph.node("Clip", [column, *bounds])
    run = graph.node("Mul", [slope_edge, graph.node("Sub", [clipped, knot_edge])])
    value = graph.node("Add", [run, height_edge])
    return graph.node("Where", [graph.node("IsNaN", [column]), column, value])
