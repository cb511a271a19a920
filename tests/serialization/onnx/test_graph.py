from __future__ import annotations

import numpy as np
import onnxruntime
from onnx import ModelProto, TensorProto, helper

from jupyter_faas.serialization.onnx.graph import canonical, merged, opsets


def graph(last: str, names: str) -> ModelProto:
    """Doubles X, then adds (or subtracts) one: outputs ``a`` and ``b``, spelled with ``names``."""
    number = TensorProto.DOUBLE
    nodes = [
        helper.make_node("Mul", ["X", f"{names}two"], [f"{names}twice"]),
        helper.make_node(last, [f"{names}twice", f"{names}one"], ["a"]),
        helper.make_node("Neg", ["a"], ["b"]),
    ]
    constants = [
        helper.make_tensor(f"{names}two", number, [1], [2.0]),
        helper.make_tensor(f"{names}one", number, [1], [1.0]),
    ]
    info = [helper.make_tensor_value_info(name, number, [None]) for name in ("X", "a", "b")]
    made = helper.make_graph(nodes, "model", info[:1], info[1:], constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 14)])
    model.ir_version = 10
    return model


def answers(model: ModelProto) -> dict[str, list[float]]:
    session = onnxruntime.InferenceSession(canonical(model), providers=["CPUExecutionProvider"])
    found = session.run(None, {"X": np.array([3.0])})
    return {
        output.name: value.tolist()
        for output, value in zip(session.get_outputs(), found, strict=True)
    }


def test_merged_graph_answers_for_both() -> None:
    both = merged(graph("Add", "p"), graph("Sub", "q"), {1: "minus"})
    assert answers(both) == {"a": [7.0], "b": [-7.0], "minus": [-5.0]}


def test_what_both_compute_alike_is_kept_once() -> None:
    both = merged(graph("Add", "p"), graph("Sub", "q"), {0: "less"})
    assert [node.op_type for node in both.graph.node] == ["Mul", "Add", "Neg", "Sub"]
    assert len(both.graph.initializer) == 2


def scanned(last: str, names: str) -> ModelProto:
    """``graph``, whose numbers are doubled one after another in the body of a Scan."""
    number = TensorProto.DOUBLE
    row, twice = (
        helper.make_tensor_value_info(f"{names}{name}", number, []) for name in ("row", "double")
    )
    two = helper.make_tensor(f"{names}2", number, [], [2.0])
    multiply = helper.make_node("Mul", [row.name, two.name], [twice.name])
    body = helper.make_graph([multiply], f"{names}body", [row], [twice], [two])
    made = graph(last, names)
    first = made.graph.node[0]
    first.CopyFrom(
        helper.make_node("Scan", ["X"], list(first.output), num_scan_inputs=1, body=body)
    )
    return made


def test_scans_that_are_alike_are_kept_once() -> None:
    both = merged(scanned("Add", "p"), scanned("Sub", "q"), {1: "minus"})
    assert answers(both) == {"a": [7.0], "b": [-7.0], "minus": [-5.0]}
    assert [node.op_type for node in both.graph.node] == ["Scan", "Add", "Neg", "Sub", "Neg"]


def test_first_graph_is_left_alone() -> None:
    first = graph("Add", "p")
    before = first.SerializeToString()
    merged(first, graph("Sub", "q"), {0: "less"})
    assert first.SerializeToString() == before


def test_canonical_bytes_do_not_depend_on_the_order_of_operator_sets() -> None:
    one, other = graph("Add", "p"), graph("Add", "p")
    one.opset_import.extend([helper.make_opsetid("ai.onnx.ml", 1), helper.make_opsetid("", 13)])
    del other.opset_import[:]
    other.opset_import.extend([helper.make_opsetid("ai.onnx.ml", 1), helper.make_opsetid("", 14)])
    assert canonical(one) == canonical(other)
    assert opsets(one) == {"": 14, "ai.onnx.ml": 1}
