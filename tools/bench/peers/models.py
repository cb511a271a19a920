"""The models that every system serves: the same file, the same row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

NAMES = ("iris", "forest")


@dataclass(frozen=True)
class Model:
    """``path``: an ONNX file with one input of float rows and the outputs label, probabilities.

    ``probabilities``: what scikit-learn says of ``row``.
    """

    name: str
    path: Path
    row: tuple[float, ...]
    probabilities: tuple[float, ...]

    def agrees(self, probabilities: list[float]) -> bool:
        return bool(np.allclose(probabilities, self.probabilities, atol=1e-4))


def make(folder: Path) -> dict[str, Model]:
    """A scaler with logistic regression, and a forest of 100 trees, fitted on the irises."""
    found = {}
    for name in NAMES:
        model, rows = fitted(name)
        path = folder / f"{name}.onnx"
        path.write_bytes(to_onnx(model, rows).SerializeToString())
        wanted = model.predict_proba(rows[:1])[0]
        found[name] = Model(name, path, tuple(map(float, rows[0])), tuple(map(float, wanted)))
    return found


def fitted(name: str) -> tuple[Any, Any]:
    """The estimator on the irises, and their rows."""
    rows, labels = load_iris(return_X_y=True)
    return estimator(name).fit(rows, labels), rows


def to_onnx(model: Any, rows: Any) -> Any:
    """As skl2onnx's own pages show it, for whoever serves ONNX."""
    import skl2onnx  # not by whoever only needs the estimator

    return skl2onnx.to_onnx(model, rows[:1].astype(np.float32), options={"zipmap": False})


def estimator(name: str) -> Any:
    if name == "iris":
        return make_pipeline(StandardScaler(), LogisticRegression())
    return RandomForestClassifier(100, random_state=0)
