"""MCP clients that others wrote: npm's MCP Inspector over both transports, and a Pydantic AI agent.

The Inspector uses the TypeScript SDK, as the clients in editors do.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from jupyter_faas.client import Client, playground_target
from tests.client.helpers.server import closed_port
from tests.clients.helpers.npm import binary, npm_install
from tests.clients.helpers.pypi import pip_install
from tests.clients.helpers.terminal import Terminal
from tests.hosts.helpers.provider import started_playground

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]

AGENT = Path(__file__).parent / "programs" / "mcp_agent.py"
CODE = "def main(args):\n    return {'article': args['article'], 'pieces': len(args['article'])}\n"
SCHEMA = {
    "type": "object",
    "properties": {"article": {"type": "string"}},
    "required": ["article"],
}
STOCK = {"article": "lamp", "pieces": 4}


@dataclass(frozen=True)
class Served:
    """A playground with the tool ``stock``. ``command`` starts the server over stdio."""

    terminal: Terminal
    data_dir: Path

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "-m", "jupyter_faas.cli", "mcp")

    def inspect(self, *words: str) -> Any:
        inspector = binary(npm_install("@modelcontextprotocol/inspector@0.22.0"), "mcp-inspector")
        return json.loads(self.terminal.run("node", inspector, "--cli", *words).stdout)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data_dir = tmp_path_factory.mktemp("data")
    with started_playground(data_dir) as workspace:
        client = Client(playground_target(workspace.data_dir))
        annotations = [
            {"key": "mcp:type", "value": "tool"},
            {"key": "faas-schema", "value": SCHEMA},
        ]
        body = {"exec": {"kind": "python:default", "code": CODE}, "annotations": annotations}
        client.put_action("stock", body)
        client.close()
        home = tmp_path_factory.mktemp("home")
        terminal = Terminal(home, {"JUPYTER_FAAS_DATA_DIR": str(workspace.data_dir)})
        yield Served(terminal, workspace.data_dir)


def test_inspector_lists_and_calls_over_stdio(served: Served) -> None:
    listed = served.inspect(*served.command, "--method", "tools/list")
    assert [each["name"] for each in listed["tools"]] == ["stock"]
    assert listed["tools"][0]["inputSchema"]["required"] == ["article"]
    call = ("--method", "tools/call", "--tool-name", "stock", "--tool-arg", "article=lamp")
    called = served.inspect(*served.command, *call)
    assert called["structuredContent"] == STOCK
    assert float(called["_meta"]["jupyter-faas/cost_usd"]) > 0


def test_inspector_calls_over_http(served: Served, tmp_path: Path) -> None:
    port = closed_port()
    url = f"http://127.0.0.1:{port}/mcp"
    words = [*served.command, "--http", "--port", str(port)]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(words, env=served.terminal.environment, stdout=log, stderr=log) as child,
    ):
        try:
            wait_for(url, child)
            token = (served.data_dir / "mcp-token").read_text().strip()
            call = ("--method", "tools/call", "--tool-name", "stock", "--tool-arg", "article=lamp")
            header = f"Authorization: Bearer {token}"
            called = served.inspect(url, "--transport", "http", "--header", header, *call)
        finally:
            child.terminate()
    assert called["structuredContent"] == STOCK


def wait_for(url: str, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert child.poll() is None
        try:
            assert requests.get(url, timeout=5).status_code == 401
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("The server does not answer.")


def test_an_agent_calls_the_tool(served: Served) -> None:
    """With the configuration that Claude Desktop, Cursor and other clients have."""
    program, *rest = served.command
    server = {"command": program, "args": rest, "env": dict(served.terminal.environment)}
    config = served.terminal.home / "mcp.json"
    config.write_text(json.dumps({"mcpServers": {"functions": server}}))
    python = pip_install("pydantic-ai-slim[mcp]==2.68.0") / "bin" / "python"
    answered = json.loads(served.terminal.run(python, AGENT, config).stdout)
    assert answered["stock"]["pieces"] == len(answered["stock"]["article"])
