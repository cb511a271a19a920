"""One deploy asks the host each question once, counted on a host that keeps what is put there."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.bundle import BundleStore
from jupyter_faas.client import Client
from jupyter_faas.composer import parallel, sequence
from jupyter_faas.whisk import RUNTIMES, SystemLimits
from jupyter_faas.whisk.kinds import runtimes_json
from jupyter_faas.workspace import Packaged
from jupyter_faas.workspace.deployment.service import DeploymentService
from jupyter_faas.workspace.model_stores.upload import Placed
from jupyter_faas.workspace.packaging.composition import package_composition
from jupyter_faas.workspace.results import silent
from jupyter_faas.workspace.targets.connection import Connection
from tests.client.conftest import target_at
from tests.client.helpers.server import Answer, Asked, FakeHost, serving
from tests.workspace.helpers.cells import NOW_MS, packaged, surroundings
from tests.workspace.helpers.requests import composition_request

ACTIONS = "/api/v1/namespaces/_/actions"


class KeepingHost:
    """OpenWhisk's actions and packages, as far as a deploy needs them."""

    def __init__(self) -> None:
        self.actions: dict[str, dict[str, Any]] = {}
        self.packages: set[str] = set()

    def __call__(self, asked: Asked) -> Answer:
        path = asked.path.partition("?")[0]
        if path == "/":
            limits = SystemLimits().info_json()
            return Answer(body={"limits": limits, "runtimes": runtimes_json(RUNTIMES)})
        if path == "/api/v1/namespaces":
            return Answer(body=["guest"])
        if path.rpartition("/")[0].endswith("/packages"):
            return self._package(asked.method, path.rpartition("/")[2])
        if path == ACTIONS:
            return Answer(body=list(self.actions.values()))
        name = path.removeprefix(f"{ACTIONS}/")
        if asked.method == "PUT":
            self.put(name, json.loads(asked.body))
        found = self.actions.get(name)
        return Answer(404, {"error": "missing"}) if found is None else Answer(body=found)

    def put(self, name: str, body: dict[str, Any]) -> None:
        version = int(self.actions.get(name, {"version": "0.0.0"})["version"][-1]) + 1
        package, _, base = name.rpartition("/")
        self.actions[name] = {
            **body,
            "namespace": f"guest/{package}" if package else "guest",
            "name": base,
            "version": f"0.0.{version}",
            "exec": {**body["exec"], "binary": True},
            "updated": NOW_MS,
        }

    def _package(self, method: str, name: str) -> Answer:
        if method == "PUT":
            self.packages.add(name)
        if name not in self.packages:
            return Answer(404, {"error": "missing"})
        return Answer(body={"namespace": "guest", "name": name, "actions": []})


@pytest.fixture
def server() -> Iterator[FakeHost]:
    with serving(KeepingHost()) as host:
        yield host


def deploys(folder: Path, server: FakeHost) -> DeploymentService:
    """Deploys with a connection that has asked nothing yet."""
    target = target_at(server.url, label="Lab")
    connection = Connection(Client(target))
    return DeploymentService(
        folder,
        BundleStore(folder),
        connect=lambda **_: connection,
        target_in_use=lambda: target,
        place_models=lambda *_: Placed(),
        test_package=lambda *_: None,
        secrets=lambda _: {},
        now_ms=lambda: NOW_MS,
    )


def requests_of_deploy(folder: Path, server: FakeHost, made: Packaged, **options: Any) -> list[str]:
    server.asked.clear()
    deploys(folder, server).deploy(made.record.id, **{"force": False, **options}, progress=silent)
    asked = [f"{one.method} {one.path}" for one in server.asked]
    assert max(Counter(asked).values()) == 1, "a request was sent twice"
    return asked


def test_a_new_function_takes_four_requests(tmp_path: Path, server: FakeHost) -> None:
    made = packaged(tmp_path, kind="python:3.11")
    assert requests_of_deploy(tmp_path, server, made) == [
        "GET /api/v1/namespaces",
        "GET /",
        f"GET {ACTIONS}/greet?code=false",
        f"PUT {ACTIONS}/greet?overwrite=true",
    ]


def test_a_function_that_is_there_takes_no_upload(tmp_path: Path, server: FakeHost) -> None:
    made = packaged(tmp_path, kind="python:3.11")
    requests_of_deploy(tmp_path, server, made)
    assert requests_of_deploy(tmp_path, server, made) == [
        "GET /api/v1/namespaces",
        "GET /",
        f"GET {ACTIONS}/greet?code=false",
    ]


def test_a_function_in_a_package_asks_for_that_too(tmp_path: Path, server: FakeHost) -> None:
    made = packaged(tmp_path, kind="python:3.11", package="lab")
    assert requests_of_deploy(tmp_path, server, made) == [
        "GET /api/v1/namespaces",
        "GET /",
        f"GET {ACTIONS}/lab/greet?code=false",
        "GET /api/v1/namespaces/_/packages/lab",
        "PUT /api/v1/namespaces/_/packages/lab?overwrite=false",
        f"PUT {ACTIONS}/lab/greet?overwrite=true",
    ]


def test_code_that_no_record_tells_of_is_downloaded_once(tmp_path: Path, server: FakeHost) -> None:
    before = packaged(tmp_path, kind="python:3.11")
    host = server.script
    assert isinstance(host, KeepingHost)
    data = BundleStore(tmp_path).get(before.bundle).data
    host.put(
        "greet",
        {
            "exec": {"kind": "python:3.11", "code": base64.b64encode(data).decode()},
            "annotations": [{"key": "faas-bundle", "value": before.bundle}],
            "limits": {"memory": 256, "timeout": 60_000},
        },
    )
    # Its package is looked at to see whose it is, and then kept before it is overwritten.
    made = packaged(tmp_path, kind="python:3.11", memory_mb=512)
    assert requests_of_deploy(tmp_path, server, made) == [
        "GET /api/v1/namespaces",
        "GET /",
        f"GET {ACTIONS}/greet?code=false",
        f"GET {ACTIONS}/greet?code=true",
        f"PUT {ACTIONS}/greet?overwrite=true",
    ]


def test_a_composition_lists_the_actions_once(tmp_path: Path, server: FakeHost) -> None:
    around = surroundings(tmp_path)
    node = sequence("iris", parallel("iris", "tags"))
    request = composition_request("", "flow", kind="python:3.11")
    made = package_composition(request, node, {}, around, lambda _: [])
    assert requests_of_deploy(tmp_path, server, made) == [
        "GET /api/v1/namespaces",
        "GET /",
        f"GET {ACTIONS}?limit=200&skip=0",
        "GET /api/v1/namespaces/whisk.system/actions/utils/echo?code=false",
        f"GET {ACTIONS}/flow?code=false",
        f"PUT {ACTIONS}/flow?overwrite=true",
    ]
