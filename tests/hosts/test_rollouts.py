"""Versions beside a function, on each kind of host."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_faas.errors import InputError
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
        assert "this host does not copy calls" in "\n".join(found.lines())
        workspace.rollouts.promote("fee")
        assert workspace.invoke("fee", {"amount": 5}).result == {"fee": 15}
        assert not workspace.has("fee-shadow")
        workspace.remove("fee")


@pytest.mark.parametrize("name", ["openwhisk", "openserverless"])
def test_a_canary_gets_a_share_of_the_calls(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host: Provider = request.getfixturevalue(name)
    with using(host, tmp_path, monkeypatch) as workspace:
        workspace.deploy(package(workspace, 2))
        workspace.rollouts.deploy_canary(package(workspace, 3), 50, sticky="amount")
        answers = {workspace.invoke("fee", {"amount": each}).result["fee"] for each in range(1, 9)}
        assert {each % 2 for each in answers} == {0, 1}  # odd ones only from the new version
        found = workspace.rollouts.canary("fee")
        assert found.stable.calls + found.canary.calls == 8
        assert found.canary.calls > 0
        workspace.rollouts.promote("fee")
        assert workspace.invoke("fee", {"amount": 5}).result == {"fee": 15}
        workspace.remove("fee")


def test_a_host_without_conductors_offers_the_shadow_instead(
    digitalocean: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with using(digitalocean, tmp_path, monkeypatch) as workspace:
        workspace.deploy(package(workspace, 2))
        with pytest.raises(
            InputError, match="DigitalOcean Functions does not support --canary"
        ) as caught:
            workspace.rollouts.deploy_canary(package(workspace, 3), 10)
        assert "%faas deploy fee --shadow" in caught.value.hint
        assert not workspace.has("fee-stable")
        workspace.remove("fee")
