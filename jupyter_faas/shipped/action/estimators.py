"""Load scikit-learn estimators in the skops format inside an action.

Packages contain this module as ``faas_models.py``, or as ``faas_estimators.py`` if they also have
ONNX models. It imports only the standard library, scikit-learn and skops. Unlike an ONNX model, a
loaded estimator has the notebook's class, with all methods and attributes.

The package contains each estimator as ``models/<name>.skops`` and its spec as
``models/<name>.json``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import sklearn
import skops.io


def load_model(name: str, directory: str | os.PathLike[str] | None = None) -> Any:
    """Return the estimator that the notebook calls ``name``.

    ``directory`` is the package's directory (default: the directory of this file). Nothing is
    unpickled. skops only creates objects of types that it trusts or that the spec lists. Loading
    may take seconds, so this function should be called once per container, not once per activation.
    Raises RuntimeError if the estimator was fitted with another version of scikit-learn, in which
    its attributes may have a different meaning.
    """
    folder = Path(directory or Path(__file__).parent)
    spec = json.loads((folder / "models" / f"{name}.json").read_text("utf-8"))
    if sklearn.__version__ != spec["sklearn"]:
        raise RuntimeError(
            f"{name} was fitted by scikit-learn {spec['sklearn']} and cannot be read by "
            f"{sklearn.__version__}, which is installed here"
        )
    path = folder / "models" / f"{name}.skops"
    if "stored" in spec:
        # The package does not contain the model, which is in a model store (see model_store.py).
        from faas_store import model_path

        path = Path(model_path(name, spec["stored"]))
    return skops.io.load(path, trusted=spec["trusted"])
