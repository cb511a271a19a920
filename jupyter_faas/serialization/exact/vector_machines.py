"""Converters for support vector machines: SVC, NuSVC, SVR, NuSVR and OneClassSVM.

ONNX's own operators compute in float32, even in a graph of doubles. These converters write libsvm's
formulas in double instead.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.exact.graph_writer import BodyWriter, Edges, GraphWriter
from jupyter_faas.serialization.exact.sklearn_trees import NoExactConverter
from jupyter_faas.serialization.exact.tree_converters import both_signs, set_most_likely_label

# libsvm keeps the probability of each pair of classes away from 0 and 1 by this distance.
_LEAST_SHARE = 1e-7
# libsvm stops when the errors are below this number divided by the number of classes.
_SHARE_ERROR = 0.005
_MIN_ROUNDS = 100


def vector_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert SVC and NuSVC.

    The second output has the probabilities, or ``decision_function`` with one column per class.
    Raises NoExactConverter for kernels that are functions or computed in advance.
    """
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    pairs = list(combinations(range(len(model.classes_)), 2))
    scores = _pair_scores(graph, pairs)
    votes = _votes(graph, pairs, graph.node("Greater", [scores, graph.constant([0.0])]))
    if len(pairs) == 1:
        decision = both_signs(graph, graph.node("Neg", [scores]))
    elif model.decision_function_shape == "ovr":
        decision = _one_against_rest(graph, pairs, scores)
    else:
        decision = scores
    breaks_ties = model.break_ties and len(pairs) > 1
    set_most_likely_label(graph, decision if breaks_ties else votes)
    # ``probability`` may have been changed after the model was fitted.
    if len(model.probA_) and not graph.option("raw_scores"):
        decision = _probabilities(graph, pairs, scores)
    graph.set_output(1, decision)


def vector_regressor(scope: Any, operator: Any, container: Any) -> None:
    """Convert SVR and NuSVR. Raises NoExactConverter as ``vector_classifier`` does."""
    graph = GraphWriter(scope, operator, container)
    graph.set_output(0, _score(graph))


def vector_outlier_detector(scope: Any, operator: Any, container: Any) -> None:
    """Convert OneClassSVM. Raises NoExactConverter as ``vector_classifier`` does."""
    graph = GraphWriter(scope, operator, container)
    score = _score(graph)
    inside = graph.node("Greater", [score, graph.constant([0.0])])
    labels = [graph.constant(np.array([label])) for label in (1, -1)]
    graph.set_output(0, graph.node("Where", [inside, *labels]))
    graph.set_output(1, score)


def _score(graph: GraphWriter) -> str:
    """Return the edge of the only score of a model, as one column."""
    weights = graph.constant(_dense(graph.model._dual_coef_).T)
    total = graph.node("MatMul", [_kernel(graph), weights])
    return graph.node("Add", [total, graph.constant(graph.model._intercept_)])


def _pair_scores(graph: GraphWriter, pairs: list[tuple[int, int]]) -> str:
    """Return the edge of one score for each pair of classes, positive for the first of the two.

    A row of ``_dual_coef_`` has the weights of each class's vectors against one other class.
    """
    model = graph.model
    kernel, weights = _kernel(graph), _dense(model._dual_coef_)
    others = len(model.classes_) - 1
    ends = np.cumsum(model.n_support_)
    parts = []
    for end, size in zip(ends.tolist(), model.n_support_.tolist(), strict=True):
        own = np.arange(end - size, end)
        part = graph.columns(kernel, own.tolist())
        parts.append(graph.node("MatMul", [part, graph.constant(weights[:, own].T)]))
    sums = graph.joined(parts)
    first = graph.columns(sums, [a * others + b - 1 for a, b in pairs])
    second = graph.columns(sums, [b * others + a for a, b in pairs])
    total = graph.node("Add", [first, second])
    return graph.node("Add", [total, graph.constant(model._intercept_)])


def _kernel(graph: GraphWriter) -> str:
    """Return the edge of the kernel function of each row and each support vector."""
    model = graph.model
    vectors = _dense(model.support_vectors_)
    if model.kernel == "rbf":
        distances = _squared_distances(graph, vectors)
        return graph.node("Exp", [graph.node("Mul", [distances, graph.constant([-model._gamma])])])
    if model.kernel not in ("linear", "poly", "sigmoid"):
        raise NoExactConverter("another kernel")
    products = graph.node("MatMul", [graph.rows(), graph.constant(vectors.T)])
    if model.kernel == "linear":
        return products
    scaled = graph.node("Mul", [products, graph.constant([model._gamma])])
    shifted = graph.node("Add", [scaled, graph.constant([model.coef0])])
    return graph.node("Tanh", [shifted]) if model.kernel == "sigmoid" else _power(graph, shifted)


