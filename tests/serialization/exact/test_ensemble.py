"""The node, run by onnxruntime on trees that are written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

from jupyter_faas.serialization.exact.ensemble import Tree, constant, ensemble


def answers(trees: Sequence[Tree], targets: int, rows: Sequence[float]) -> list[list[float]]:
    """What the trees say of rows of one column."""
    node = helper.make_node(
        "TreeEnsemble", ["x"], ["y"], domain="ai.onnx.ml", **ensemble(trees, targets)
    )
    graph = helper.make_graph(
        [node],
        "trees",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, [None, 1])],
        [helper.make_tensor_value_info("y", TensorProto.DOUBLE, [None, targets])],
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 5)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    column = np.array(rows, dtype=np.float64).reshape(-1, 1)
    found: list[list[float]] = session.run(None, {"x": column})[0].tolist()
    return found


def split(threshold: float, left: float, right: float, *, missing_left: bool = False) -> Tree:
    """One split of the first column."""
    return Tree(
        target=0,
        features=np.array([0, -2, -2]),
        thresholds=np.array([threshold, -2.0, -2.0]),
        missing_left=np.array([missing_left, False, False]),
        left=np.array([1, -1, -1]),
        right=np.array([2, -1, -1]),
        leaf=np.array([False, True, True]),
        values=np.array([0.0, left, right]),
    )


def test_threshold_itself_goes_left_and_the_next_double_does_not() -> None:
    threshold = 0.1
    above = float(np.nextafter(threshold, 1))
    assert answers([split(threshold, 1.0, 2.0)], 1, [threshold, above]) == [[1.0], [2.0]]


def test_missing_value_goes_to_the_side_it_was_fitted_to() -> None:
    nan = float("nan")
    assert answers([split(0.0, 1.0, 2.0, missing_left=True)], 1, [nan]) == [[1.0]]
    assert answers([split(0.0, 1.0, 2.0, missing_left=False)], 1, [nan]) == [[2.0]]


def test_tree_of_one_leaf_between_others() -> None:
    trees = [split(0.0, 1.0, 2.0), constant(0, 0.25), split(1.0, 10.0, 20.0)]
    assert answers(trees, 1, [-1.0, 0.5, 3.0]) == [[11.25], [12.25], [22.25]]


def test_leaves_are_doubles_summed_in_the_order_of_the_trees() -> None:
    values = [0.1, 0.2, 0.3, 1e16, -1e16]
    total = 0.0
    for value in values:
        total += value
    assert answers([constant(0, value) for value in values], 1, [0.0]) == [[total]]


def test_trees_add_to_their_own_columns() -> None:
    assert answers([constant(0, 1.0), constant(2, 3.0)], 3, [0.0]) == [[1.0, 0.0, 3.0]]


def test_a_row_goes_left_where_it_is_one_of_the_members() -> None:
    def member(members: list[int], *, missing_left: bool = False) -> Tree:
        return replace(split(0.0, 1.0, 2.0, missing_left=missing_left), members={0: members})

    values = [0.0, 1.0, 5.0, 40.0, 300.0, 7.0, -1.0, 1e9]
    # Few small numbers, large ones, and many: onnxruntime has another way for each.
    for members in ([1, 5], [40, 300], list(range(0, 1000, 5))):
        expected = [[1.0 if value in members else 2.0] for value in values]
        assert answers([member(members)], 1, values) == expected
    assert answers([member([1])], 1, [np.nan]) == [[2.0]]
    assert answers([member([1], missing_left=True)], 1, [np.nan]) == [[1.0]]


def test_sets_of_several_trees_stay_apart() -> None:
    first = replace(split(0.0, 1.0, 2.0), members={0: [1, 2]})
    second = replace(split(0.0, 10.0, 20.0), members={0: [2, 3]})
    given = answers([first, split(2.5, 100.0, 200.0), second], 1, [1.0, 2.0, 3.0, 4.0])
    assert given == [[121.0], [111.0], [212.0], [222.0]]
