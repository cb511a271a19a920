"""Small ONNX models, made with onnx itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def linear(*, opset: int = 21, weights: Any = None) -> onnx.ModelProto:
    """``Y = X @ W + B``, of rows of three numbers to rows of two."""
    matrix = np.arange(6, dtype=np.float32).reshape(3, 2) if weights is None else weights
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["X", "W"], ["XW"]),
            helper.make_node("Add", ["XW", "B"], ["Y"]),
        ],
        "linear",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, ["rows", 3])],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, ["rows", 2])],
        [
            numpy_helper.from_array(matrix, "W"),
            numpy_helper.from_array(np.array([10, 20], dtype=np.float32), "B"),
        ],
    )
    # As most exporters write it: onnxruntime may lag behind onnx' own newest version.
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10, producer_name="tests"
    )


def with_weights_outside(folder: Path, name: str = "outside.onnx") -> Path:
    """The same with its weights in ``weights.bin`` beside it."""
    path = folder / name
    onnx.save(
        linear(),
        path,
        save_as_external_data=True,
        location="weights.bin",
        size_threshold=0,
        convert_attribute=False,
    )
    return path
