"""One playground for all hosts of a module, and each host before it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jupyter_faas.workspace import Workspace
from tests.hosts.helpers.digitalocean import DigitalOcean
from tests.hosts.helpers.openserverless import OpenServerless
from tests.hosts.helpers.openwhisk import OpenWhisk
from tests.hosts.helpers.provider import started_playground


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with started_playground(tmp_path_factory.mktemp("behind")) as playground:
        yield playground


@pytest.fixture(scope="module")
def openserverless(playground: Workspace) -> Iterator[OpenServerless]:
    with OpenServerless(playground).serve() as host:
        yield host


@pytest.fixture(scope="module")
def digitalocean(playground: Workspace) -> Iterator[DigitalOcean]:
    with DigitalOcean(playground).serve() as host:
        yield host


@pytest.fixture(scope="module")
def openwhisk(playground: Workspace) -> Iterator[OpenWhisk]:
    with OpenWhisk(playground).serve() as host:
        yield host
