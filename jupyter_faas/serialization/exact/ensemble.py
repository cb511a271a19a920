"""Decision trees as arrays, and their conversion to the attributes of one ``TreeEnsemble`` node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jupyter_faas.serialization.arrays import Array

# The codes of nodes_modes, aggregate_function and post_transform in the ONNX specification.
_LEQ, _LESS, _MEMBER = 0, 1, 6
_SUM = 1
_NO_TRANSFORM = 0


@dataclass(frozen=True)
class Tree:
    """A decision tree that adds the value of the row's leaf to the output column ``target``.

    All arrays have one element per node, and the root is node 0. A row goes left if its value in
    the column ``features`` is at most the threshold (float64), or if the value is NaN and
    ``missing_left`` is true. ``members`` maps some nodes to nonnegative integers. At these nodes, a
    row goes left if its value is one of the integers. ``leaf`` shows which nodes are leaves.
    ``values`` (float64) are used only for leaves. ``left`` and ``right`` are the positions of the
    children, and are used only for inner nodes.
    """

    target: int
    features: Array
    thresholds: Array
    missing_left: Array
    left: Array
    right: Array
    leaf: Array
    values: Array
    members: Mapping[int, Sequence[int]] = field(default_factory=dict)


def constant(target: int, value: float) -> Tree:
    """Return a tree that adds ``value`` to every row.

    Used for baselines. As the ensemble's first tree, a baseline is added first, as in the library.
    """
    zero = np.zeros(1, dtype=np.int64)
    return Tree(
        target=target,
        features=zero,
        thresholds=np.zeros(1),
        missing_left=np.zeros(1, dtype=bool),
        left=zero,
        right=zero,
        leaf=np.ones(1, dtype=bool),
        values=np.array([value], dtype=np.float64),
    )


def ensemble(
    trees: Sequence[Tree], targets: int, *, dtype: str = "float64", less_only: bool = False
) -> dict[str, Any]:
    """Return the attributes of a TreeEnsemble node that sums the leaves into ``targets`` columns.

    The order of the trees is kept, because the last bit of a floating-point sum depends on it.
    ``dtype``: the type of rows, thresholds, leaves and sums. ``less_only``: whether a value equal
    to the threshold goes right instead of left.
    """
    from onnx.numpy_helper import from_array

    nodes: dict[str, list[Array]] = {name: [] for name in _NODE_FIELDS}
    weights: list[Array] = []
    target_ids: list[Array] = []
    roots: list[int] = []
    modes: list[Array] = []
    members: list[float] = []
    numeric = _LESS if less_only else _LEQ
    first_node = first_leaf = 0
    for tree in trees:
        roots.append(first_node)
        inner = np.flatnonzero(~tree.leaf)
        leaves = np.flatnonzero(tree.leaf)
        # The operator numbers inner nodes and leaves separately, across all trees. This array has
        # the position of each node among the ensemble's inner nodes or leaves.
        place = np.zeros(len(tree.leaf), dtype=np.int64)
        place[inner] = first_node + np.arange(len(inner))
        place[leaves] = first_leaf + np.arange(len(leaves))
        if len(inner):
            left, right = tree.left[inner], tree.right[inner]
        else:
            # The operator needs an inner node, so one is added whose children are both the leaf.
            inner, left, right = leaves, leaves, leaves
        modes.append(np.array([_MEMBER if n in tree.members else numeric for n in inner.tolist()]))
        for node in inner.tolist():
            # membership_values is the concatenation of all sets, with a NaN after each set.
            members += [*tree.members[node], np.nan] if node in tree.members else []
        nodes["featureids"].append(tree.features[inner])
        nodes["splits"].append(tree.thresholds[inner])
        nodes["missing_value_tracks_true"].append(tree.missing_left[inner])
        nodes["truenodeids"].append(place[left])
        nodes["trueleafs"].append(tree.leaf[left])
        nodes["falsenodeids"].append(place[right])
        nodes["falseleafs"].append(tree.leaf[right])
        weights.append(tree.values[leaves])
        target_ids.append(np.full(len(leaves), tree.target))
        first_node += len(inner)
        first_leaf += len(leaves)
    flat = {name: np.concatenate(parts) for name, parts in nodes.items()}
    splits = from_array(flat.pop("splits").astype(dtype))
    return {
        "n_targets": targets,
        "aggregate_function": _SUM,
        "post_transform": _NO_TRANSFORM,
        "tree_roots": roots,
        "nodes_splits": splits,
        "nodes_modes": from_array(np.concatenate(modes).astype(np.uint8)),
        **{f"nodes_{name}": values.astype(np.int64).tolist() for name, values in flat.items()},
        "leaf_targetids": np.concatenate(target_ids).tolist(),
        "leaf_weights": from_array(np.concatenate(weights).astype(dtype)),
        **({"membership_values": from_array(np.array(members, dtype=dtype))} if members else {}),
    }


_NODE_FIELDS = (
    "featureids",
    "splits",
    "missing_value_tracks_true",
    "truenodeids",
    "trueleafs",
    "falsenodeids",
    "falseleafs",
)
