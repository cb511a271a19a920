"""A real Jupyter server with our extension, a data folder of its own, and a caller of routes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from pytest_jupyter.jupyter_core import (  # noqa: F401  fixtures
    echo_kernel_spec,
    jp_asyncio_loop,
    jp_config_dir,
    jp_data_dir,
    jp_env_config_path,
    jp_env_jupyter_path,
    jp_environ,
    jp_home_dir,
    jp_kernel_dir,
    jp_runtime_dir,
    jp_system_config_path,
    jp_system_jupyter_path,
)
from pytest_jupyter.jupyter_server import (  # noqa: F401  fixtures
    jp_argv,
    jp_auth_header,
    jp_base_url,
    jp_configurable_serverapp,
    jp_fetch,
    jp_http_port,
    jp_logging_stream,
    jp_root_dir,
    jp_serverapp,
    jp_web_app,
)
from pytest_jupyter.pytest_tornasync import (  # noqa: F401  fixtures
    http_server,
    http_server_client,
    http_server_port,
)


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    text: str
    headers: Any

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)

    @property
    def error(self) -> dict[str, str]:
        """What is under ``error``."""
        found: dict[str, str] = self.json["error"]
        return found


class Api(Protocol):
    """Calls a route: ``api("POST", "faas/api/playground", {"action": "start"})``."""

    def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer: ...


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder; a playground that was started in it ends with the test."""
    folder = tmp_path / "faas"
    yield folder
    from jupyter_faas.playground import stop

    if folder.is_dir():
        stop(folder)


@pytest.fixture
def wskprops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's wskprops would be; there is none yet."""
    path = tmp_path / "user-wskprops"
    monkeypatch.setenv("WSK_CONFIG_FILE", str(path))
    return path


@pytest.fixture
def jp_nbconvert_templates() -> None:
    """Do not copy the fifty templates of nbconvert, which our routes do not use, for each test."""


@pytest.fixture
def jp_server_config(
    data_dir: Path, wskprops: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """Our extension and no other, and no route open by accident."""
    monkeypatch.delenv("JUPYTER_FAAS_DATA_DIR", raising=False)
    monkeypatch.delenv("JUPYTER_FAAS_TARGET", raising=False)
    return {
        "ServerApp": {
            "jpserver_extensions": {"jupyter_faas": True, "jupyter_server_terminals": False},
            "allow_unauthenticated_access": False,
        },
        "FaasExtension": {"data_folder": str(data_dir)},
    }


@pytest.fixture
def api(
    jp_fetch: Callable[..., Any],  # noqa: F811  a fixture
    jp_asyncio_loop: asyncio.AbstractEventLoop,  # noqa: F811  a fixture
) -> Api:
    """The caller. Bytes go as they are, anything else as JSON."""

    def call(
        method: str,
        path: str,
        body: object = None,
        *,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        # Whatever ran in this process before may have left none, and the client asks for it.
        asyncio.set_event_loop(jp_asyncio_loop)
        fetched = jp_fetch(
            path,
            method=method,
            body=data,
            params=query,
            headers=headers,
            raise_error=False,
            follow_redirects=False,
            allow_nonstandard_methods=True,
            request_timeout=50,
        )
        response = jp_asyncio_loop.run_until_complete(fetched)
        return Answer(response.code, response.body.decode(), response.headers)

    return call


GREET = """\
%%function greet
def greet(name: str):
    "Greet somebody."
    print("hi", name)
    return {"greeting": f"Hello, {name}"}
"""


def pack(
    folder: Path,
    cell: str = GREET,
    name: str = "greet",
    package: str | None = None,
    memory_mb: int = 256,
    web: bool = False,
) -> Any:
    """Package a cell as a kernel with that data folder does. Returns a Packaged."""
    from jupyter_faas.workspace import Workspace
    from tests.workspace.helpers.requests import function_request

    request = function_request(
        cell_text=cell,
        name=name,
        package=package,
        memory_mb=memory_mb,
        web=web,
        notebook="quickstart.ipynb",
        cell_id="c1",
    )
    return Workspace.open(data_dir=folder).package(request, {})
