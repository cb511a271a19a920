"""Add nodes to an ONNX graph from within a skl2onnx converter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from jupyter_faas.serialization.arrays import Array
from jupyter_faas.serialization.estimators import last_step

_ML = "ai.onnx.ml"
# The operators of this domain that are used, with the opset that introduced their attributes.
_ML_VERSIONS = MappingProxyType({"LabelEncoder": 2, "TreeEnsemble": 5})

# Maps edges to their element types (names in TensorProto) and shapes.
Edges = Mapping[str, tuple[str, Sequence[int | None]]]


class GraphWriter:
    """A writer that adds the nodes of one estimator to an ONNX graph.

    An edge is the name of a tensor in the graph. ``scope``, ``operator`` and ``container`` are the
    arguments that skl2onnx passes to a converter.
    """

    def __init__(self, scope: Any, operator: Any, container: Any) -> None:
        self._scope = scope
        self._operator = operator
        self._container = container

    @property
    def model(self) -> Any:
        return self._operator.raw_operator

    def option(self, name: str) -> Any:
        """Return a conversion option of this estimator, or False if it is not set."""
        return self._scope.get_options(self.model, {name: False}, fail=False)[name]

    def labels(self) -> Array:
        """Return the classifier's labels, or their positions if an outer estimator needs positions.

        The array contains strings (dtype object) or int64. Raises ValueError for labels of other
        types.
        """
        from skl2onnx.common.utils_classifier import get_label_classes

        labels = np.asarray(get_label_classes(self._scope, self.model))
        if labels.dtype.kind in "UO" and all(isinstance(each, str) for each in labels.tolist()):
            return labels.astype(object)
        if labels.dtype.kind not in "iub":
            raise ValueError(f"labels of type {labels.dtype}")
        return labels.astype(np.int64)

    def rows(self) -> str:
        """Add nodes that concatenate the estimator's inputs as doubles, and return their edge."""
        columns = [self.cast(variable.full_name) for variable in self._operator.inputs]
        return self.joined(columns)

    def joined(self, parts: Sequence[str]) -> str:
        """Return the edge of the parts' columns side by side. A single part needs no node."""
        return parts[0] if len(parts) == 1 else self.node("Concat", parts, axis=1)

    def feature_kinds(self) -> list[str]:
        """Return the kind of each feature, which is a column of one of the inputs.

        The kinds are those of ``input_schema.Column``.
        """
        return [
            _kind_of(variable.type)
            for variable in self._operator.inputs
            for _ in range(variable.type.shape[1])
        ]

    def features(self) -> list[str]:
        """Return the edge of each feature, with one column. Numbers are converted to doubles."""
        found = []
        for variable in self._operator.inputs:
            edge, width = variable.full_name, variable.type.shape[1]
            if _kind_of(variable.type) == "number":
                edge = self.cast(edge)
            found += [self.column(edge, i) for i in range(width)] if width > 1 else [edge]
        return found

    def column(self, edge: str, index: int) -> str:
        """Return the edge of one column, which has two dimensions."""
        return self.columns(edge, [index])

    def columns(self, edge: str, indices: Sequence[int]) -> str:
        """Return the edge of some columns, in the order of ``indices``."""
        return self.node("Gather", [edge, self.constant(np.array(indices))], axis=1)

    def sums(self, rows: str) -> str:
        """Return the edge of the rows' sums, added from the first column to the last.

        scikit-learn adds in this order. ReduceSum adds in another, which is rounded differently.
        """
        running = self.node("CumSum", [rows, self.constant(np.array(1))])
        return self.column(running, -1)

    def divided(self, rows: str, norms: str, *, tiny: float) -> str:
        """Return the edge of the rows divided by their norms, except by norms up to ``tiny``."""
        is_tiny = self.node("LessOrEqual", [norms, self.constant([tiny])])
        divisors = self.node("Where", [is_tiny, self.constant([1.0]), norms])
        return self.node("Div", [rows, divisors])

    def inner(self, estimator: Any, method: str) -> str:
        """Convert an inner classifier, and return the edge of its scores for the same rows.

        ``method``: ``predict_proba`` or ``decision_function``. The scores have one column per
        label. Raises KeyError if skl2onnx does not have a converter for the classifier.
        """
        from skl2onnx._supported_operators import sklearn_operator_name_map
        from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType, StringTensorType

        alias = sklearn_operator_name_map[type(estimator)]
        raw = method == "decision_function"
        # skl2onnx reads options from both the scope and the container. A pipeline and its last step
        # must have the same options.
        for one in {id(each): each for each in (estimator, last_step(estimator))}.values():
            options = {"zipmap": False, **({"raw_scores": True} if raw else {})}
            self._scope.add_options(id(one), options)
            self._container.add_options(id(one), options)
        operator = self._scope.declare_local_operator(alias, estimator)
        operator.inputs = self._operator.inputs
        texts = any(isinstance(label, str) for label in estimator.classes_.tolist())
        label_type = StringTensorType if texts else Int64TensorType
        # Classifiers have two outputs, so the label must be declared although it is not used.
        label = self._scope.declare_local_variable("label", label_type())
        scores = self._scope.declare_local_variable("scores", DoubleTensorType())
        operator.outputs.append(label)
        operator.outputs.append(scores)
        return self.cast(scores.full_name)

    def cast(self, edge: str, dtype: str = "DOUBLE") -> str:
        from onnx import TensorProto

        return self.node("Cast", [edge], to=getattr(TensorProto, dtype))

    def as_float32(self, edge: str) -> str:
        """Add nodes that round the doubles of ``edge`` to float32 precision, and return the edge.

        The results are still doubles.
        """
        return self.cast(self.cast(edge, "FLOAT"))

    def constant(self, values: Any) -> str:
        """Add a constant tensor and return its edge.

        A numpy array keeps its type, and other values are converted to doubles.
        """
        array = np.asarray(values, dtype=None if isinstance(values, np.ndarray) else np.float64)
        name: str = self._scope.get_unique_variable_name("constant")
        self._container.add_initializer(name, _type_of(array), array.shape, array.ravel().tolist())
        return name

    def node(self, kind: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Add a node with one output, and return the edge of the output."""
        (output,) = self.several(1, kind, inputs, **attributes)
        return output

    def several(
        self, count: int, kind: str, inputs: Sequence[str], **attributes: Any
    ) -> tuple[str, ...]:
        """Add a node with ``count`` outputs, and return their edges."""
        outputs = tuple(self.name(kind.lower()) for _ in range(count))
        self._add(kind, inputs, outputs, attributes)
        return outputs

    def name(self, hint: str) -> str:
        """Return a name that begins with ``hint`` and that no other edge of the graph has."""
        name: str = self._scope.get_unique_variable_name(hint)
        return name

    def set_output(self, position: int, edge: str, *, width: int | None = None) -> None:
        """Set the estimator's output at ``position`` to ``edge``, which has labels or doubles.

        ``width``: the number of columns, if it differs from the number that skl2onnx expects.
        """
        from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

        output = self._operator.outputs[position]
        if width is not None:
            output.set_type(DoubleTensorType([None, width]))
        if isinstance(output.type, FloatTensorType):
            # skl2onnx declares float32 outputs, because its own converters write float32.
            output.set_type(DoubleTensorType(output.type.shape))
        self._add("Identity", [edge], [output.full_name], {})

    def set_cast_output(self, edge: str, *, width: int | None = None) -> None:
        """Set the estimator's first output to ``edge``, cast to the type that skl2onnx expects.

        ``width``: the number of columns, if it differs from the number that skl2onnx expects.
        """
        from skl2onnx.common import data_types

        output = self._operator.outputs[0]
        if width is not None:
            output.set_type(type(output.type)([None, width]))
        names = {data_types.Int64TensorType: "INT64", data_types.FloatTensorType: "FLOAT"}
        cast = self.cast(edge, names.get(type(output.type), "DOUBLE"))
        self._add("Identity", [cast], [output.full_name], {})

    def _add(
        self, kind: str, inputs: Sequence[str], outputs: Sequence[str], attributes: Any
    ) -> None:
        self._container.add_node(
            kind,
            list(inputs),
            list(outputs),
            op_domain=_ML if kind in _ML_VERSIONS else "",
            op_version=_ML_VERSIONS.get(kind),
            name=self._scope.get_unique_operator_name(kind),
            **attributes,
        )


class BodyWriter(GraphWriter):
    """A writer that adds nodes to the body of a Scan or Loop node instead.

    The body reads only its own inputs and constants. ``outer`` writes the graph of the node.
    """

    def __init__(self, outer: GraphWriter) -> None:
        self._body = _Body()
        super().__init__(outer._scope, outer._operator, self._body)

    def graph(self, inputs: Edges, outputs: Edges) -> Any:
        """Return the body, with these edges as its inputs and outputs."""
        from onnx import TensorProto, helper

        given, returned = (
            [
                helper.make_tensor_value_info(name, getattr(TensorProto, dtype), shape)
                for name, (dtype, shape) in edges.items()
            ]
            for edges in (inputs, outputs)
        )
        name = self.name("body")
        return helper.make_graph(self._body.nodes, name, given, returned, self._body.initializers)


class _Body:
    """The nodes and constants of a body, with the methods of skl2onnx's container."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []

    def add_node(
        self,
        kind: str,
        inputs: list[str],
        outputs: list[str],
        *,
        op_domain: str,
        op_version: int | None,
        name: str,
        **attributes: Any,
    ) -> None:
        from onnx import helper

        # A body has no operator sets of its own: those of the graph apply.
        del op_version
        node = helper.make_node(kind, inputs, outputs, name=name, domain=op_domain, **attributes)
        self.nodes.append(node)

    def add_initializer(self, name: str, dtype: int, shape: Any, values: list[Any]) -> None:
        from onnx import helper

        self.initializers.append(helper.make_tensor(name, dtype, shape, values))


def _kind_of(tensor_type: Any) -> str:
    from skl2onnx.common.data_types import Int64TensorType, StringTensorType

    if isinstance(tensor_type, StringTensorType):
        return "string"
    return "integer" if isinstance(tensor_type, Int64TensorType) else "number"


def _type_of(array: Array) -> int:
    from onnx import TensorProto

    if array.dtype.kind == "f":
        return int(TensorProto.FLOAT if array.dtype.itemsize == 4 else TensorProto.DOUBLE)
    if array.dtype.kind == "b":
        return int(TensorProto.BOOL)
    return int(TensorProto.INT64 if array.dtype.kind == "i" else TensorProto.STRING)
