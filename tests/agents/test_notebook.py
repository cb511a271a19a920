"""A notebook's ``--tool``: what its cells deploy is what an agent sees."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from jupyter_faas.agents.budget import Budget
from jupyter_faas.agents.server import build_server
from jupyter_faas.playground import stop
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.handover.tools import tool_actions
from tests.magics.helpers.kernels import notebook_kernel

FUNCTION = '''\
%%function halve --tool --param unit=m
def halve(number: int, unit: str = "cm") -> dict:
    """Half of a number."""
    return {"number": number // 2}'''

COMPOSITION = """\
%%composition quarter --tool
sequence(halve, halve)"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("exported")
    with notebook_kernel(folder) as kernel:
        kernel.run("%load_ext jupyter_faas")
        kernel.run(FUNCTION)
        kernel.run(COMPOSITION)
        kernel.run("%faas deploy quarter")
    yield folder / "faas"
    stop(folder / "faas")


def test_a_function_and_a_composition_are_tools(folder: Path) -> None:
    workspace = Workspace.open(folder, target="playground")
    target = workspace.handover.connect(start=True).client

    async def run() -> tuple[dict[str, Any], Any]:
        server = build_server(workspace, tool_actions(target), Budget(Decimal("0.01")))
        async with Client(server) as client:
            listed = {each.name: each for each in (await client.list_tools()).tools}
            return listed, await client.call_tool("quarter", {"number": 12})

    listed, result = anyio.run(run)
    assert listed["halve"].description == "Half of a number."
    # The preset parameter is not the agent's to choose.
    assert list(listed["halve"].input_schema["properties"]) == ["number"]
    assert list(listed["quarter"].input_schema["properties"]) == ["number"]
    assert result.structured_content == {"number": 3}, result
    assert Decimal(result.meta["jupyter-faas/cost_usd"]) > 0


def test_openserverless_reads_the_annotations(folder: Path) -> None:
    # The playground may have stopped with the kernel.
    target = Workspace.open(folder, target="playground").handover.connect(start=True).client
    action = target.get_action("halve")
    assert action.annotation("mcp:type") == "tool"
    assert action.annotation("mcp:desc") == "Half of a number."
    assert action.annotation("number:int") == "number"
    assert action.annotation("unit:str") == "unit (default='cm')"
