"""Models that were ONNX already in the notebook, loaded inside an action as what they were there.

This file leaves the house: it travels as ``faas_ready.py`` beside ``faas_models.py``, which
calls it, and knows only the standard library, numpy and onnxruntime.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnxruntime


def load_ready(path: Path, spec: Mapping[str, Any]) -> Any:
    """What the notebook's name was bound to; ``path``: of the ONNX file in the package.

    ``spec["form"]``: ``session`` (an onnxruntime.InferenceSession), ``bytes``, ``text`` or
    ``path`` (the name of a file, as text or as a Path), ``proto`` (an onnx.ModelProto).
    """
    form: str = spec["form"]
    if form == "session":
        return session(path)
    if form == "bytes":
        return path.read_bytes()
    if form == "proto":
        return _proto(path.read_bytes(), whole=bool(spec.get("whole")))
    return str(path) if form == "text" else path


def session(onnx: bytes | Path) -> Any:
    """A session as an action runs it: on the CPU, in one thread."""
    options = onnxruntime.SessionOptions()
    # One thread: an action has one share of a core, and sums keep their order.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    source = onnx if isinstance(onnx, bytes) else str(onnx)
    return onnxruntime.InferenceSession(source, options, ["CPUExecutionProvider"])


def _proto(data: bytes, *, whole: bool) -> Any:
    if not whole:
        return ModelBytes(data)
    import onnx

    return onnx.load_from_string(data)


class ModelBytes:
    """Stands in for an onnx.ModelProto where onnx is not installed: it gives its bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def SerializeToString(self) -> bytes:  # noqa: N802 - protobuf's own name
        return self._data

    def ByteSize(self) -> int:  # noqa: N802 - likewise
        return len(self._data)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"{name} is not in the action: the ModelProto travels as its bytes, which "
            "SerializeToString() gives; with import onnx in the cell it travels whole"
        )

    def __repr__(self) -> str:
        return f"<ModelProto of {len(self._data):,} bytes>"
