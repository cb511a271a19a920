"""What a notebook's function requires is in the notebook's environment: nothing is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.serialization import ConversionHelper
from jupyter_faas.workspace import Workspace
from tests.workspace.helpers.cells import IRIS, run_cell
from tests.workspace.helpers.requests import function_request


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Workspace.open(tmp_path, target="playground")
    workspace.playground.start(port=0)
    yield workspace
    workspace.playground.stop()


def test_function_with_a_model_runs_without_an_installation(
    workspace: Workspace, helper: ConversionHelper, iris_model: tuple[Any, Any]
) -> None:
    model, data = iris_model
    made = workspace.package(
        function_request(IRIS, "iris", sample=data),
        run_cell(IRIS, model=model, X=data),
        helper=helper,
    )
    assert "numpy" in {each["name"] for each in made.card["requirements"]}
    workspace.deploy(made.record.id)
    names = ("sepal_length", "sepal_width", "petal_length", "petal_width")
    ran = workspace.invoke("iris", dict(zip(names, (5.1, 3.5, 1.4, 0.2), strict=True)))
    assert ran.status == "success", ran
    folder = workspace.data_dir / "playground"
    assert not (folder / "builds").exists()
    assert "Installing" not in (folder / "playground.log").read_text()
