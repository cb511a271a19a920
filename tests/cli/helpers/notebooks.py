"""Notebooks that users would write."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

LOAD = "%load_ext jupyter_faas"
TRAIN = """\
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_iris(return_X_y=True)
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
"""
IRIS = '''\
%%function iris --sample X
SPECIES = ["setosa", "versicolor", "virginica"]

def iris(sepal_length: float, sepal_width: float, petal_length: float, petal_width: float):
    """Name the species of an iris from its four measurements (cm)."""
    p = model.predict_proba([[sepal_length, sepal_width, petal_length, petal_width]])[0]
    return {"species": SPECIES[p.argmax()], "confidence": float(p.max())}
'''
GREET = '''\
%%function greet --memory 128
def greet(name: str, times: int = 1):
    """Greet somebody."""
    print("greeting", name)
    return {"greeting": ", ".join(["Hello " + name] * times)}
'''
REMOTE = """\
%faas deploy iris
%faas invoke greet name=Ada
"""


def write(path: Path, *cells: str) -> Path:
    """A notebook file with these code cells."""
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    path.write_text(nbformat.writes(notebook), "utf-8")
    return path
