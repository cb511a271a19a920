"""A playground, a notebook and a name for each test of a composition."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from jupyter_faas.client import Client, playground_target
from jupyter_faas.playground import stop
from jupyter_faas.workspace import Workspace
from tests.workspace.compositions.helpers.flows import DOUBLE
from tests.workspace.helpers.composing import ComposingNotebook

NAMES = (f"flow{number}" for number in itertools.count())


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace whose playground ends with the tests; it has an action ``double``."""
    found = Workspace.open(data_dir=tmp_path_factory.mktemp("faas"))
    found.playground.start()
    notebook = ComposingNotebook(found)
    found.deploy(notebook.function("double", DOUBLE.format(name="double")).record.id)
    yield found
    stop(found.data_dir)


@pytest.fixture
def notebook(workspace: Workspace) -> Iterator[ComposingNotebook]:
    notebook = ComposingNotebook(workspace)
    yield notebook
    notebook.forget_sources()


@pytest.fixture
def name() -> str:
    """A composition that no other test deploys."""
    return next(NAMES)


@pytest.fixture
def client(workspace: Workspace) -> Iterator[Client]:
    client = Client(playground_target(workspace.data_dir))
    yield client
    client.close()
