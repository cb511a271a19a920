"""Load scikit-learn estimators in the skops format inside an action.

In the package it is ``faas_models.py``, or ``faas_estimators.py`` if there are ONNX models too. It
imports the standard library, numpy, scikit-learn and skops. The result is the notebook's estimator
itself, with all its methods and attributes.

A package holds ``models/<name>.skops`` with its spec ``models/<name>.json``.
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

    ``directory`` is the package's folder (default: that of this file). Nothing is unpickled: skops
    only creates objects of the types that it trusts and of those in the spec. Reading takes
    milliseconds to seconds, so call it once per container, not per call. Raises RuntimeError if
    another version of scikit-learn fitted the estimator, because its attributes may have another
    meaning there.
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
        # The model is in a model store, not in the package; see model_store.py.
        from faas_store import model_path

        path = Path(model_path(name, spec["stored"]))
    return skops.io.load(path, trusted=spec["trusted"])
