"""Objects that their library writes in a safe format, such as frames of polars and boosters."""

from __future__ import annotations

import io
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from jupyter_faas.capture.data.nodes import Node, NodeWriter


def write_polars(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of a DataFrame, LazyFrame, Series or Schema of polars.

    A LazyFrame is computed now, because its plan may read files of this machine.
    """
    kind = type(value).__name__
    if kind == "Schema":
        writer.need("polars")
        types = writer.write(dict(value), where)
        return {"is": "call", "type": "polars:Schema", "args": [types]}
    if kind not in ("DataFrame", "LazyFrame", "Series"):
        return None
    frame = value.collect() if kind == "LazyFrame" else value
    frame = value.to_frame() if kind == "Series" else frame
    # A column of Python objects cannot be written in the Arrow format.
    if any(
        dtype.__class__.__name__ == "Object" or str(dtype) == "Object" for dtype in frame.dtypes
    ):
        return None
    stream = io.BytesIO()
    frame.write_ipc(stream, compression="uncompressed")
    writer.need("polars")
    return {"is": "polars", "type": kind, "file": writer.file("arrow", stream.getvalue())}


def write_tokenizer(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of a ``tokenizers.Tokenizer``."""
    if type(value).__name__ != "Tokenizer":
        return None
    writer.need("tokenizers")
    return {"is": "tokenizer", "file": writer.file("tokenizer.json", value.to_str().encode())}


def write_booster(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of a Booster of XGBoost or LightGBM.

    A booster is captured as a model first. It comes here when its ONNX form is not sufficient.
    """
    if type(value).__name__ != "Booster":
        return None
    top = type(value).__module__.partition(".")[0]
    writer.need(top)
    if top == "xgboost":
        data = bytes(value.save_raw("ubj"))
        return {"is": "xgboost_booster", "file": writer.file("ubj", data)}
    # Without the number, LightGBM would write only the trees up to the best iteration.
    text = value.model_to_string(num_iteration=-1)
    file = writer.file("lightgbm.txt", text.encode())
    return {"is": "lightgbm_booster", "file": file, "best": int(value.best_iteration)}


def write_catboost(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of a fitted model of CatBoost, such as ``CatBoostClassifier``."""
    kind = type(value)
    if not hasattr(value, "save_model") or not value.is_fitted():
        return None
    # CatBoost writes some tables in the order of a hash map, which changes once after loading.
    model = kind().load_model(blob=_catboost_bytes(value))
    if model != value:
        return None
    data = _catboost_bytes(model)
    state = {key: one for key, one in vars(value).items() if key != "_object"}
    return {
        "is": "catboost",
        "type": {"is": "found", "path": writer.path(kind, where)},
        "file": writer.file("cbm", data),
        "state": writer.pairs(state, where),
    }


def _catboost_bytes(model: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.cbm"
        model.save_model(str(path), format="cbm")
        return path.read_bytes()


def write_sqlite(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of a connection to a database of SQLite, with a copy of the database.

    Returns None on Python 3.10, which cannot write a database as bytes, and for a closed
    connection. The node does not contain the notebook's functions, which :func:`own_functions`
    lists.
    """
    import sqlite3

    if type(value) is not sqlite3.Connection or not hasattr(value, "serialize"):
        return None
    try:
        data = bytearray(value.serialize())
    except sqlite3.Error:
        return None
    # A copy in memory cannot use a write-ahead log: https://www.sqlite.org/c3ref/deserialize.html
    data[18:20] = b"\x01\x01"
    own = {"row_factory": value.row_factory, "text_factory": value.text_factory}
    return {
        "is": "sqlite",
        "file": writer.file("sqlite", bytes(data)),
        "isolation": value.isolation_level,
        "state": writer.pairs(own, where),
    }


def own_functions(value: Any) -> frozenset[str]:
    """Return the names of the functions and collations that were added to a connection."""
    import sqlite3

    def names(connection: sqlite3.Connection) -> frozenset[str]:
        found = set()
        for table in ("function_list", "collation_list"):
            cursor = connection.cursor()
            # The connection's own factory may create any object.
            cursor.row_factory = None
            found |= {str(row[0 if table == "function_list" else 1])
                      for row in cursor.execute(f"pragma {table}")}  # fmt: skip
        return frozenset(found)

    with closing(sqlite3.connect(":memory:")) as usual:
        return names(value) - names(usual)


def write_regex(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of a pattern of the library ``regex``."""
    if type(value).__name__ != "Pattern" or value.named_lists:
        return None
    writer.need("regex")
    return {"is": "call", "type": "regex:compile", "args": [value.pattern, value.flags]}


def write_geometry(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of a geometry of shapely, of a prepared geometry or of a search tree."""
    import shapely

    kind = f"{type(value).__module__}.{type(value).__name__}"
    if kind == "shapely.prepared.PreparedGeometry":
        path = writer.path(type(value), where)
        return {"is": "call", "type": path, "args": [writer.write(value.context, where)]}
    if kind == "shapely.strtree.STRtree":
        path = writer.path(type(value), where)
        return {"is": "call", "type": path, "args": [writer.write(list(value.geometries), where)]}
    if not isinstance(value, shapely.Geometry):
        return None
    writer.need("shapely")
    return {"is": "geometry", "hex": shapely.to_wkb(value, hex=False, include_srid=True).hex()}


def write_graph(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of a view of some nodes of a networkx graph, or None for a whole graph."""
    graph: Any = getattr(value, "_graph", None)
    chosen: Any = getattr(value, "_NODE_OK", None)
    is_by_nodes = type(chosen).__name__ == "show_nodes"
    if graph is None or not is_by_nodes or value._EDGE_OK.__name__ != "no_filter":
        return None
    of = writer.write(graph, f"{where}._graph")
    return {"is": "subgraph", "of": of, "nodes": writer.write(set(chosen.nodes), where)}


def write_torch(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of a tensor, a device, a dtype or a size of PyTorch."""
    kind = type(value).__name__
    writer.need("torch")
    if kind == "Tensor":
        return _tensor(writer, value)
    if kind == "device":
        return {"is": "torch_value", "type": kind, "text": str(value)}
    if kind == "dtype":
        return {"is": "torch_value", "type": kind, "text": str(value).removeprefix("torch.")}
    if kind == "Size":
        return {"is": "torch_value", "type": kind, "items": list(value)}
    return None


def _tensor(writer: NodeWriter, value: Any) -> Node | None:
    import torch

    # A tensor on a graphics card, a sparse one or a result of a computation has more than numbers.
    if value.device.type != "cpu" or value.layout is not torch.strided or not value.is_leaf:
        return None
    plain = value.detach()
    name = str(value.dtype).removeprefix("torch.")
    # numpy does not know this type, so its bits travel as whole numbers.
    is_viewed = name == "bfloat16"
    data = writer.array((plain.view(torch.int16) if is_viewed else plain).numpy())
    return {
        "is": "tensor",
        "data": data,
        "type": name,
        "viewed": is_viewed,
        "grad": bool(value.requires_grad),
    }
