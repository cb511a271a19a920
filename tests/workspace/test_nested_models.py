"""Models inside dictionaries, lists, tuples and objects of the notebook, packaged and run."""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jupyter_faas.bundle import BundleStore
from jupyter_faas.errors import CaptureError
from jupyter_faas.serialization import ConversionHelper
from jupyter_faas.workspace import Packaged
from jupyter_faas.workspace.packaging.function import package
from tests.capture.helpers.notebook import Notebook
from tests.serialization.helpers.onnxfiles import linear
from tests.shipped.helpers.packages import launch
from tests.workspace.helpers.cells import surroundings
from tests.workspace.helpers.requests import function_request

# Until objects travel: each model in one then gets a name, and a file, of its own.
pytest.importorskip("jupyter_faas.capture.values.expressions")


@pytest.fixture
def notebook(iris_model: tuple[Any, Any]) -> Iterator[Notebook]:
    notebook = Notebook()
    model, rows = iris_model
    notebook.namespace |= {"fitted": model, "X": rows, "np": np}
    yield notebook
    notebook.forget_sources()


def answer(
    notebook: Notebook, body: str, folder: Path, helper: ConversionHelper
) -> tuple[Packaged, Any, Any]:
    """The package, what the function answers here, and what it answers in an action."""
    notebook.run(body, first_line=2)
    text = f"%%function ask\n{body}"
    request = function_request(text, "ask", sample=notebook.namespace["X"])
    made = package(request, notebook.namespace, surroundings(folder, helper))
    here = notebook.namespace["ask"](0.5)
    unpacked = folder / "unpacked"
    BundleStore(folder).get(made.bundle).unpack(unpacked)
    found, logs = launch(unpacked, [{"a": 0.5}])
    assert found, logs
    return made, here, found[0]


SCORE = "def ask(a: float):\n    row = [[a, a, a, a]]\n"
SCORER = '''\
class Scorer:
    """Holds a model, and what it needs besides."""

    def __init__(self, model, names):
        self.model, self.names = model, names
        self.offset = np.array([0.5, 0.25])

    def score(self, row):
        label = self.model.predict(row)[0]
        return {"name": self.names[label], "offset": self.offset.tolist()}


scorer = Scorer(fitted, ["a", "b", "c"])
'''
DATACLASS = """\
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Stage:
    title: str
    model: Any


STAGES = [Stage("scaled", fitted[0]), Stage("whole", fitted)]
"""


@pytest.mark.parametrize(
    ("cell", "body", "models"),
    [
        (
            'MODELS = {"a": fitted, "b/1": fitted[0]}',
            SCORE + "    return {'a': MODELS['a'].predict_proba(row)[0],\n"
            "            'b': MODELS['b/1'].transform(row)[0]}",
            2,
        ),
        (
            "MODELS = [fitted, (fitted[0], 3)]",
            SCORE + "    return {'a': MODELS[0].predict_proba(row)[0],\n"
            "            'b': MODELS[1][0].transform(row)[0] * MODELS[1][1]}",
            2,
        ),
        (
            "MODELS = {'one': fitted, 'two': fitted}\nBEST = fitted",
            SCORE + "    return {'a': MODELS['one'] is MODELS['two'], 'b': MODELS['one'] is BEST,\n"
            "            'c': int(BEST.predict(row)[0])}",
            1,
        ),
        (SCORER, SCORE + "    return scorer.score(row)", 1),
        (
            DATACLASS,
            SCORE + "    return {'titles': [stage.title for stage in STAGES],\n"
            "            'p': STAGES[1].model.predict_proba(row)[0],\n"
            "            's': STAGES[0].model.transform(row)[0]}",
            2,
        ),
    ],
    ids=["dictionary", "list and tuple", "the same model", "attribute", "dataclass"],
)
def test_models_travel_inside_what_holds_them(
    cell: str,
    body: str,
    models: int,
    notebook: Notebook,
    tmp_path: Path,
    helper: ConversionHelper,
) -> None:
    notebook.run(cell)
    made, here, there = answer(notebook, body, tmp_path, helper)
    assert len(made.card["models"]) == models
    files = [file["path"] for file in made.card["files"] if file["path"].endswith(".onnx")]
    assert len(files) == models
    assert there.keys() == here.keys()
    for key, value in here.items():
        if isinstance(value, np.ndarray):
            assert there[key] == pytest.approx(value.tolist(), rel=1e-9)
        else:
            assert there[key] == value


def test_a_session_and_a_booster_travel_inside_a_dictionary(
    notebook: Notebook, tmp_path: Path, helper: ConversionHelper
) -> None:
    import lightgbm
    import onnxruntime

    rows = notebook.namespace["X"]
    options = {"objective": "regression", "verbose": -1, "num_threads": 1}
    booster = lightgbm.train(options, lightgbm.Dataset(rows, rows[:, 0]), 3)
    session = onnxruntime.InferenceSession(
        linear().SerializeToString(), providers=["CPUExecutionProvider"]
    )
    notebook.namespace |= {"TOOLS": {"booster": booster, "session": session}}
    body = (
        SCORE + "    ones = {'X': np.full((1, 3), a, dtype='float32')}\n"
        "    return {'b': float(TOOLS['booster'].predict(row)[0]),\n"
        "            's': TOOLS['session'].run(None, ones)[0][0].tolist()}"
    )
    _, here, there = answer(notebook, body, tmp_path, helper)
    assert there["b"] == pytest.approx(here["b"], rel=1e-9)
    assert there["s"] == here["s"]


def test_what_cannot_travel_beside_a_model_is_named(
    notebook: Notebook, tmp_path: Path, helper: ConversionHelper
) -> None:
    notebook.run('HELD = {"model": fitted, "log": open("/dev/null")}')
    with pytest.raises(CaptureError, match=r"HELD\['log'\] is an open file"):
        answer(notebook, SCORE + "    return {'x': str(HELD)}", tmp_path, helper)
    notebook.namespace["HELD"]["log"].close()
    linecache.checkcache()
