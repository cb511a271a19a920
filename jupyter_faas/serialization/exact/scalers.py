"""Converters for scalers and imputers.

The converters write scikit-learn's operations in the same order and in double precision, because
the last bit of a scaled value may determine which side of a threshold a row is on.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jupyter_faas.serialization.exact.graph_writer import GraphWriter
from jupyter_faas.serialization.exact.sklearn_trees import NoExactConverter


def standard_scaler(scope: Any, operator: Any, container: Any) -> None:
    """Convert StandardScaler, which subtracts the mean and divides by the standard deviation."""
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    rows = _applied(graph, "Sub", graph.rows(), model.mean_ if model.with_mean else None)
    graph.set_output(0, _applied(graph, "Div", rows, model.scale_ if model.with_std else None))


def robust_scaler(scope: Any, operator: Any, container: Any) -> None:
    """Convert RobustScaler, which subtracts the median and divides by the quantile range."""
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    rows = _applied(graph, "Sub", graph.rows(), model.center_ if model.with_centering else None)
    graph.set_output(0, _applied(graph, "Div", rows, model.scale_ if model.with_scaling else None))


def max_abs_scaler(scope: Any, operator: Any, container: Any) -> None:
    """Convert MaxAbsScaler, which divides by the largest absolute value and may clip."""
    graph = GraphWriter(scope, operator, container)
    rows = _applied(graph, "Div", graph.rows(), graph.model.scale_)
    if getattr(graph.model, "clip", False):
        rows = _clipped(graph, rows, (-1.0, 1.0))
    graph.set_output(0, rows)


def min_max_scaler(scope: Any, operator: Any, container: Any) -> None:
    """Convert MinMaxScaler, which multiplies by ``scale_``, adds ``min_`` and may clip."""
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    rows = _applied(graph, "Mul", graph.rows(), model.scale_)
    rows = _applied(graph, "Add", rows, model.min_)
    if model.clip:
        rows = _clipped(graph, rows, model.feature_range)
    graph.set_output(0, rows)


def simple_imputer(scope: Any, operator: Any, container: Any) -> None:
    """Convert SimpleImputer for numbers, with or without ``add_indicator``.

    Raises NoExactConverter if the imputer was fitted on strings or drops columns.
    """
    graph = GraphWriter(scope, operator, container)
    model = graph.model
    # A constant fill value is stored as an object.
    statistics = np.array(model.statistics_.tolist())
    if statistics.dtype.kind not in "fi":
        raise NoExactConverter("text")
    statistics = statistics.astype(np.float64)
    # scikit-learn drops columns that had only missing values during fit. Their statistic is NaN.
    if np.isnan(statistics).any():
        raise NoExactConverter("columns that the imputer drops")
    rows = graph.rows()
    missing = model.missing_values
    if isinstance(missing, float) and np.isnan(missing):
        where = graph.node("IsNaN", [rows])
    else:
        where = graph.node("Equal", [rows, graph.constant([float(missing)])])
    filled = graph.node("Where", [where, graph.constant([statistics]), rows])
    if not model.add_indicator:
        graph.set_output(0, filled)
        return
    indicated = np.asarray(model.indicator_.features_, dtype=np.int64)
    mask = graph.cast(graph.node("Gather", [where, graph.constant(indicated)], axis=1))
    both = graph.node("Concat", [filled, mask], axis=1)
    graph.set_output(0, both, width=len(statistics) + len(indicated))


def _applied(graph: GraphWriter, kind: str, rows: str, by: Any) -> str:
    return rows if by is None else graph.node(kind, [rows, graph.constant([by])])


def _clipped(graph: GraphWriter, rows: str, bounds: tuple[float, float]) -> str:
    least, most = (graph.constant(np.array(bound, dtype=np.float64)) for bound in bounds)
    return graph.node("Clip", [rows, least, most])
