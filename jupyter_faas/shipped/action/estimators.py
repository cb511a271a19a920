"""Loads scikit-learn estimators that travelled as they are, in the skops format, inside an action.

This file leaves the house: it travels in every package that holds such an estimator (as
``faas_models.py``, or beside ONNX models as ``faas_estimators.py``) and knows only the standard
library, numpy, scikit-learn and skops. What it loads *is* the estimator of the notebook, so that
every method and attribute of it is there.

A package holds ``models/<name>.skops`` with its description ``models/<name>.json``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import sklearn
import skops.io


def load_model(name: str, directory: str | os.PathLike[str] | None = None) -> Any:
    """The estimator that the notebook calls ``name``.

    ``directory`` is the package's folder (default: where this file lies). Nothing is unpickled:
    skops builds the types that it trusts and those that the description lists, and no others.
    Reading takes milliseconds to seconds: do it once per container, not per call. Raises
    RuntimeError beside another scikit-learn than the one that fitted the estimator, whose
    attributes may mean something else there.
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
        # It lies in a model store, not in the package; see model_store.py.
        from faas_store import model_path

        path = Path(model_path(name, spec["stored"]))
    return skops.io.load(path, trusted=spec["trusted"])