def _power(graph: GraphWriter, base: str) -> str:
    """Return the edge of ``base`` to the power ``degree``, multiplied in libsvm's order."""
    left, result = int(graph.model.degree), ""
    while left:
        if left % 2:
            result = graph.node("Mul", [result, base]) if result else base
        base = graph.node("Mul", [base, base])
        left //= 2
    # The power 0 is 1 for every row.
    zero = graph.constant([0.0])
    return result or graph.node("Exp", [graph.node("Mul", [base, zero])])


def _squared_distances(graph: GraphWriter, vectors: Array) -> str:
    """Return the edge of the squared distance of each row to each of the vectors.

    One row after another is computed, because the differences of all rows to all vectors may not
    fit into memory. The difference of two products would be faster, but nearly equal numbers would
    cancel each other out.
    """
    body = BodyWriter(graph)
    row = body.name("row")
    difference = body.node("Sub", [body.constant(vectors), row])
    sums = body.node("ReduceSumSquare", [difference, body.constant(np.array([1]))], keepdims=0)
    inputs: Edges = {row: ("DOUBLE", [vectors.shape[1]])}
    outputs: Edges = {sums: ("DOUBLE", [len(vectors)])}
    return graph.node("Scan", [graph.rows()], num_scan_inputs=1, body=body.graph(inputs, outputs))


def _votes(graph: GraphWriter, pairs: list[tuple[int, int]], first_wins: str) -> str:
    """Return the edge of the number of pairs that each class wins. ``first_wins`` has booleans."""
    classes = pairs[-1][1] + 1
    signs = np.zeros((len(pairs), classes))
    for pair, (a, b) in enumerate(pairs):
        signs[pair, a], signs[pair, b] = 1.0, -1.0
    # The second of a pair wins unless the first does.
    seconds = graph.constant([np.arange(classes)])
    won = graph.node("MatMul", [graph.cast(first_wins), graph.constant(signs)])
    return graph.node("Add", [won, seconds])


def _one_against_rest(graph: GraphWriter, pairs: list[tuple[int, int]], scores: str) -> str:
    """Return the edge of ``decision_function``, as scikit-learn computes it from the pairs."""
    classes = pairs[-1][1] + 1
    first_wins = graph.node("GreaterOrEqual", [scores, graph.constant([0.0])])
    votes = _votes(graph, pairs, first_wins)
    own = [
        (pair, 1.0 if label == both[0] else -1.0)
        for label in range(classes)
        for pair, both in enumerate(pairs)
        if label in both
    ]
    signs = graph.constant([sign for _, sign in own])
    signed = graph.node("Mul", [graph.columns(scores, [pair for pair, _ in own]), signs])
    shape = graph.constant(np.array([-1, classes, classes - 1]))
    by_label = graph.node("Reshape", [signed, shape])
    # The scores of a class are added from the first pair to the last.
    running = graph.node("CumSum", [by_label, graph.constant(np.array(2))])
    sums = graph.node("Gather", [running, graph.constant(np.array(classes - 2))], axis=2)
    sizes = graph.node("Add", [graph.node("Abs", [sums]), graph.constant([1.0])])
    small = graph.node("Div", [sums, graph.node("Mul", [sizes, graph.constant([3.0])])])
    return graph.node("Add", [votes, small])


def _probabilities(graph: GraphWriter, pairs: list[tuple[int, int]], scores: str) -> str:
    """Return the edge of the probabilities that agree best with those of the pairs.

    libsvm changes one probability after another, in rounds, until the errors are small.
    """
    classes = pairs[-1][1] + 1
    won = _pairwise_shares(graph, pairs, scores)
    lost = graph.node("Transpose", [won], perm=[0, 2, 1])
    squares = graph.node("Mul", [lost, lost])
    sums = graph.node("ReduceSum", [squares, graph.constant(np.array([2]))], keepdims=1)
    diagonal = graph.node("Mul", [sums, graph.constant([np.eye(classes)])])
    # The probabilities minimize a quadratic form with this matrix.
    form = graph.node("Sub", [diagonal, graph.node("Mul", [lost, won])])
    nothing = graph.node("Mul", [graph.columns(scores, [0] * classes), graph.constant([0.0])])
    start = graph.node("Add", [nothing, graph.constant([1.0 / classes])])

    body = BodyWriter(graph)
    round_number, before, shares, matrix = map(
        body.name, ("round", "continues", "shares", "matrix")
    )
    after, changed = _round(body, classes, shares, matrix)
    same = body.node("Identity", [matrix])
    inputs: Edges = {
        round_number: ("INT64", []),
        before: ("BOOL", []),
        shares: ("DOUBLE", [None, classes]),
        matrix: ("DOUBLE", [None, classes, classes]),
    }
    outputs: Edges = {
        after: ("BOOL", []),
        changed: ("DOUBLE", [None, classes]),
        same: ("DOUBLE", [None, classes, classes]),
    }
    most = graph.constant(np.array(max(_MIN_ROUNDS, classes)))
    found, _ = graph.several(
        2,
        "Loop",
        [most, graph.constant(np.array(True)), start, form],
        body=body.graph(inputs, outputs),
    )
    return found


