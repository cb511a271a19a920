"""Values of numpy other than plain arrays: object, masked and record arrays, and generators."""

from __future__ import annotations

from typing import Any

from jupyter_faas.capture.data.nodes import Node, NodeWriter


def write(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of a value of numpy, or None for other types."""
    import numpy

    writer.need("numpy")
    kind = type(value)
    if isinstance(value, numpy.dtype):
        return _dtype(value)
    if isinstance(value, numpy.generic):
        return _scalar(value)
    if kind is numpy.ndarray:
        return write_array(writer, value, where)
    if kind is numpy.ma.MaskedArray:
        fill = value._fill_value  # ``fill_value`` would set a default
        parts = {"data": value.data, "mask": value.mask, "fill": None if fill is None else fill[()]}
        nodes = {key: writer.write(one, f"{where}.{key}") for key, one in parts.items()}
        return {"is": "masked", **nodes, "hard": bool(value.hardmask)}
    if kind is numpy.matrix or kind is numpy.recarray:
        plain = value.view(numpy.dtype(value.dtype.descr) if value.dtype.names else value.dtype)
        data = writer.write(plain.view(numpy.ndarray), where)
        return {"is": "view", "type": f"numpy:{kind.__name__}", "data": data}
    if kind in (numpy.random.Generator, numpy.random.RandomState):
        return _generator(writer, value, where)
    if kind is numpy.random.SeedSequence:
        return {"is": "seed", "seed": _seed(writer, value, where)}
    return None


def write_array(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of an array, which may contain Python objects."""
    if not value.dtype.hasobject:
        # Kind T is numpy 2's StringDType, which the .npy format does not support.
        return None if value.dtype.kind == "T" else writer.array(value)
    if value.dtype.names:
        return None
    writer.use_memory(value)
    items = value.reshape(-1).tolist()
    missing = [at for at, one in enumerate(items) if isinstance(one, float) and one != one]
    nan = set(missing)
    shape = list(value.shape)
    if all(one is None or type(one) is str or at in nan for at, one in enumerate(items)):
        # Most arrays of objects are columns of text, which need not be written item by item.
        texts = [None if at in nan else one for at, one in enumerate(items)]
        return {"is": "texts", "items": texts, "nan": missing, "shape": shape}
    return {"is": "objects", "items": writer.write_all(items, where), "shape": shape}


def _scalar(value: Any) -> Node | None:
    if value.dtype.hasobject or value.dtype.names:
        return None
    return {"is": "scalar", "dtype": value.dtype.str, "hex": value.tobytes().hex()}


def _dtype(value: Any) -> Node | None:
    if value.names or value.kind == "T" or value.subdtype:
        return None
    return {"is": "dtype", "text": value.str}


def _generator(writer: NodeWriter, value: Any, where: str) -> Node | None:
    import numpy

    bits = value.bit_generator if hasattr(value, "bit_generator") else value._bit_generator
    if type(bits).__module__.partition(".")[0] != "numpy":
        return None
    is_old = type(value) is numpy.random.RandomState
    if is_old and value is numpy.random.mtrand._rand:
        # Objects that refer to numpy's global generator draw from the action's global generator.
        return {"is": "found", "path": "numpy.random.mtrand:_rand"}
    source = getattr(bits, "seed_seq", None) or getattr(bits, "_seed_seq", None)
    seed = None
    if not is_old and type(source) is numpy.random.SeedSequence:
        seed = _seed(writer, source, where)
    node = {
        "is": "generator",
        "type": type(value).__name__,
        "bits": type(bits).__name__,
        "seed": seed,
        "state": writer.write(bits.state, where),
    }
    if is_old:
        node["legacy"] = writer.write(value.get_state(legacy=False), where)
    return node


def _seed(writer: NodeWriter, value: Any, where: str) -> Node:
    state = (value.entropy, value.spawn_key, value.pool_size, value.n_children_spawned)
    return writer.write_all(state, where)
