"""Objects of scikit-learn that are not models: Bunch, and the trees of neighbors."""

from __future__ import annotations

from typing import Any

from jupyter_faas.capture.data.nodes import Node, NodeWriter, NotData

# Metrics by the name of their compiled class.
_METRICS = {
    "EuclideanDistance": "euclidean",
    "ManhattanDistance": "manhattan",
    "ChebyshevDistance": "chebyshev",
    "MinkowskiDistance": "minkowski",
    "HaversineDistance": "haversine",
    "HammingDistance": "hamming",
    "CanberraDistance": "canberra",
    "BrayCurtisDistance": "braycurtis",
    "JaccardDistance": "jaccard",
    "DiceDistance": "dice",
}


def write(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of an object of scikit-learn, or None for other types."""
    name = type(value).__name__
    if name == "Bunch":
        writer.need("sklearn")
        node: Node = {"is": "bunch", "items": []}
        writer.remember(value, node)
        node["items"] = writer.pairs(value, where)
        return node
    if name in ("BallTree", "KDTree"):
        return _tree(writer, value, where)
    if hasattr(value, "fit"):
        # An estimator travels as a model, and needs a name of its own for that.
        raise NotData(where, value)
    return None


def _tree(writer: NodeWriter, value: Any, where: str) -> Node | None:
    import numpy

    state = value.__getstate__()
    metric: Any = next((one for one in state if type(one).__name__.endswith("Distance64")), None)
    name = _METRICS.get(type(metric).__name__.removesuffix("64"))
    if name is None:
        return None
    leaf_size = state[4]
    weights = state[-1]
    keywords = {"p": metric.__getstate__()[0]} if name == "minkowski" else {}
    data = numpy.asarray(value.data)
    weights = None if weights is None else numpy.asarray(weights)
    again = type(value)(data, leaf_size=leaf_size, metric=name, sample_weight=weights, **keywords)
    pairs = zip(value.get_arrays(), again.get_arrays(), strict=True)
    if not all(numpy.array_equal(numpy.asarray(a), numpy.asarray(b)) for a, b in pairs):
        return None
    writer.need("sklearn")
    return {
        "is": "neighbors_tree",
        "type": type(value).__name__,
        "data": writer.array(data),
        "keywords": writer.write(keywords, where),
        "weights": writer.write(weights, where),
        "leaf_size": int(leaf_size),
        "metric": name,
    }
