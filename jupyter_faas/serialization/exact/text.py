"""Converters for CountVectorizer, TfidfVectorizer and TfidfTransformer.

ONNX's operator for text counts tokens in float32, which is exact for counts. The stock converters
also compute the weights in float32, and documents that are equally similar in the notebook would
then have another order. These converters compute the weights in double, in scikit-learn's order.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from jupyter_faas.serialization.exact.graph_writer import GraphWriter


def count_vectorizer(scope: Any, operator: Any, container: Any) -> None:
    """Convert CountVectorizer. Unlike those of the stock converter, the counts are doubles."""
    graph = GraphWriter(scope, operator, container)
    graph.set_output(0, _counts(graph, scope, operator, container))


def tfidf_vectorizer(scope: Any, operator: Any, container: Any) -> None:
    """Convert TfidfVectorizer."""
    graph = GraphWriter(scope, operator, container)
    graph.set_output(0, _weights(graph, _counts(graph, scope, operator, container)))


def tfidf_transformer(scope: Any, operator: Any, container: Any) -> None:
    """Convert TfidfTransformer."""
    graph = GraphWriter(scope, operator, container)
    graph.set_output(0, _weights(graph, graph.rows()))


def tfidf_transformer_in_float32(scope: Any, operator: Any, container: Any) -> None:
    """Convert TfidfTransformer, or the second half of TfidfVectorizer, in a graph of float32.

    The stock converter also takes the logarithm of counts that are zero.
    """
    graph = GraphWriter(scope, operator, container)
    graph.set_cast_output(_weights(graph, graph.rows()))


def _counts(graph: GraphWriter, scope: Any, operator: Any, container: Any) -> str:
    """Return the edge of the counts of tokens, as doubles."""
    from skl2onnx.operator_converters.text_vectoriser import convert_sklearn_text_vectorizer

    counts: str = scope.get_unique_variable_name("counts")
    # The stock converter writes to the operator's output, whose type is now double.
    writes_counts = SimpleNamespace(
        raw_operator=operator.raw_operator,
        inputs=operator.inputs,
        input_full_names=operator.input_full_names,
        output_full_names=[counts],
    )
    convert_sklearn_text_vectorizer(scope, writes_counts, container)
    return graph.cast(counts)


def _weights(graph: GraphWriter, counts: str) -> str:
    """Return the edge of the weights of tf-idf, as TfidfTransformer computes them from counts."""
    model = graph.model
    weights = counts
    if model.sublinear_tf:
        # The logarithm is only taken of counts that are not zero.
        logarithms = graph.node("Add", [graph.node("Log", [counts]), graph.constant([1.0])])
        absent = graph.node("Equal", [counts, graph.constant([0.0])])
        weights = graph.node("Where", [absent, counts, logarithms])
    if model.use_idf:
        weights = graph.node("Mul", [weights, graph.constant([model.idf_])])
    if model.norm is None:
        return weights
    # Unlike Normalizer, scikit-learn divides these sparse rows by every norm but zero.
    return graph.divided(weights, _norms(graph, weights, model.norm), tiny=0.0)


def _norms(graph: GraphWriter, rows: str, norm: str) -> str:
    """Return the edge of the rows' norms: ``l1``, ``l2`` or ``max``."""
    if norm == "l2":
        return graph.node("Sqrt", [graph.sums(graph.node("Mul", [rows, rows]))])
    sizes = graph.node("Abs", [rows])
    if norm == "l1":
        return graph.sums(sizes)
    return graph.node("ReduceMax", [sizes, graph.constant(np.array([1]))], keepdims=1)
