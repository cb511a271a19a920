"""One playground for all contract tests, or the OpenWhisk that the environment names.

``JUPYTER_FAAS_CONTRACT_APIHOST`` (with its scheme) and ``JUPYTER_FAAS_CONTRACT_AUTH``
(``uuid:key``) choose a real OpenWhisk; then tests of what is the playground's alone are skipped.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.playground import PlaygroundInfo, start, stop
from tests.contract.api import Api, Target, python


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


@pytest.fixture
def ours(target: Target) -> None:
    """For tests of what only the playground has."""
    if not target.is_playground:
        pytest.skip("this is the playground's own")


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
