"""The notebook's functions and classes inside a model."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.capture import CapturedFunction
from jupyter_faas.errors import CaptureError
from tests.capture.helpers.notebook import Notebook, is_estimator

STEP = """\
class Step(BaseEstimator):
    def transform(self, rows):
        return scaled(rows)
"""
BODY = "def iris(row: list):\n    return {'x': model.transform([row])}"


@pytest.fixture
def notebook() -> Notebook:
    notebook = Notebook()
    notebook.run("from sklearn.base import BaseEstimator")
    notebook.run("FACTOR = 3\n\n\ndef scaled(rows):\n    return [FACTOR for _ in rows]")
    return notebook


def captured(notebook: Notebook, **options: Any) -> CapturedFunction:
    return notebook.capture(BODY, takes_code=is_estimator, **options)


def kinds(found: CapturedFunction) -> dict[str, str]:
    return {item.name: item.kind for item in found.items}


def test_class_of_a_model_is_defined_with_all_it_uses_before_the_model_is_loaded(
    notebook: Notebook,
) -> None:
    notebook.run(STEP)
    notebook.run("model = Step()")
    found = captured(notebook)
    assert kinds(found) == {
        "model": "model",
        "Step": "class",
        "BaseEstimator": "import",
        "scaled": "function",
        "FACTOR": "constant",
    }
    source = found.captured_source
    loaded = source.index('model = load_model("model")')
    assert all(source.index(one) < loaded for one in ("FACTOR = 3", "def scaled", "class Step"))
    assert source.count("load_model(") == 1


def test_code_of_a_model_runs_without_the_models(notebook: Notebook) -> None:
    notebook.run(STEP)
    notebook.run("model = Step()")
    code = captured(notebook).model_code["model"]
    namespace: dict[str, Any] = {"__name__": "function"}
    exec(code.source, namespace)
    assert namespace["Step"]().transform([1, 2]) == [3, 3]
    assert code.names == {"Step": notebook.namespace["Step"]}
    assert "load_model" not in code.source


def test_lambdas_get_names(notebook: Notebook) -> None:
    notebook.run("model = BaseEstimator()")
    notebook.run("model.functions = [lambda x: x + 1, lambda x: x * FACTOR]")
    found = captured(notebook)
    code = found.model_code["model"]
    assert list(code.names) == ["model_lambda", "model_lambda_"]
    namespace: dict[str, Any] = {}
    exec(code.source, namespace)
    assert (namespace["model_lambda"](1), namespace["model_lambda_"](2)) == (2, 6)


@pytest.mark.parametrize(
    ("assigned", "name"),
    [
        ("scaled", "scaled"),
        ("partial(scaled)", "scaled"),
        ("Box().run", "Box"),
        ("[{'one': scaled}]", "scaled"),
        ("Box", "Box"),
    ],
    ids=["function", "partial", "bound method", "inside containers", "class"],
)
def test_code_is_found_in_attributes(assigned: str, name: str, notebook: Notebook) -> None:
    notebook.run("from functools import partial")
    notebook.run("class Box:\n    def run(self, x):\n        return x")
    notebook.run(f"model = BaseEstimator()\nmodel.held = {assigned}")
    assert list(captured(notebook).model_code["model"].names) == [name]


def test_class_whose_cell_ran_again_unchanged_is_the_same(notebook: Notebook) -> None:
    notebook.run(STEP)
    notebook.run("model = Step()")
    notebook.run(STEP)
    found = captured(notebook)
    assert list(found.model_code["model"].names) == ["Step"]


def test_class_whose_cell_changed_since_is_refused(notebook: Notebook) -> None:
    notebook.run(STEP)
    notebook.run("model = Step()")
    notebook.run(STEP.replace("scaled(rows)", "rows"))
    with pytest.raises(
        CaptureError, match="model contains an old version of the class Step"
    ) as caught:
        captured(notebook)
    assert caught.value.hint == "Run the cell that creates and fits model again."


def test_changed_method_that_scikit_learn_wraps_is_seen(notebook: Notebook) -> None:
    step = STEP.replace("(BaseEstimator)", "(TransformerMixin, BaseEstimator)")
    assert step != STEP
    notebook.run("from sklearn.base import TransformerMixin")
    notebook.run(step)
    notebook.run("model = Step()")
    notebook.run(step.replace("scaled(rows)", "rows"))
    with pytest.raises(CaptureError, match="model contains an old version of the class Step"):
        captured(notebook)


def test_code_of_models_that_do_not_take_it_stays_behind(notebook: Notebook) -> None:
    notebook.run(STEP)
    notebook.run("model = Step()")
    found = notebook.capture(BODY)
    assert kinds(found) == {"model": "model"}
    assert found.model_code == {}


def test_second_name_of_a_model_follows_the_first(notebook: Notebook) -> None:
    notebook.run(STEP)
    notebook.run("model = Step()\nother = model")
    body = "def iris(row: list):\n    return {'x': model.transform([row]), 'y': other}"
    source = notebook.capture(body, takes_code=is_estimator).captured_source
    assert source.index('model = load_model("model")') < source.index("other = model")


def test_module_of_the_user_travels_with_the_model(
    notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "our_steps.py").write_text("class Ours:\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    notebook.namespace["Ours"] = importlib.import_module("our_steps").Ours
    notebook.run("model = BaseEstimator()\nmodel.held = Ours()")
    found = captured(notebook, root=tmp_path)
    assert "our_steps.py" in found.includes
    assert found.model_code == {}
