"""The action of ``image --check``, which reports a container image's Python and libraries.

The parameter ``modules`` maps distributions to modules. The optional parameter ``model`` is a small
ONNX model in base64 that returns 2 for the input 2. The module supports Python 3.9 and later, and
uses only the standard library, except to run the model.
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
    """Return ``python``, ``machine``, ``found``, and ``model`` if the ONNX model was run.

    ``found`` has the version or the import error of each distribution. ``model`` is the ONNX
    model's error, or "" if its result is correct. The model is run only if onnxruntime is found.
    """
    found = {name: _check(name, module) for name, module in params["modules"].items()}
    answer = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "found": found,
    }
    if params.get("model") and "version" in found.get("onnxruntime", {}):
        answer["model"] = _run(params["model"])
    return answer


def _check(name: str, module: str) -> dict[str, str]:
    try:
        loaded = importlib.import_module(module)
    # Libraries that were built for another platform raise exceptions of many classes.
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    try:
        return {"version": metadata.version(name)}
    except metadata.PackageNotFoundError:
        return {"version": str(getattr(loaded, "__version__", "unknown"))}


def _run(model: str) -> str:
    """Run the ONNX model, and return the error, or "" if the result is correct."""
    try:
        import numpy
        import onnxruntime

        session = onnxruntime.InferenceSession(
            base64.b64decode(model), providers=["CPUExecutionProvider"]
        )
        (answer,) = session.run(None, {"x": numpy.array([2.0], dtype=numpy.float32)})
    except Exception as error:  # onnxruntime raises exceptions of many classes
        return f"{type(error).__name__}: {error}"
    return "" if answer.tolist() == [2.0] else f"it returned {answer.tolist()}"
