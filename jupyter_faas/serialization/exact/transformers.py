"""Converters for Binarizer, Normalizer and the transformers of single columns or their products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jupyter_faas.serialization.exact.graph_writer import GraphWriter
from jupyter_faas.serialization.exact.sklearn_trees import NoExactConverter

# Normalizer does not divide by norms up to this value, the last one below 10 * eps.
_TINY_NORM = float(np.nextafter(10 * np.finfo(np.float64).eps, 0.0))
_EPS = float(np.finfo(np.float64).eps)
# QuantileTransformer treats values this close to the first or last quantile as the quantile.
_NEAR = 1e-7
# scipy.stats.norm.ppf(1e-7 - numpy.spacing(1)) and its counterpart.
_CLIPPED = (-5.199337582605575, 5.19933758270342)
_SMALLEST = 1e-10
# The rational approximations of the Cephes library for its function ndtri, highest powers first:
# P0 / Q0 for shares between exp(-2) and 1 - exp(-2), and P1 / Q1 for the tails.
_TAIL = 0.13533528323661269189
_ROOT_TWO_PI = 2.50662827463100050242
_P0 = (
    *(-5.99633501014107895267e1, 9.80010754185999661536e1, -5.66762857469070293439e1),
    *(1.39312609387279679503e1, -1.23916583867381258016),
)
_Q0 = (
    *(1.0, 1.95448858338141759834, 4.67627912898881538453, 8.63602421390890590575e1),
    *(-2.25462687854119370527e2, 2.00260212380060660359e2, -8.20372256168333339912e1),
    *(1.59056225126211695515e1, -1.18331621121330003142),
)
_P1 = (
    *(4.05544892305962419923, 3.15251094599893866154e1, 5.71628192246421288162e1),
    *(4.40805073893200834700e1, 1.46849561928858024014e1, 2.18663306850790267539),
    *(-1.40256079171354495875e-1, -3.50424626827848203418e-2, -8.57456785154685413611e-4),
)
_Q1 = (
    *(1.0, 1.57799883256466749731e1, 4.53907635128879210584e1, 4.13172038254672030440e1),
    *(1.50425385692907503408e1, 2.50464946208309415979, -1.42182922854787788574e-1),
    *(-3.80806407691578277194e-2, -9.33259480895457427372e-4),
)


def binarizer(scope: Any, operator: Any, container: Any) -> None:
    """Convert Binarizer, which returns 1 for values above the threshold. ONNX's is in float32."""
    graph = GraphWriter(scope, operator, container)
    above = graph.node("Greater", [graph.rows(), graph.constant([graph.model.threshold])])
    graph.set_output(0, graph.cast(above))


def normalizer(scope: Any, operator: Any, container: Any) -> None:
    """Convert Normalizer, which divides a row by its norm unless the norm is almost zero."""
    graph = GraphWriter(scope, operator, container)
    rows, norm = graph.rows(), graph.model.norm
    reduction = {"l1": "ReduceL1", "l2": "ReduceL2", "max": "ReduceMax"}[norm]
    sizes = graph.node("Abs", [rows]) if norm == "max" else rows
    norms = graph.node(reduction, [sizes, graph.constant(np.array([1]))], keepdims=1)
    graph.set_output(0, graph.divided(rows, norms, tiny=_TINY_NORM))


