"""Versions beside a function, on each kind of host."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.workspace import Workspace
from tests.hosts.helpers.provider import Provider
from tests.hosts.test_providers import using
from tests.workspace.helpers.cells import run_cell
from tests.workspace.helpers.requests import function_request

HOSTS = ["openwhisk", "openserverless", "digitalocean"]


def package(workspace: Workspace, rate: int) -> str:
    cell = f"%%function fee\ndef fee(amount: int):\n    return {{'fee': amount * {rate}}}\n"
    return workspace.package(function_request(cell, "fee"), run_cell(cell)).record.id


@pytest.mark.parametrize("name", HOSTS)
def test_a_shadow_gets_the_kept_inputs(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host: Provider = request.getfixturevalue(name)
    with using(host, tmp_path, monkeypatch) as workspace:
        workspace.deploy(package(workspace, 2))
        for amount in (0, 5):
            workspace.invoke("fee", {"amount": amount})
        workspace.rollouts.deploy_shadow(package(workspace, 3))
        found = workspace.rollouts.shadow("fee")
        assert [each.comparison.words for each in found.answers] == ["fee: 10 → 15", ""]
        assert "this host does not copy calls" in found.lines()[-2]
        workspace.rollouts.promote("fee")
        assert workspace.invoke("fee", {"amount": 5}).result == {"fee": 15}
        assert not workspace.has("fee-shadow")
        workspace.remove("fee")
