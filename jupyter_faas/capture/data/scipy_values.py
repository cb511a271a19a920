"""Objects of scipy that need their own constructor: sparse arrays, distributions and trees."""

from __future__ import annotations

from typing import Any

from jupyter_faas.capture.data import library_objects
from jupyter_faas.capture.data.nodes import Node, NodeWriter

_COMPRESSED = ("csr", "csc", "bsr")


def write(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of an object of scipy, or None for other types.

    Splines and kernel density estimates are Python objects over arrays, which are written by their
    state.
    """
    kind = type(value)
    writer.need("scipy")
    if kind.__module__.startswith("scipy.sparse") and hasattr(value, "getformat"):
        return _sparse(writer, value, where)
    if kind.__name__ in ("KDTree", "cKDTree"):
        return _kd_tree(writer, value, where)
    if kind.__name__ == "gaussian_kde" and "<lambda>" in value.covariance_factor.__qualname__:
        # A bandwidth that was given as a number is kept in a lambda, which the action makes again.
        inner = library_objects.write(writer, value, where, leave_out={"covariance_factor"})
        return {"is": "kernel_density", "of": inner}
    if kind.__name__ in ("rv_continuous_frozen", "rv_discrete_frozen"):
        return _distribution(writer, value, where)
    return None


def _sparse(writer: NodeWriter, value: Any, where: str) -> Node | None:
    form = value.format
    if form in _COMPRESSED:
        parts: tuple[Any, ...] = (value.data, value.indices, value.indptr)
    elif form == "coo":
        parts = (value.data, *value.coords)
    elif form == "dia":
        parts = (value.data, value.offsets)
    else:
        return None
    return {
        "is": "sparse",
        "type": type(value).__name__,
        "parts": writer.write_all(parts, where),
        "shape": [int(one) for one in value.shape],
        "coordinates": form == "coo",
    }


def _distribution(writer: NodeWriter, value: Any, where: str) -> Node | None:
    import scipy.stats

    name = getattr(value.dist, "name", "")
    known = getattr(scipy.stats, str(name), None)
    if known is None or type(known) is not type(value.dist):
        return None
    return {
        "is": "distribution",
        "name": name,
        "args": writer.write(value.args, f"{where}.args"),
        "keywords": writer.write(value.kwds, f"{where}.kwds"),
    }


def _kd_tree(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of a tree that is built again from its data.

    The tree does not know the options with which it was built, so they are found by trying.
    """
    data = value.data
    for balanced, compact in ((True, True), (False, True), (True, False), (False, False)):
        again = type(value)(
            data,
            leafsize=value.leafsize,
            balanced_tree=balanced,
            compact_nodes=compact,
            boxsize=value.boxsize,
        )
        if _structure(again) == _structure(value):
            return {
                "is": "kd_tree",
                "type": type(value).__name__,
                "data": writer.write(data, f"{where}.data"),
                "box": writer.write(value.boxsize, f"{where}.boxsize"),
                "leaf_size": int(value.leafsize),
                "balanced": balanced,
                "compact": compact,
            }
    return None


def _structure(tree: Any) -> tuple[bytes, int]:
    return tree.indices.tobytes(), int(tree.size)
