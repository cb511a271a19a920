"""Cells as a notebook runs them, packaged for the tests."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

from jupyter_faas.bundle import BundleStore
from jupyter_faas.serialization import ConversionHelper
from jupyter_faas.workspace import Packaged, TargetState, Workspace
from jupyter_faas.workspace.packaging.context import PackagingContext
from jupyter_faas.workspace.packaging.function import package
from jupyter_faas.workspace.results import silent
from tests.workspace.helpers.requests import function_request

PLAYGROUND = TargetState("playground", "Local playground", "playground", "", "_", "stopped")
NOW_MS = 1795565980000

GREET = '''\
%%function greet
def greet(name: str = "you"):
    """Say hello."""
    print("greeting", name)
    return {"hello": name}
'''

IRIS = '''\
%%function iris --sample X
SPECIES = ["setosa", "versicolor", "virginica"]

def iris(sepal_length: float, sepal_width: float, petal_length: float, petal_width: float):
    """Name the species of an iris from its four measurements (cm)."""
    p = model.predict_proba([[sepal_length, sepal_width, petal_length, petal_width]])[0]
    return {"species": SPECIES[p.argmax()], "confidence": float(p.max())}
'''


def run_cell(text: str, **values: object) -> dict[str, object]:
    """The namespace after a cell ran in it, as the magic leaves it."""
    module = ModuleType("__main__")
    namespace: dict[str, object] = vars(module)
    namespace.update(values)
    exec(text.partition("\n")[2] if text.startswith("%%") else text, namespace)
    return namespace


def trained() -> tuple[Any, Any]:
    """A pipeline on the iris data, and the data."""
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data, labels = load_iris(return_X_y=True)
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(data, labels), data


def surroundings(folder: Path, helper: ConversionHelper | None = None) -> PackagingContext:
    """A store in ``folder`` and the playground as the target."""
    return PackagingContext(BundleStore(folder), PLAYGROUND, None, NOW_MS, silent, helper)


def packaged(folder: Path, text: str = GREET, name: str = "greet", **options: Any) -> Packaged:
    """A cell without a model, run and packaged."""
    request = function_request(cell_text=text, name=name, **options)
    return package(request, run_cell(text), surroundings(folder))


def package_body(workspace: Workspace, header: str, body: str, **options: Any) -> str:
    """Package a function with a header such as ``fee(amount)``, and one line in it.

    Returns the id of the package.
    """
    name = header.partition("(")[0]
    cell = f"%%function {name}\ndef {header}:\n    {body}\n"
    request = function_request(cell_text=cell, name=name, **{"notebook": "n.ipynb", **options})
    return workspace.package(request, run_cell(cell)).record.id
