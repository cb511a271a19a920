"""A playground with functions, and servers that the SDK's own client talks to."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters

from jupyter_faas.agents.budget import Budget
from jupyter_faas.agents.server import build_server
from jupyter_faas.client import Client as TargetClient
from jupyter_faas.client import playground_target
from jupyter_faas.workspace import Workspace
from jupyter_faas.workspace.handover.tools import tool_actions
from tests.hosts.helpers.provider import started_playground

Use = Callable[[Any], Awaitable[Any]]
NUMBER = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
RESULT = {"type": "object", "properties": {"double": {"type": "integer"}}, "required": ["double"]}
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPj/HwADAgH/e9uK1QAAAABJRU5E"
    "rkJggg=="
)

TOOL = {"mcp:type": "tool"}
ACTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "double": (
        "def main(args):\n"
        "    if args['n'] < 0:\n"
        "        return {'error': 'n is negative'}\n"
        "    return {'double': 2 * args['n']}\n",
        {
            **TOOL,
            "description": "Twice a number.",
            "faas-schema": {**NUMBER, "x-faas-result": RESULT},
            "faas-signature": "double(n: int)",
        },
    ),
    "picture": (
        f"def main(args):\n    return {{'photo': 'data:image/png;base64,{PIXEL}', 'n': 1}}\n",
        {**TOOL, "faas-schema": {"type": "object", "properties": {}}},
    ),
    "large": (
        "def main(args):\n    return {'text': 'x' * 100_000}\n",
        {**TOOL, "faas-schema": {"type": "object", "properties": {}}},
    ),
    "slow": (
        "import time\ndef main(args):\n    time.sleep(args['n'])\n    return {'done': True}\n",
        {**TOOL, "faas-schema": NUMBER, "faas-signature": "slow(n: int)"},
    ),
    "wrong": (
        "def main(args):\n    return {'double': 'two'}\n",
        {**TOOL, "faas-schema": {**NUMBER, "x-faas-result": RESULT}},
    ),
    "theirs": (
        "def main(args):\n    return {'greeting': 'Hello ' + args['name']}\n",
        {
            **TOOL,
            "mcp:desc": "Greet a person.",
            "name:str": "the person",
            "loud:bool": "in capitals (default=False)",
        },
    ),
    "halve": (
        "def main(args):\n    return {'half': args['number'] / 2, 'unit': args['unit']}\n",
        {
            **TOOL,
            "faas-schema": {
                "type": "object",
                "properties": {"number": {"type": "number"}, "unit": {"type": "string"}},
                "required": ["number", "unit"],
            },
            "faas-signature": "halve(number: float, unit: str)",
        },
    ),
    "anything": (
        "def main(args):\n    return args\n",
        {
            **TOOL,
            "faas-schema": {"type": "object", "properties": {}, "additionalProperties": True},
        },
    ),
    "private": ("def main(args):\n    return {}\n", {"faas-schema": NUMBER}),
}


@dataclass(frozen=True)
class Tools:
    """``with_client(use)`` runs ``use(client)`` with a client in this process.

    ``over_stdio(use, *words)`` does so with a client that starts ``jupyter faas mcp``. With the
    mode ``legacy``, the client speaks the protocol's versions before 2026-07, which begin with a
    handshake.
    """

    workspace: Workspace
    target: TargetClient

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "jupyter_faas.cli", "mcp"]

    @property
    def environ(self) -> dict[str, str]:
        return {**os.environ, "JUPYTER_FAAS_DATA_DIR": str(self.workspace.data_dir)}

    def with_client(
        self, use: Use, *names: str, package: str | None = None, budget: str | None = None
    ) -> Any:
        found = tool_actions(self.target, names, package)
        limit = None if budget is None else Decimal(budget)
        return self._run(build_server(self.workspace, found, Budget(limit)), use)

    def over_stdio(self, use: Use, *words: str, mode: str = "auto") -> Any:
        program, *rest = self.command
        server = StdioServerParameters(command=program, args=[*rest, *words], env=self.environ)
        return self._run(server, use, mode)

    def _run(self, server: Any, use: Use, mode: str = "auto") -> Any:
        async def run() -> Any:
            with anyio.fail_after(60):
                async with Client(server, mode=mode) as client:
                    return await use(client)

        return anyio.run(run)

    async def cancel_a_call(self, client: Any) -> None:
        """Cancel a call of 50 s: its run ends, and the server still answers."""
        began = round(time.time() * 1000)
        with anyio.move_on_after(2):
            await client.call_tool("slow", {"n": 50})
        result = await client.call_tool("double", {"n": 1})
        assert result.structured_content == {"double": 2}
        with anyio.fail_after(30):
            while not (found := self._records_of_slow(began)):  # noqa: ASYNC110 - another process ends it
                await anyio.sleep(0.1)
        assert found[0].duration < 40_000
        assert not found[0].response.success

    def _records_of_slow(self, since_ms: int) -> Any:
        return self.target.list_activations(1, name="slow", since=since_ms, docs=True)

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        async def use(client: Any) -> Any:
            return await client.call_tool(name, arguments)

        return self.with_client(use)


async def listed(client: Any) -> dict[str, Any]:
    """The tools of a server, by name."""
    return {each.name: each for each in (await client.list_tools()).tools}


# The preset parameters of these actions, as ``--param`` sets them.
PRESET = {"halve": {"unit": "mm"}, "anything": {"unit": "mm"}}


def put(
    target: TargetClient,
    name: str,
    code: str,
    annotations: dict[str, Any],
    preset: dict[str, Any] | None = None,
) -> None:
    body: dict[str, Any] = {"exec": {"kind": "python:default", "code": code}}
    found = {"annotations": annotations, "parameters": preset or PRESET.get(name, {})}
    for field, values in found.items():
        body[field] = [{"key": key, "value": value} for key, value in values.items()]
    target.put_action(name, body)


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    folder: Path = tmp_path_factory.mktemp("agents")
    with started_playground(folder) as workspace:
        target = TargetClient(playground_target(folder))
        target.create_package("shop")
        for name, (code, annotations) in ACTIONS.items():
            put(target, name, code, annotations)
        put(target, "shop/price", "def main(args):\n    return {'price': 3}\n", dict(TOOL))
        steps = ["/_/double", "/_/double"]
        body = {"exec": {"kind": "sequence", "components": steps}}
        target.put_action("twice", {**body, "annotations": [{"key": "mcp:type", "value": "tool"}]})
        yield Tools(workspace, target)
        target.close()
