"""Converters for encoders: OneHotEncoder, OrdinalEncoder, TargetEncoder and KBinsDiscretizer.

The stock converters ignore infrequent categories in some cases, cut the fractions of numbers off,
cannot encode missing values among strings, encode targets in float32, and compare the edges of bins
in float32. The encoders of categories are converted to table lookups instead.
Category ``i`` has the code ``i``, and unknown values have the code after the last category. A table
maps the codes to the results.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.exact.graph_writer import GraphWriter
from jupyter_faas.serialization.exact.sklearn_trees import NoExactConverter

# What ``rewriting.py`` puts for NaN into categories of numbers (``MISSING_INTEGER`` in the action).
_MISSING = -(2**63)
# The position of a category whose row has only zeros.
_NOWHERE = -1


def one_hot_encoder(scope: Any, operator: Any, container: Any) -> None:
    """Convert OneHotEncoder.

    Raises NoExactConverter if there are neither infrequent categories nor categories of numbers
    that were computed by another step, because the stock converter supports such encoders.
    """
    graph = GraphWriter(scope, operator, container)
    if not graph.model._infrequent_enabled and "number" not in graph.feature_kinds():
        raise NoExactConverter("plain categories")
    graph.set_cast_output(_one_hot(graph), width=int(sum(graph.model._n_features_outs)))


def ordinal_encoder(scope: Any, operator: Any, container: Any) -> None:
    """Convert OrdinalEncoder.

    Raises NoExactConverter if there are neither infrequent categories nor a code for missing values
    nor categories of numbers that were computed by another step, because the stock converter
    supports such encoders. The results are float32, so it is also raised for other codes.
    """
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    special = model._infrequent_enabled or model._missing_indices
    if not special and "number" not in graph.feature_kinds():
        raise NoExactConverter("plain categories")
    codes, values = _ordinal(graph)
    if not np.array_equal(values, values.astype(np.float32), equal_nan=True):
        raise NoExactConverter("codes beyond float32")
    graph.set_cast_output(codes, width=len(model.categories_))


def target_encoder(scope: Any, operator: Any, container: Any) -> None:
    """Convert TargetEncoder, which returns the mean of the target for each category.

    For several labels, a feature has a column per label.
    """
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    features = _features(graph)
    means = np.atleast_1d(np.asarray(model.target_mean_, dtype=np.float64))
    parts = []
    for index, (edge, kind) in enumerate(features):
        code = _codes(graph, edge, kind, model.categories_[index])
        for label, mean in enumerate(means):
            encoding = model.encodings_[index * len(means) + label]
            if len(encoding) != len(model.categories_[index]):
                raise NoExactConverter("a different number of categories")
            table = np.append(np.asarray(encoding, dtype=np.float64), mean)
            parts.append(graph.node("Gather", [graph.constant(table), code], axis=0))
    graph.set_output(0, graph.joined(parts))


def target_shape(operator: Any) -> None:
    """Set the output type of a TargetEncoder."""
    from skl2onnx.common.data_types import DoubleTensorType

    width = len(operator.raw_operator.encodings_)
    operator.outputs[0].type = DoubleTensorType([None, width])


def _one_hot(graph: GraphWriter) -> str:
    model = graph.model
    if not sum(model._n_features_outs):
        raise NoExactConverter("no columns")
    parts = []
    for index, (edge, kind) in enumerate(_features(graph)):
        width = int(model._n_features_outs[index])
        if not width:
            continue
        code = _codes(graph, edge, kind, model.categories_[index])
        position = _looked_up(graph, code, _positions(model, index), model)
        places = graph.constant(np.arange(width).reshape(1, -1))
        parts.append(graph.cast(graph.node("Equal", [position, places])))
    return graph.joined(parts)


def _ordinal(graph: GraphWriter) -> tuple[str, Array]:
    """Return the edge of the codes, and all codes that occur in it."""
    model = graph.model
    tables = [_values(model, index) for index in range(len(model.categories_))]
    parts = []
    for index, (edge, kind) in enumerate(_features(graph)):
        code = _codes(graph, edge, kind, model.categories_[index])
        parts.append(_looked_up(graph, code, tables[index], model))
    return graph.joined(parts), np.concatenate(tables)


def bins(scope: Any, operator: Any, container: Any) -> None:
    """Convert KBinsDiscretizer. A value's bin is the number of inner edges that are at most it."""
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    rows = graph.rows()
    parts = []
    for index, edges in enumerate(model.bin_edges_):
        column = graph.column(rows, index)
        inner = np.asarray(edges[1:-1], dtype=np.float64).reshape(1, -1)
        # A column with a single bin has no inner edges.
        edge = inner if inner.size else np.array([[np.inf]])
        passed = graph.node("GreaterOrEqual", [column, graph.constant(edge)])
        axis = graph.constant(np.array([1]))
        bin_ = graph.node("ReduceSum", [graph.cast(passed, "INT64"), axis], keepdims=1)
        if model.encode == "ordinal":
            parts.append(graph.cast(bin_))
        else:
            places = graph.constant(np.arange(model.n_bins_[index]).reshape(1, -1))
            parts.append(graph.cast(graph.node("Equal", [bin_, places])))
    graph.set_output(0, graph.joined(parts))


