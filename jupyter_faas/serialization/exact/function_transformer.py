"""A converter for FunctionTransformer with an elementwise numpy function, such as numpy.log1p."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from jupyter_faas.serialization.exact.graph_writer import GraphWriter
from jupyter_faas.serialization.exact.sklearn_trees import NoExactConverter

_NODES = MappingProxyType(
    {
        "absolute": "Abs",
        "ceil": "Ceil",
        "cos": "Cos",
        "exp": "Exp",
        "fabs": "Abs",
        "floor": "Floor",
        "log": "Log",
        "negative": "Neg",
        "reciprocal": "Reciprocal",
        "sign": "Sign",
        "sin": "Sin",
        "sqrt": "Sqrt",
        "tan": "Tan",
        "tanh": "Tanh",
    }
)
# Functions without an equivalent ONNX operator, which function_transformer composes from others.
_OWN = ("square", "log1p", "expm1")


def has_function(transformer: Any) -> bool:
    """Return whether the transformer has a supported numpy function and no keyword arguments."""
    function = transformer.func
    return (
        type(function).__name__ == "ufunc"
        and type(function).__module__ == "numpy"
        and function.__name__ in (*_NODES, *_OWN)
        and not transformer.kw_args
    )


def function_transformer(scope: Any, operator: Any, container: Any) -> None:
    """Convert a FunctionTransformer. Raises NoExactConverter for unsupported functions."""
    graph = GraphWriter(scope, operator, container)
    if graph.model.func is None or not has_function(graph.model):
        raise NoExactConverter("another function")
    name, rows = graph.model.func.__name__, graph.rows()
    if name == "square":
        rows = graph.node("Mul", [rows, rows])
    elif name == "log1p":
        rows = graph.node("Log", [graph.node("Add", [rows, graph.constant([1.0])])])
    elif name == "expm1":
        rows = graph.node("Sub", [graph.node("Exp", [rows]), graph.constant([1.0])])
    else:
        rows = graph.node(_NODES[name], [rows])
    graph.set_output(0, rows)


def function_shape(operator: Any) -> None:
    """Set the output type to doubles, with as many columns as all inputs together.

    The number of columns is None if it is unknown for an input.
    """
    from skl2onnx.common.data_types import DoubleTensorType

    widths = [variable.type.shape[1] for variable in operator.inputs]
    width = None if None in widths else sum(widths)
    operator.outputs[0].type = DoubleTensorType([operator.inputs[0].get_first_dimension(), width])
