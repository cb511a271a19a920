"""Converters for BernoulliNB and CategoricalNB.

The stock converter for BernoulliNB adds a small number to avoid the logarithm of zero, which
changes the probabilities, and that for CategoricalNB computes in float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jupyter_faas.serialization.exact.graph_writer import GraphWriter
from jupyter_faas.serialization.exact.tree_converters import set_most_likely_label


def bernoulli_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert BernoulliNB."""
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    rows = graph.rows()
    if model.binarize is not None:
        rows = graph.cast(graph.node("Greater", [rows, graph.constant([model.binarize])]))
    absent = np.log(1 - np.exp(model.feature_log_prob_))
    weights = graph.constant((model.feature_log_prob_ - absent).T)
    start = graph.constant(model.class_log_prior_ + absent.sum(axis=1))
    _set_outputs(graph, graph.node("Add", [graph.node("MatMul", [rows, weights]), start]))


def categorical_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert CategoricalNB. The graph fails for unknown categories, as scikit-learn does."""
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    codes = graph.cast(graph.rows(), "INT64")
    total = ""
    for feature, table in enumerate(model.feature_log_prob_):
        code = graph.node("Gather", [codes, graph.constant(np.array(feature))], axis=1)
        # Gather counts negative positions from the end, but they are not categories.
        negative = graph.node("Less", [code, graph.constant(np.array([0]))])
        beyond = graph.constant(np.array([table.shape[1]]))
        code = graph.node("Where", [negative, beyond, code])
        part = graph.node("Gather", [graph.constant(np.ascontiguousarray(table.T)), code], axis=0)
        total = graph.node("Add", [total, part]) if total else part
    _set_outputs(graph, graph.node("Add", [total, graph.constant(model.class_log_prior_)]))


def _set_outputs(graph: GraphWriter, logarithms: str) -> None:
    """Set the label and the probabilities, given the logarithms of unscaled probabilities."""
    set_most_likely_label(graph, logarithms)
    axis = graph.constant(np.array([1]))
    most = graph.node("ReduceMax", [logarithms, axis], keepdims=1)
    shares = graph.node("Exp", [graph.node("Sub", [logarithms, most])])
    scale = graph.node("Add", [graph.node("Log", [graph.sums(shares)]), most])
    graph.set_output(1, graph.node("Exp", [graph.node("Sub", [logarithms, scale])]))
