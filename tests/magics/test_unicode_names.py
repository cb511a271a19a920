"""Functions, parameters, models and notebooks whose names have letters of many languages."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.magics.helpers.kernels import Cell, NotebookKernel, notebook_kernel

TRAIN = """from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
X, y = load_iris(return_X_y=True)
预测模型 = LogisticRegression(max_iter=500).fit(X, y)
Étiquettes = ["sétosa", "versicolore", "virginique"]"""
AREA = '''%%function größe --web
def helfer(zahl):
    return zahl

def größe(länge: float, breite: float = 2.0):
    """Die Fläche."""
    if länge < 0:
        raise ValueError("zu groß")
    return {"fläche": helfer(länge) * breite}'''
PREDICT = """%%function 预测 --sample X
def 预测(长: float, 宽: float):
    return {"étiquette": Étiquettes[int(预测模型.predict([[长, 宽, 1.4, 0.2]])[0])]}"""
CHAIN = """%%composition größe_dann_预测
sequence(größe, lambda p: {"长": p["fläche"], "宽": 3.5}, "预测")"""


def text(cell: Cell) -> str:
    """Everything that a terminal shows of the output."""
    shown = [one.get("text/plain", "") for one in (*cell.displays, *cell.results)]
    return "\n".join([cell.stream, *shown, cell.traceback if cell.error else ""])


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookKernel]:
    with notebook_kernel(tmp_path_factory.mktemp("größe")) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(TRAIN)
        for cell in (AREA, PREDICT, CHAIN):
            kernel.run(cell)
        for name in ("größe", "预测", "größe_dann_预测"):
            kernel.run(f"%faas deploy {name}")
        yield kernel


def test_card_names_the_action_and_the_function(kernel: NotebookKernel) -> None:
    card = kernel.run(AREA).cards[0]
    assert (card["name"], card["handler"]) == ("grosse", "größe")
    assert card["signature"] == "größe(länge: float, breite: float = 2.0)"
    first = card["preflight"][0]
    assert (first["check"], first["value"]) == ("Name", "grosse")
    assert "größe" in first["note"]
    card = kernel.run(PREDICT).cards[0]
    assert card["signature"] == "预测(长: float, 宽: float)"


def test_the_name_of_the_cell_is_the_handle(kernel: NotebookKernel) -> None:
    shown = text(kernel.run("größe(länge=2.0), größe.invoke(länge=2.0).result"))
    assert shown.count("{'fläche': 4.0}") == 2
    assert "sétosa" in text(kernel.run("预测.invoke(长=5.1, 宽=3.5).result"))


@pytest.mark.parametrize("name", ["größe", "grosse", "gro\u0308ße"])
def test_verbs_take_the_name_of_the_cell(kernel: NotebookKernel, name: str) -> None:
    assert '"fläche": 6.0' in text(kernel.run(f"%faas invoke {name} länge=3"))
    for verb in ("show {}", "activations --name {}", "cost {}"):
        assert "grosse" in text(kernel.run(f"%faas {verb.format(name)}"))
    assert "0.0.1" in text(kernel.run(f"%faas history {name}"))


def test_composition_of_both(kernel: NotebookKernel) -> None:
    assert "sétosa" in text(kernel.run("größe_dann_预测.invoke(länge=2.5).result"))


def test_a_failure_leads_to_the_line_of_the_cell(kernel: NotebookKernel) -> None:
    shown = text(kernel.run("%faas invoke größe länge=-1", fails=True))
    assert "zu groß" in shown
    assert "line 8: raise" in shown


def test_openapi_and_curl_have_the_name_of_the_action(kernel: NotebookKernel) -> None:
    document = json.loads(text(kernel.run("%faas openapi")))
    assert "/default/grosse.json" in document["paths"]
    (schema,) = [
        one for name, one in document["components"]["schemas"].items() if "Parameters" in name
    ]
    assert list(schema["properties"]) == ["länge", "breite"]


def test_a_function_of_another_notebook(kernel: NotebookKernel) -> None:
    kernel.run("import jupyter_faas as faas")
    assert "{'fläche': 8.0}" in text(kernel.run("faas.function('größe')(länge=4.0)"))


def test_remove(kernel: NotebookKernel) -> None:
    kernel.run("%faas remove größe")
    assert "no action" in text(kernel.run("%faas invoke größe länge=3", fails=True))
