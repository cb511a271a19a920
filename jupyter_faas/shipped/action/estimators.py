"""Load scikit-learn estimators in the skops format inside an action.

Packages contain this module as ``faas_models.py``, or as ``faas_estimators.py`` if they also have
ONNX models. It imports only the standard library, scikit-learn and skops. Unlike an ONNX model, a
loaded estimator has the notebook's class, with all methods and attributes.

The package contains each estimator as ``models/<name>.skops`` and its spec as
``models/<name>.json``.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sklearn
import skops.io


@functools.cache
def load_model(name: str, directory: str | os.PathLike[str] | None = None) -> Any:
    """Return the estimator that the notebook calls ``name``, which is loaded only once.

    ``directory`` is the package's directory (default: the directory of this file). Nothing is
    unpickled. skops only creates objects of types that it trusts or that the spec lists. Loading
    may take seconds. Raises RuntimeError if the estimator was fitted with another version of
    scikit-learn, in which its attributes may have a different meaning.
    """
    folder = Path(directory or Path(__file__).parent)
    spec = json.loads((folder / "models" / f"{name}.json").read_text("utf-8"))
    if sklearn.__version__ != spec["sklearn"]:
        raise RuntimeError(
            f"{name} was fitted with scikit-learn {spec['sklearn']}, but the action has "
            f"scikit-learn {sklearn.__version__}. To include the right version in the package, add "
            "--vendor to the cell and deploy it again"
        )
    path = folder / "models" / f"{name}.skops"
    if "stored" in spec:
        # The package does not contain the model, which is in a model store (see model_store.py).
        from faas_store import model_path

        path = Path(model_path(name, spec["stored"]))
    model = skops.io.load(path, trusted=spec["trusted"])
    restore_values(model, spec.get("values", ()))
    return model


def restore_values(model: Any, values: Iterable[Any]) -> None:
    """Put values that skops cannot hold back into the model.

    ``values`` has a path and a name for each value. The name is bound in the module ``function``,
    which captured.py is filling when it loads the model. A path is a list of steps, such as
    ``["attribute", "steps"]`` and ``["item", 0]``.
    """
    for path, name in values:
        _set(_holder(model, path), path[-1], getattr(sys.modules["function"], name))


@contextmanager
def without_values(model: Any, values: Iterable[Any]) -> Iterator[None]:
    """Replace the values with None during the ``with`` block, in which the model is written."""
    removed = []
    try:
        for path, _ in values:
            holder = _holder(model, path)
            removed.append((holder, path[-1], _get(holder, path[-1])))
            _set(holder, path[-1], None)
        yield
    finally:
        for holder, step, value in removed:
            _set(holder, step, value)


def _holder(model: Any, path: Sequence[Any]) -> Any:
    for step in path[:-1]:
        model = _get(model, step)
    return model


def _get(holder: Any, step: Any) -> Any:
    kind, key = step
    return vars(holder)[key] if kind == "attribute" else holder[key]


def _set(holder: Any, step: Any, value: Any) -> None:
    kind, key = step
    if kind == "attribute":
        vars(holder)[key] = value
    else:
        holder[key] = value
