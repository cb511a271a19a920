"""Cells that the browser tests run."""

from __future__ import annotations

from pathlib import Path

TRAIN = """%load_ext jupyter_faas
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_iris(return_X_y=True)
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)"""

FUNCTION = '''%%function iris --sample X
SPECIES = ["setosa", "versicolor", "virginica"]

def iris(sepal_length: float, sepal_width: float, petal_length: float, petal_width: float):
    """Name the species of an iris from its four measurements (cm)."""
    p = model.predict_proba([[sepal_length, sepal_width, petal_length, petal_width]])[0]
    return {"species": SPECIES[p.argmax()], "confidence": float(p.max())}'''

SETOSA = {"sepal_length": "5.1", "sepal_width": "3.5", "petal_length": "1.4", "petal_width": "0.2"}


def named(name: str) -> str:
    """The function cell under another name."""
    return FUNCTION.replace("%%function iris", f"%%function {name}").replace(
        "def iris", f"def {name}"
    )


def numbers(form: dict[str, str]) -> dict[str, float]:
    return {name: float(value) for name, value in form.items()}


def held_cells(go: Path) -> list[str]:
    """A notebook whose clean-room test waits until the file ``go`` exists.

    The call in the notebook, which gives the expected result, does not wait.
    """
    return [
        "%load_ext jupyter_faas",
        f"GO = {str(go)!r}",
        """%%function held --test '{"n": 2}'
import os, sys, time

def held(n: int):
    while "ipykernel" not in sys.modules and not os.path.exists(GO):
        time.sleep(0.05)
    return {"n": 2 * n}""",
    ]
