"""The iris notebook, cell by cell, as the tests run it."""

from __future__ import annotations

TRAIN = """\
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_iris(return_X_y=True)
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)"""

IRIS = '''\
%%function iris --sample X
SPECIES = ["setosa", "versicolor", "virginica"]

def iris(sepal_length: float, sepal_width: float, petal_length: float, petal_width: float):
    """Name the species of an iris from its four measurements (cm)."""
    p = model.predict_proba([[sepal_length, sepal_width, petal_length, petal_width]])[0]
    return {"species": SPECIES[p.argmax()], "confidence": float(p.max())}'''

HALVE = """\
%%function halve
def halve(number: int):
    print("halving", number)
    if number % 2:
        raise ValueError(f"{number} is odd")
    return {"half": number // 2}"""

SETOSA = "sepal_length=5.1 sepal_width=3.5 petal_length=1.4 petal_width=0.2"