def _pairwise_shares(graph: GraphWriter, pairs: list[tuple[int, int]], scores: str) -> str:
    """Return the edge of the probability that a class (row) wins against another (column)."""
    model = graph.model
    classes = pairs[-1][1] + 1
    slope, start = graph.constant(model.probA_), graph.constant(model.probB_)
    shifted = graph.node("Add", [graph.node("Mul", [scores, slope]), start])
    shares = graph.node("Sigmoid", [graph.node("Neg", [shifted])])
    bounds = [graph.constant(np.array(each)) for each in (_LEAST_SHARE, 1 - _LEAST_SHARE)]
    firsts = graph.node("Clip", [shares, *bounds])
    seconds = graph.node("Sub", [graph.constant([1.0]), firsts])
    # A column of zeros is for the diagonal.
    both = graph.joined([firsts, seconds])
    padded = graph.node("Pad", [both, graph.constant(np.array([0, 0, 0, 1]))])
    places = np.full((classes, classes), 2 * len(pairs))
    for pair, (a, b) in enumerate(pairs):
        places[a, b], places[b, a] = pair, len(pairs) + pair
    table = graph.columns(padded, places.ravel().tolist())
    return graph.node("Reshape", [table, graph.constant(np.array([-1, classes, classes]))])


def _round(graph: GraphWriter, classes: int, shares: str, matrix: str) -> tuple[str, str]:
    """Add the nodes of one round, and return the edges that continue the loop.

    These are whether the errors of a row are still large, and the probabilities. A row with small
    errors keeps its probabilities, so they do not depend on the other rows.
    """
    one, two = graph.constant([1.0]), graph.constant([2.0])
    axis = graph.constant(np.array([1]))
    column = graph.node("Unsqueeze", [shares, graph.constant(np.array([2]))])
    products = graph.node("MatMul", [matrix, column])
    products = graph.node("Squeeze", [products, graph.constant(np.array([2]))])
    weighted = graph.node("Mul", [shares, products])
    mean = graph.node("ReduceSum", [weighted, axis], keepdims=1)
    errors = graph.node("Abs", [graph.node("Sub", [products, mean])])
    largest = graph.node("ReduceMax", [errors, axis], keepdims=1)
    limit = graph.constant([_SHARE_ERROR / classes])
    large = graph.node("GreaterOrEqual", [largest, limit])

    changed = shares
    for label in range(classes):
        line = graph.node("Gather", [matrix, graph.constant(np.array(label))], axis=1)
        square, product = graph.column(line, label), graph.column(products, label)
        step = graph.node("Div", [graph.node("Sub", [mean, product]), square])
        own = graph.constant([np.eye(classes)[label]])
        changed = graph.node("Add", [changed, graph.node("Mul", [step, own])])
        scale = graph.node("Add", [step, one])
        slope = graph.node(
            "Add", [graph.node("Mul", [step, square]), graph.node("Mul", [product, two])]
        )
        mean = graph.node("Add", [mean, graph.node("Mul", [step, slope])])
        mean = graph.node("Div", [graph.node("Div", [mean, scale]), scale])
        products = graph.node("Add", [products, graph.node("Mul", [step, line])])
        products = graph.node("Div", [products, scale])
        changed = graph.node("Div", [changed, scale])
    any_large = graph.node("ReduceMax", [graph.cast(large, "INT32")], keepdims=0)
    return graph.cast(any_large, "BOOL"), graph.node("Where", [large, changed, shares])


def _dense(table: Any) -> Array:
    """Return a table that is sparse if the model was fitted on sparse rows."""
    dense: Array = np.ascontiguousarray(table.toarray() if hasattr(table, "toarray") else table)
    return dense
