from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.serialization import ConversionHelper
from jupyter_faas.workspace import Packaged
from jupyter_faas.workspace.packaging.function import package
from tests.workspace.helpers.cells import IRIS, run_cell, surroundings, trained
from tests.workspace.helpers.requests import function_request


@pytest.fixture(scope="session")
def helper() -> Iterator[ConversionHelper]:
    """One warm conversion helper for all tests."""
    helper = ConversionHelper()
    helper.start()
    yield helper
    helper.close()


@pytest.fixture(scope="session")
def iris_model() -> tuple[Any, Any]:
    """A trained model and its data."""
    return trained()


@pytest.fixture(scope="session")
def iris(
    tmp_path_factory: pytest.TempPathFactory, helper: ConversionHelper, iris_model: tuple[Any, Any]
) -> tuple[Path, Packaged]:
    """A store, and the iris function in it."""
    model, data = iris_model
    folder = tmp_path_factory.mktemp("iris")
    request = function_request(
        cell_text=IRIS,
        name="iris",
        sample=data,
        notebook="quickstart.ipynb",
        cell_id="7a1d2c3e",
        root=folder,
    )
    namespace = run_cell(IRIS, model=model, X=data)
    return folder, package(request, namespace, surroundings(folder, helper))
