"""Compositions and sequences with many inputs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from jupyter_faas.client import Client
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.batches.results import BatchResults
from tests.workspace.helpers.composing import ComposingNotebook


def records(workspace: Workspace, found: BatchResults) -> list[Any]:
    """What the command line and the sidebar show of each call."""
    ids = [each.activation_id for each in found.answers]
    return [workspace.activation(each).to_json() for each in ids if each is not None]


@pytest.mark.parametrize("kind", ["composition", "sequence"])
def test_the_cost_is_that_of_all_steps(
    workspace: Workspace, notebook: ComposingNotebook, name: str, client: Client, kind: str
) -> None:
    inner = f"{name}_inner"
    workspace.deploy(notebook.compose(inner, 'sequence("double", "double")').record.id)
    if kind == "composition":
        workspace.deploy(notebook.compose(name, f'sequence("double", "{inner}")').record.id)
    else:
        components = ["/_/double", f"/_/{inner}"]
        client.put_action(name, {"exec": {"kind": "sequence", "components": components}})
    found = workspace.batches.map(name, [{"n": n} for n in range(6)])
    assert [each["n"] for each in found] == [8 * n for n in range(6)]
    shown = records(workspace, found)
    # Three functions and the inner composition.
    assert [each["calls"] for each in shown] == [4] * 6
    costs = [Decimal(each["cost_per_million_usd"]) / 1_000_000 for each in shown]
    assert [each.cost_usd for each in found.answers] == costs
    assert found.cost_usd == sum(costs)
    assert "$" in found.lines()[0]


def test_a_failed_session_costs_what_its_steps_have_cost(
    workspace: Workspace, notebook: ComposingNotebook, name: str
) -> None:
    workspace.deploy(
        notebook.compose(name, 'sequence("double", lambda p: {"error": "no"}, "double")').record.id
    )
    found = workspace.batches.map(name, [{"n": 1}])
    assert [each.error for each in found.failed] == ["no"]
    (shown,) = records(workspace, found)
    assert found.cost_usd == Decimal(shown["cost_per_million_usd"]) / 1_000_000
    assert found.cost_usd > 0
