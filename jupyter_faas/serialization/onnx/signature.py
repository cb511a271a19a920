"""The signature of an ONNX model: names, types and shapes of inputs and outputs, and labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from onnx import ModelProto, TypeProto, ValueInfoProto

Signature = Mapping[str, Any]

_LABELS = ("classlabels_int64s", "classlabels_strings", "classlabels_ints")
# Longer lists of labels are omitted, because they would make the manifest and the card too large.
MAX_LABELS = 1_000


def signature_of(model: ModelProto) -> dict[str, Any]:
    """Return ``{"inputs": [{"name", "dtype", "shape"}], "outputs": […], "classes": […]}``.

    ``dtype`` is the name of a numpy dtype, ``string``, or a description such as ``sequence of map
    of int64 to float32``. ``shape`` contains None for each dimension of variable size, and is None
    if the number of dimensions is unknown. ``classes`` is absent if the graph does not have labels,
    or has several different lists of labels or more than MAX_LABELS.
    """
    # Older versions of the IR list weights as inputs too, so initializers are excluded.
    held = {tensor.name for tensor in model.graph.initializer}
    inputs = [given for given in model.graph.input if given.name not in held]
    found: dict[str, Any] = {
        "inputs": [_value(given) for given in inputs],
        "outputs": [_value(output) for output in model.graph.output],
    }
    labels = _labels(model)
    if labels:
        found["classes"] = labels
    return found


def signature_of_rows(spec: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the signature of a model that reads rows of numbers.

    ``spec``: the model's spec, with one input. ``answers`` maps the model's methods to their
    results for some rows. The input gets the key ``columns`` if the columns have names.
    """
    (given,) = spec["inputs"]
    entry: dict[str, Any] = {"name": given["name"], "dtype": given["dtype"]}
    entry["shape"] = [None, len(spec["kinds"])]
    if spec["columns"]:
        entry["columns"] = list(spec["columns"])
    return {
        "inputs": [entry],
        "outputs": [
            {"name": method, "dtype": answer.dtype.name, "shape": [None, *answer.shape[1:]]}
            for method, answer in answers.items()
        ],
    }


def describe_inputs(values: Iterable[Mapping[str, Any]]) -> str:
    """Return a description of the inputs in a signature.

    For example, ``X float32 [?, 4]`` or ``2 inputs: ids int64 [?, 128], mask int64 [?, 128]``.
    """
    words = [f"{value['name']} {value['dtype']}{_shape_words(value['shape'])}" for value in values]
    if len(words) == 1:
        return words[0]
    return f"{len(words)} inputs: {', '.join(words)}" if words else "no inputs"


def _shape_words(shape: list[int | None] | None) -> str:
    if shape is None:
        return ""
    return f" [{', '.join('?' if size is None else str(size) for size in shape)}]"


def _value(info: ValueInfoProto) -> dict[str, Any]:
    kind = info.type
    shape: list[int | None] | None = None
    if kind.HasField("tensor_type") and kind.tensor_type.HasField("shape"):
        shape = [
            int(size.dim_value) if size.HasField("dim_value") and size.dim_value > 0 else None
            for size in kind.tensor_type.shape.dim
        ]
    return {"name": info.name, "dtype": _type_words(kind), "shape": shape}


def _type_words(kind: TypeProto) -> str:
    if kind.HasField("tensor_type"):
        return _element(kind.tensor_type.elem_type)
    if kind.HasField("sequence_type"):
        return f"sequence of {_type_words(kind.sequence_type.elem_type)}"
    if kind.HasField("map_type"):
        key, value = kind.map_type.key_type, kind.map_type.value_type
        return f"map of {_element(key)} to {_type_words(value)}"
    if kind.HasField("optional_type"):
        return f"optional {_type_words(kind.optional_type.elem_type)}"
    return "unknown"


def _element(number: int) -> str:
    from onnx import TensorProto, helper

    if number == TensorProto.STRING:
        return "string"
    try:
        return str(np.dtype(helper.tensor_dtype_to_np_dtype(number)).name)
    # numpy does not have a name for some ONNX types, such as bfloat16 in some versions.
    except (KeyError, TypeError, ValueError):
        return str(TensorProto.DataType.Name(number)).lower()


def _labels(model: ModelProto) -> list[int | str]:
    found: list[list[int | str]] = []
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name in _LABELS:
                texts = [text.decode("utf-8", "replace") for text in attribute.strings]
                found.append([*attribute.ints, *texts])
    labels = [each for each in found if each]
    # If several classifiers of a graph have different labels, it is unclear which ones it returns.
    same = labels and all(each == labels[0] for each in labels)
    return labels[0] if same and len(labels[0]) <= MAX_LABELS else []