def _features(graph: GraphWriter) -> list[tuple[str, str]]:
    kinds = graph.feature_kinds()
    if len(kinds) != len(graph.model.categories_):
        raise NoExactConverter("a different number of columns")
    return list(zip(graph.features(), kinds, strict=True))


def _codes(graph: GraphWriter, edge: str, kind: str, categories: Any) -> str:
    """Return the edge of the codes of one column."""
    count = len(categories)
    codes = np.arange(count)
    if kind == "number":
        values = [np.nan if value == _MISSING else float(value) for value in categories.tolist()]
        row = np.array(values, dtype=np.float64).reshape(1, -1)
        same = graph.node("Equal", [edge, graph.constant(row)])
        if np.isnan(row).any():
            nan = graph.node("And", [graph.node("IsNaN", [edge]), graph.constant(np.isnan(row))])
            same = graph.node("Or", [same, nan])
        # At most one category is the value. The sum is zero for an unknown value.
        before = graph.constant(codes.reshape(1, -1) - count)
        below = graph.node("Mul", [graph.cast(same, "INT64"), before])
        total = graph.node("ReduceSum", [below, graph.constant(np.array([1]))], keepdims=1)
        return graph.node("Add", [total, graph.constant(np.array([count]))])
    keys: dict[str, Any] = (
        {"keys_strings": [str(value) for value in categories.tolist()]}
        if kind == "string"
        else {"keys_int64s": [int(value) for value in categories.tolist()]}
    )
    return graph.node(
        "LabelEncoder", [edge], **keys, values_int64s=codes.tolist(), default_int64=count
    )


def _looked_up(graph: GraphWriter, code: str, table: Array, encoder: Any) -> str:
    """Return the edge of the table's values at the codes.

    The last value of ``table`` is for unknown values. If the encoder raises an error for these, the
    value is left out, so that onnxruntime raises an error too.
    """
    known = table[:-1] if encoder.handle_unknown == "error" else table
    return graph.node("Gather", [graph.constant(known), code], axis=0)


def _positions(encoder: Any, index: int) -> Array:
    """Return the column of the result for each code of a feature, or -1."""
    places = np.arange(len(encoder.categories_[index]))
    unknown = _NOWHERE
    infrequent = encoder._infrequent_indices[index] if encoder._infrequent_enabled else None
    if infrequent is not None:
        places = np.asarray(encoder._default_to_infrequent_mappings[index])
        if encoder.handle_unknown in ("infrequent_if_exist", "warn"):
            unknown = int(places[infrequent[0]])
    places = np.append(places, unknown)
    drops = encoder._drop_idx_after_grouping
    dropped = None if drops is None else drops[index]
    if dropped is not None:
        places = np.where(places == dropped, _NOWHERE, places - (places > dropped))
    found: Array = places.astype(np.int64)
    return found


def _values(encoder: Any, index: int) -> Array:
    """Return the result for each code of a feature, as doubles."""
    count = len(encoder.categories_[index])
    values = np.arange(count, dtype=np.float64)
    mapping = (
        encoder._default_to_infrequent_mappings[index] if encoder._infrequent_enabled else None
    )
    if mapping is not None:
        # The mapping has no element for missing values, whose category is the last.
        values[: len(mapping)] = mapping
    missing = encoder._missing_indices.get(index)
    # ``rewriting.py`` may have removed the category of missing values.
    if missing is not None and missing < count:
        values[missing] = encoder.encoded_missing_value
    # Unknown values have no code of their own if they raise an error.
    unknown = np.nan if encoder.unknown_value is None else float(encoder.unknown_value)
    return np.append(values, unknown)
