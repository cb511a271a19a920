"""History, differences and rollbacks over HTTP, on a real playground."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.client import Client, playground_target
from tests.server.conftest import Api, pack
from tests.workspace.helpers.samples import assert_same_shape, sample


@pytest.fixture
def versions(api: Api, data_dir: Path) -> list[Any]:
    """``greet``, deployed with 256 and then with 512 MB: what was packaged."""
    found = [pack(data_dir), pack(data_dir, memory_mb=512)]
    for packaged in found:
        answer = api("POST", "faas/api/deployments", {"package": packaged.record.id})
        assert answer.status == 200
    return found


def deployed_sha256(data_dir: Path) -> str:
    client = Client(playground_target(data_dir))
    code = client.get_action("greet", code=True).exec.code
    client.close()
    assert code is not None
    return hashlib.sha256(base64.b64decode(code)).hexdigest()


def update_elsewhere(data_dir: Path) -> None:
    client = Client(playground_target(data_dir))
    client.put_action("greet", {"limits": {"memory": 128}})
    client.close()


def test_history(api: Api, versions: list[Any]) -> None:
    answer = api("GET", "faas/api/history/greet")
    assert answer.status == 200
    assert_same_shape(answer.json, sample("history"))
    assert [each["bundle"] for each in answer.json["deploys"]] == [
        versions[1].bundle,
        versions[0].bundle,
    ]
    (listed,) = api("GET", "faas/api/functions").json["functions"]
    assert listed["back_to"] == "0.0.1"
    assert "elsewhere" not in listed


def test_difference_between_versions_and_with_a_package(api: Api, versions: list[Any]) -> None:
    path = "faas/api/differences/greet"
    answer = api("GET", path, query={"from": "1", "to": "2"})
    assert answer.status == 200
    assert_same_shape(answer.json, sample("diff"))
    assert "+memory: 512 MB" in answer.json["parts"][-1]["lines"]
    first = versions[0].record.id
    back = api("GET", path, query={"package": first}).json
    assert "+memory: 256 MB" in back["parts"][-1]["lines"]
    missing = api("GET", path, query={"package": "0" * 16})
    assert (missing.status, missing.error["code"]) == (404, "package_not_found")


def test_rollback_returns_the_first_bytes(api: Api, versions: list[Any], data_dir: Path) -> None:
    assert deployed_sha256(data_dir) == versions[1].bundle
    answer = api("POST", "faas/api/rollbacks", {"name": "greet"})
    assert answer.status == 200
    assert (answer.json["version"], answer.json["rollback_to"]) == ("0.0.3", "0.0.1")
    assert deployed_sha256(data_dir) == versions[0].bundle
    again = api("POST", "faas/api/rollbacks", {"name": "greet", "to": versions[1].bundle})
    assert (again.json["version"], deployed_sha256(data_dir)) == ("0.0.4", versions[1].bundle)


def test_somebody_elses_change_is_a_conflict(api: Api, versions: list[Any], data_dir: Path) -> None:
    update_elsewhere(data_dir)
    (listed,) = api("GET", "faas/api/functions").json["functions"]
    assert listed["elsewhere"] is True
    for path, body in (
        ("faas/api/deployments", {"package": versions[0].record.id}),
        ("faas/api/rollbacks", {"name": "greet", "to": "1"}),
    ):
        refused = api("POST", path, body)
        assert (refused.status, refused.error["code"]) == (409, "changed_elsewhere")
        assert "greet on Local playground was changed elsewhere" in refused.error["message"]
        parts: list[Any] = list(refused.error["parts"])
        values = [part for part in parts if isinstance(part, dict)]
        assert [part["version"] for part in values if "version" in part] == ["0.0.3", "0.0.2"]
        assert [type(part["time"]) for part in values if "time" in part] == [int]
    forced = api("POST", "faas/api/rollbacks", {"name": "greet", "to": "1", "force": True})
    assert forced.json["version"] == "0.0.4"


@pytest.mark.parametrize(
    "body",
    [{}, {"name": 3}, {"name": "greet", "to": 6}, {"name": "greet", "force": "yes"}],
    ids=str,
)
def test_a_rollback_that_is_not_understood(api: Api, body: dict[str, Any]) -> None:
    answer = api("POST", "faas/api/rollbacks", body)
    assert (answer.status, answer.error["code"]) == (400, "bad_input")
