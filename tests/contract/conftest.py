"""One playground for all contract tests, or the OpenWhisk that the environment names.

``JUPYTER_FAAS_CONTRACT_APIHOST`` (with its scheme) and ``JUPYTER_FAAS_CONTRACT_AUTH``
(``uuid:key``) choose a real OpenWhisk; then tests of what is the playground's alone are skipped.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.playground import PlaygroundInfo, start, stop
from jupyter_faas.playground.entities.namespaces import add_namespace
from tests.contract.helpers.api import Api, Target, python
from tests.contract.helpers.sequences import Sequences
from tests.contract.helpers.triggers import Triggers
from tests.contract.helpers.web import Web


@pytest.fixture(scope="session")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaygroundInfo]:
    """A private playground on a free port, which ends with the tests."""
    data_dir: Path = tmp_path_factory.mktemp("playground")
    yield start(data_dir, port=0, wait_s=30)
    stop(data_dir)


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Target:
    apihost = os.environ.get("JUPYTER_FAAS_CONTRACT_APIHOST")
    if apihost:
        return Target(apihost.rstrip("/"), os.environ["JUPYTER_FAAS_CONTRACT_AUTH"], False)
    info: PlaygroundInfo = request.getfixturevalue("playground")
    lines = info.wskprops.read_text().splitlines()
    (auth,) = (line.removeprefix("AUTH=") for line in lines if line.startswith("AUTH="))
    return Target(info.apihost, auth, True)


@pytest.fixture(scope="session")
def api(target: Target) -> Iterator[Api]:
    api = Api(target)
    yield api
    api.session.close()


@pytest.fixture(scope="session")
def web(target: Target, api: Api) -> Iterator[Web]:
    (namespace,) = api.session.get(f"{target.apihost}/api/v1/namespaces").json()
    web = Web(target, namespace)
    yield web
    web.session.close()


@pytest.fixture
def triggers(target: Target, api: Api) -> Iterator[Triggers]:
    (namespace,) = api.session.get(f"{target.apihost}/api/v1/namespaces").json()
    triggers = Triggers(api, namespace)
    yield triggers
    triggers.close()


@pytest.fixture
def sequences(target: Target, api: Api) -> Iterator[Sequences]:
    (namespace,) = api.session.get(f"{target.apihost}/api/v1/namespaces").json()
    sequences = Sequences(api, namespace)
    yield sequences
    sequences.close()


@pytest.fixture
def ours(target: Target) -> None:
    """For tests of what only the playground has."""
    if not target.is_playground:
        pytest.skip("this is the playground's own")


@pytest.fixture(scope="session")
def neighbour(target: Target, request: pytest.FixtureRequest) -> Iterator[Api]:
    """The same playground with the key of another namespace, ``neighbour``."""
    if not target.is_playground:
        pytest.skip("namespaces are added to a playground only")
    info: PlaygroundInfo = request.getfixturevalue("playground")
    wskprops = add_namespace(info.wskprops.parent.parent, "neighbour")
    (auth,) = (
        line.removeprefix("AUTH=")
        for line in wskprops.read_text().splitlines()
        if line.startswith("AUTH=")
    )
    api = Api(replace(target, auth=auth))
    yield api
    api.session.close()


@pytest.fixture
def package(api: Api) -> Iterator[str]:
    """A package's name that nothing has; what gets it is deleted, with all that is in it."""
    name = f"package_{uuid.uuid4().hex[:12]}"
    yield name
    api.request("DELETE", f"packages/{name}", params={"force": "true"})


@pytest.fixture
def their_package(neighbour: Api) -> Iterator[str]:
    """The name of a package to be of ``neighbour``; it is deleted, with all that is in it."""
    name = f"package_{uuid.uuid4().hex[:12]}"
    yield name
    neighbour.request("DELETE", f"packages/{name}", params={"force": "true"})


@pytest.fixture
def binding(api: Api) -> Iterator[str]:
    """The name of a binding to be; it is deleted."""
    name = f"binding_{uuid.uuid4().hex[:12]}"
    yield name
    api.request("DELETE", f"packages/{name}", params={"force": "true"})


@pytest.fixture
def name(api: Api) -> Iterator[str]:
    """A name that nothing has; what gets it is deleted."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield name
    api.delete(name)


Deploy = Callable[..., str]


@pytest.fixture
def deploy(api: Api) -> Iterator[Deploy]:
    """Deploy Python code under a new name, and give that; all of them are deleted."""
    names = []

    def put(code: str, **more: Any) -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        response = api.put(name, python(code, **more))
        assert response.status_code == 200, response.text
        names.append(name)
        return name

    yield put
    for name in names:
        api.delete(name)
