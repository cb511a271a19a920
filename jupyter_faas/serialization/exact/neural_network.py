"""Converters for MLPClassifier with several labels per row, and MLPRegressor with several outputs.

The stock converters support one label or amount per row.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from jupyter_faas.serialization.exact.graph_writer import GraphWriter
from jupyter_faas.serialization.exact.sklearn_trees import NoExactConverter

_ACTIVATIONS = MappingProxyType(
    {
        "identity": "Identity",
        "logistic": "Sigmoid",
        "relu": "Relu",
        "softmax": "Softmax",
        "tanh": "Tanh",
    }
)


def mlp_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert MLPClassifier. Raises NoExactConverter if it was fitted on one label per row."""
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    if not has_several_labels(model):
        raise NoExactConverter("one label per row")
    shares = _outputs(graph)
    present = graph.node("Greater", [shares, graph.constant([0.5])])
    # skl2onnx expects labels, which are int64.
    graph.set_cast_output(present, width=model.n_outputs_)
    graph.set_output(1, shares, width=model.n_outputs_)


def has_several_labels(model: Any) -> bool:
    """Return whether a neural network predicts a column of zeros and ones for each label."""
    binarizer = getattr(model, "_label_binarizer", None)
    return getattr(binarizer, "y_type_", "") == "multilabel-indicator"


def mlp_regressor(scope: Any, operator: Any, container: Any) -> None:
    """Convert MLPRegressor. Raises NoExactConverter if it has one output."""
    graph = GraphWriter(scope, operator, container)
    if graph.model.n_outputs_ == 1:
        raise NoExactConverter("one output")
    graph.set_output(0, _outputs(graph), width=graph.model.n_outputs_)


def _outputs(graph: GraphWriter) -> str:
    model = graph.model
    values = graph.rows()
    last = len(model.coefs_) - 1
    for number, (weights, start) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        values = graph.node("MatMul", [values, graph.constant(weights.astype(np.float64))])
        values = graph.node("Add", [values, graph.constant(start.astype(np.float64))])
        activation = model.out_activation_ if number == last else model.activation
        values = graph.node(_ACTIVATIONS[activation], [values])
    return values
