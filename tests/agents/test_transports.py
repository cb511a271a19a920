"""``jupyter faas mcp --http``, and what the command refuses."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
import requests
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.agents.conftest import Tools, Use, listed
from tests.client.helpers.server import closed_port


@dataclass(frozen=True)
class Served:
    url: str
    token: str
    log: Path

    def over_http(self, use: Use, mode: str = "auto") -> Any:
        """Run ``use(client)`` with a client that has the token."""

        async def run() -> Any:
            headers = {"Authorization": f"Bearer {self.token}"}
            with anyio.fail_after(90):
                async with (
                    httpx2.AsyncClient(headers=headers, timeout=60) as http,
                    Client(streamable_http_client(self.url, http_client=http), mode=mode) as client,
                ):
                    return await use(client)

        return anyio.run(run)


@pytest.fixture(scope="module")
def served(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    port = closed_port()
    log = tmp_path_factory.mktemp("http") / "log"
    url = f"http://127.0.0.1:{port}/mcp"
    with log.open("w") as out:
        words = [*tools.command, "--http", "--port", str(port)]
        child = subprocess.Popen(words, env=tools.environ, stdout=out, stderr=out)
        try:
            deadline = time.monotonic() + 60
            while not _answers(url):
                assert child.poll() is None, log.read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            token = (tools.workspace.data_dir / "mcp-token").read_text().strip()
            yield Served(url, token, log)
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(20)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 401
    except requests.ConnectionError:
        return False


def test_the_sdks_client_calls_a_tool(served: Served) -> None:
    async def use(client: Any) -> Any:
        return await listed(client), await client.call_tool("double", {"n": 4})

    found, result = served.over_http(use)
    assert "double" in found
    assert result.structured_content == {"double": 8}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_cancelled_call_ends_the_run(mode: str, served: Served, tools: Tools) -> None:
    served.over_http(tools.cancel_a_call, mode)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_every_request_needs_the_token(headers: dict[str, str], served: Served) -> None:
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        reply = requests.request(method, served.url, headers=headers, json={}, timeout=10)
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"] == "Bearer"


def test_pages_of_other_sites_are_refused(served: Served) -> None:
    headers = {"Authorization": f"Bearer {served.token}", "Host": "evil.example"}
    assert requests.post(served.url, headers=headers, json={}, timeout=10).status_code == 421


def test_the_token_is_private_and_in_no_log(served: Served, tools: Tools) -> None:
    assert (tools.workspace.data_dir / "mcp-token").stat().st_mode & 0o077 == 0
    assert served.token not in served.log.read_text()
    assert len(served.token) > 30


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "1"], "--port can be used only with --http"),
        (["--budget", "much"], "--budget must be an amount in USD"),
        (["--budget", "0"], "--budget must be an amount in USD above 0, not '0'"),
        (["--http", "--port", "-1"], "Port -1 cannot be used: ports are 1 to 65535"),
        (["--function", "a", "--package", "b"], "There is no function 'b/a'"),
        (["--function", "duoble"], "duoble"),
        (["--package", "none"], "does not contain a function that agents may call"),
    ],
)
def test_bad_options_are_named(words: list[str], said: str, tools: Tools) -> None:
    done = subprocess.run(
        [*tools.command, *words], env=tools.environ, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert said in done.stderr
    assert done.stdout == ""
