"""Detect whether a notebook uses a library whose models the helper process converts.

This is separate from the client, because both the session of a notebook and ``%load_ext`` itself,
before it imports the magics, decide with it whether to start the process.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

# Estimators of other libraries, such as lightgbm, are scikit-learn estimators or import it.
_IMPORTED = ("sklearn", "lightgbm", "xgboost", "onnx", "onnxruntime")
_NAMED = re.compile(rb"\b(?:sklearn|lightgbm|xgboost|onnx\w*|skl2onnx|skops)\b")
# Larger notebooks contain pictures. Their cells are examined when they run.
_MAX_NOTEBOOK_BYTES = 8 * 1024 * 1024


def is_imported() -> bool:
    """Return whether this process has imported one of the libraries."""
    return any(name in sys.modules for name in _IMPORTED)


def is_named_in(source: str) -> bool:
    """Return whether the text of a cell names one of the libraries."""
    return _NAMED.search(source.encode("utf-8", "replace")) is not None


def is_named_in_file(notebook: Path | None) -> bool:
    """Return whether a notebook names one of the libraries. False if it cannot be read."""
    if notebook is None:
        return False
    try:
        if notebook.stat().st_size > _MAX_NOTEBOOK_BYTES:
            return False
        return _NAMED.search(notebook.read_bytes()) is not None
    except OSError:
        return False
