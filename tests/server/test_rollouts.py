"""New versions beside a function over HTTP, on a real playground."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from jupyter_faas.client import Client, playground_target
from jupyter_faas.workspace import Workspace
from tests.server.conftest import Api, pack
from tests.workspace.helpers.samples import sample


@pytest.fixture
def both(api: Api, data_dir: Path) -> Workspace:
    """``greet``, with a canary and a shadow that have another memory."""
    assert api("POST", "faas/api/deployments", {"package": pack(data_dir).record.id}).status == 200
    workspace = Workspace.open(data_dir, "playground")
    workspace.rollouts.deploy_canary(pack(data_dir, memory_mb=512).record.id, 100, sticky="name")
    workspace.rollouts.deploy_shadow(pack(data_dir, memory_mb=512).record.id)
    return workspace


def memory(data_dir: Path, name: str = "greet") -> int:
    with closing(Client(playground_target(data_dir))) as client:
        return client.get_action(name).limits.memory


def test_reports(api: Api, both: Workspace) -> None:
    answer = api("GET", "faas/api/rollouts/greet")
    assert answer.status == 200
    canary, shadow = answer.json["rollouts"]
    expected: list[Any] = sample("rollouts")["rollouts"]
    assert canary.keys() == expected[0].keys()
    assert shadow.keys() == expected[1].keys()
    assert canary["versions"][0].keys() == expected[0]["versions"][0].keys()
    listed = api("GET", "faas/api/functions").json["functions"]
    variants = {each["name"]: each.get("variant") for each in listed}
    assert variants == {
        "greet": None,
        "greet-stable": {"role": "stable", "of": "greet"},
        "greet-canary": {"role": "canary", "of": "greet"},
        "greet-shadow": {"role": "shadow", "of": "greet"},
    }


def test_the_canary_is_promoted_and_then_the_shadow(
    api: Api, both: Workspace, data_dir: Path
) -> None:
    assert api("POST", "faas/api/rollouts/greet", {"end": "promote"}).json == {"warning": ""}
    assert memory(data_dir) == 512
    (left,) = api("GET", "faas/api/rollouts/greet").json["rollouts"]
    assert left["kind"] == "shadow"
    assert api("POST", "faas/api/rollouts/greet", {"end": "discard"}).status == 200
    assert api("GET", "faas/api/rollouts/greet").json == {"rollouts": []}


def test_an_unknown_end(api: Api, both: Workspace) -> None:
    answer = api("POST", "faas/api/rollouts/greet", {"end": "stop"})
    assert answer.status == 400
    assert answer.json["error"]["message"] == "end must be promote or discard, not 'stop'."


def test_a_function_that_is_missing(api: Api, both: Workspace) -> None:
    assert api("GET", "faas/api/rollouts/nothing").status == 404