def polynomial_features(scope: Any, operator: Any, container: Any) -> None:
    """Convert PolynomialFeatures.

    scikit-learn multiplies a term of lower degree by one column, and so does this graph. The
    product of all columns at once, as in the stock converter, is rounded differently.
    """
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    rows = graph.rows()
    width = model.n_features_in_
    wanted = list(
        model._combinations(
            width,
            model._min_degree,
            model._max_degree,
            model.interaction_only,
            include_bias=False,
        )
    )
    if not wanted:
        raise NoExactConverter("no products")
    terms = [(column,) for column in range(width)]
    edges, found = [rows], list(terms)
    below = rows
    for degree in range(2, model._max_degree + 1):
        products = list(
            model._combinations(width, degree, degree, model.interaction_only, include_bias=False)
        )
        if not products:
            break
        places = {term: place for place, term in enumerate(terms)}
        rest = graph.columns(below, [places[term[1:]] for term in products])
        below = graph.node("Mul", [rest, graph.columns(rows, [term[0] for term in products])])
        edges.append(below)
        terms = products
        found += products
    all_places = {term: place for place, term in enumerate(found)}
    result = graph.columns(graph.joined(edges), [all_places[term] for term in wanted])
    if model.include_bias:
        first = graph.column(rows, 0)
        ones = graph.node("Expand", [graph.constant([[1.0]]), graph.node("Shape", [first])])
        result = graph.joined([ones, result])
    graph.set_output(0, result)


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
        raise NoExactConverter("a constant column")
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
    """Convert QuantileTransformer.

    The stock converter unrolls a binary search per column, which takes minutes.
    """
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    rows = graph.rows()
    normal = model.output_distribution == "normal"
    quantiles = np.asarray(model.quantiles_, dtype=np.float64)
    references = np.asarray(model.references_, dtype=np.float64)
    columns = []
    for index in range(quantiles.shape[1]):
        column = graph.column(rows, index)
        knots = quantiles[:, index]
        up = _interpolated(graph, column, knots, references)
        down = _interpolated(graph, graph.node("Neg", [column]), -knots[::-1], -references[::-1])
        mean = graph.node("Mul", [graph.node("Sub", [up, down]), graph.constant([0.5])])
        first, last = graph.constant([knots[0]]), graph.constant([knots[-1]])
        if normal:
            near = graph.constant([_NEAR])
            at_last = graph.node("Greater", [graph.node("Add", [column, near]), last])
            at_first = graph.node("Less", [graph.node("Sub", [column, near]), first])
        else:
            at_last, at_first = (graph.node("Equal", [column, end]) for end in (last, first))
        # scikit-learn sets the ends last, and the lower end after the upper.
        for at_end, value in ((at_last, 1.0), (at_first, 0.0)):
            mean = graph.node("Where", [at_end, graph.constant([value]), mean])
        columns.append(_normal_quantile(graph, mean) if normal else mean)
    graph.set_output(0, graph.joined(columns))


def _normal_quantile(graph: GraphWriter, share: str) -> str:
    """Return the edge of scipy.stats.norm.ppf(share), clipped as scikit-learn clips it.

    scipy evaluates the rational approximations of the function ndtri in the Cephes library, and
    this graph evaluates the same ones. Those for tails beyond the clipped range are left out.
    """
    # Shares of 0 and 1 have infinite quantiles, which would be clipped.
    bounded = graph.node("Clip", [share, *_bounds(graph, _SMALLEST, 1 - _SMALLEST)])
    one, tail = graph.constant([1.0]), graph.constant([_TAIL])
    upper = graph.node("Greater", [bounded, graph.constant([1 - _TAIL])])
    lower = graph.node("Where", [upper, graph.node("Sub", [one, bounded]), bounded])

    centred = graph.node("Sub", [lower, graph.constant([0.5])])
    square = graph.node("Mul", [centred, centred])
    ratio = graph.node("Div", [_polynomial(graph, square, _P0), _polynomial(graph, square, _Q0)])
    product = graph.node("Mul", [centred, graph.node("Mul", [square, ratio])])
    middle = graph.node("Add", [centred, product])
    middle = graph.node("Mul", [middle, graph.constant([_ROOT_TWO_PI])])

    logarithm = graph.node("Mul", [graph.node("Log", [lower]), graph.constant([-2.0])])
    root = graph.node("Sqrt", [logarithm])
    start = graph.node("Sub", [root, graph.node("Div", [graph.node("Log", [root]), root])])
    inverse = graph.node("Div", [one, root])
    numerator = graph.node("Mul", [inverse, _polynomial(graph, inverse, _P1)])
    correction = graph.node("Div", [numerator, _polynomial(graph, inverse, _Q1)])
    far = graph.node("Sub", [start, correction])

    in_middle = graph.node("Greater", [lower, tail])
    signed = graph.node("Where", [upper, far, graph.node("Neg", [far])])
    quantile = graph.node("Where", [in_middle, middle, signed])
    clipped = graph.node("Clip", [quantile, *_bounds(graph, *_CLIPPED)])
    return graph.node("Where", [graph.node("IsNaN", [share]), share, clipped])


def _polynomial(graph: GraphWriter, edge: str, coefficients: Sequence[float]) -> str:
    """Return the edge of a polynomial, evaluated from the highest power down."""
    total = graph.constant([coefficients[0]])
    for coefficient in coefficients[1:]:
        total = graph.node("Mul", [total, edge])
        total = graph.node("Add", [total, graph.constant([coefficient])])
    return total


def _bounds(graph: GraphWriter, least: float, most: float) -> list[str]:
    return [graph.constant(np.array(bound, dtype=np.float64)) for bound in (least, most)]


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
