"""What an image says of itself: the action that ``jupyter faas image --check`` runs in it.

``params``: ``modules`` maps a distribution to the module that it gives, ``model`` is a small ONNX
model as base64, whose answer to 2 is 2. Python 3.9 and up, standard library only.
"""

from __future__ import annotations

import base64
import importlib
import platform
from importlib import metadata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def main(params: Mapping[str, Any]) -> dict[str, Any]:
    """``python``, ``machine``, and of each distribution its version or why it does not load."""
    found = {name: _look(name, module) for name, module in params["modules"].items()}
    answer = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "found": found,
    }
    if params.get("model") and "version" in found.get("onnxruntime", {}):
        answer["model"] = _run(params["model"])
    return answer


def _look(name: str, module: str) -> dict[str, str]:
    try:
        loaded = importlib.import_module(module)
    except Exception as error:  # a library that is of another machine raises all kinds of things
        return {"error": f"{type(error).__name__}: {error}"}
    try:
        return {"version": metadata.version(name)}
    except metadata.PackageNotFoundError:
        return {"version": str(getattr(loaded, "__version__", "unknown"))}


def _run(model: str) -> str:
    """Empty when the model answers as it should."""
    try:
        import numpy
        import onnxruntime

        session = onnxruntime.InferenceSession(
            base64.b64decode(model), providers=["CPUExecutionProvider"]
        )
        (answer,) = session.run(None, {"x": numpy.array([2.0], dtype=numpy.float32)})
    except Exception as error:  # likewise
        return f"{type(error).__name__}: {error}"
    return "" if answer.tolist() == [2.0] else f"it answered {answer.tolist()}"
