from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.client import Client, playground_target
from jupyter_faas.serialization import ConversionHelper
from jupyter_faas.workspace import Packaged, Workspace
from jupyter_faas.workspace.packaging.function import package
from tests.hosts.helpers.provider import started_playground
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


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with a running playground, which ends with the module."""
    with started_playground(tmp_path_factory.mktemp("faas")) as workspace:
        yield workspace


@pytest.fixture
def client(workspace: Workspace) -> Iterator[Client]:
    """The API of its playground, as anybody may use it."""
    with closing(Client(playground_target(workspace.data_dir))) as client:
        yield client
